using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Kontinue.Api.Tables;
using Kontinue.Client;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Endpoints;

/// <summary>Trees of executions that have been archived: they are listed, read and deleted, and never changed.</summary>
internal sealed class ArchiveEndpoints(IKontinueClient client, ApiGroup group, BodyReader bodies)
{
    private const string Resource = "archivedexecutions";

    /// <summary>How much is written before it is sent, at most by about one line.</summary>
    private const int FlushBytes = 64 * 1024;

    public void Map(ApiPipeline pipeline)
    {
        string collection = $"{group.Root}/namespaces/{{ns}}/{Resource}";
        pipeline.Map($"{group.Root}/{Resource}", ListAsync);
        pipeline.Map(collection, ListAsync);
        pipeline.Map($"{collection}/{{name}}", GetAsync, delete: DeleteAsync);
        pipeline.Map($"{collection}/{{name}}/tree", TreeAsync);
    }

    private async Task ListAsync(HttpContext context)
    {
        CollectionRequest request = CollectionReader.Read(context.Request, Selectors.ArchiveFields);
        var table = TableFormat.From(context.Request);
        if (request.IsWatch)
        {
            throw QueryReader.Bad("watch", "Archived executions cannot be watched. List them.");
        }

        VersionRule.RefuseExact(request);
        ArchivedExecutionList list = await client.ListArchivesAsync(request.ToList(), context.RequestAborted);
        VersionRule.Check(request, list.Metadata.ResourceVersion);
        ArchivedExecutionList shown = group.Show(list);
        await (table is null
            ? Answer.JsonAsync(context, shown, KontinueJsonContext.Writing.ArchivedExecutionList)
            : table.AnswerAsync(context, shown.Items, shown.Metadata));
    }

    private async Task GetAsync(HttpContext context)
    {
        (ExecutionKey key, Guid? uid) = PathReader.Archive(context.Request);
        var table = TableFormat.From(context.Request);
        ArchivedExecution shown = group.Show(await FoundAsync(context, client.GetArchiveAsync(key, uid, context.RequestAborted)));
        await (table is null
            ? Answer.JsonAsync(context, shown, KontinueJsonContext.Writing.ArchivedExecution)
            : table.AnswerAsync(context, [shown], new ListMetadata { ResourceVersion = shown.Metadata.ResourceVersion }));
    }

    private async Task DeleteAsync(HttpContext context)
    {
        (ExecutionKey key, Guid? uid) = PathReader.Archive(context.Request);
        DeleteRequest request = await DeleteOptions.ReadAsync(context, bodies);
        ArchivedExecution found = await FoundAsync(context, client.GetArchiveAsync(key, uid, context.RequestAborted));
        if ((request.Uid is { } asked && asked != found.Metadata.Uid) ||
            (request.ResourceVersion is { } version && !string.Equals(version, found.Metadata.ResourceVersion, StringComparison.Ordinal)))
        {
            throw new ExecutionConflictException(
                key, $"The archived execution {key} has uid {found.Metadata.Uid} and version {found.Metadata.ResourceVersion}, not what was asked for.");
        }

        if (!request.DryRun)
        {
            await FoundAsync(context, DeleteAsync(key, found.Metadata.Uid, context.RequestAborted));
        }

        await Answer.StatusAsync(context, new ErrorStatus
        {
            Status = ErrorStatus.Success,
            Code = StatusCodes.Status200OK,
            Details = new StatusDetails { Name = found.Metadata.Name, Group = group.Name, Kind = Resource, Uid = found.Metadata.Uid },
        });
    }

    private async Task<bool> DeleteAsync(ExecutionKey key, Guid? uid, CancellationToken cancellationToken)
    {
        await client.DeleteArchiveAsync(key, uid, cancellationToken);
        return true;
    }

    /// <summary>
    /// Sends the tree as it is read. What fails after the beginning breaks the connection off, so that nobody takes a part for the whole.
    /// </summary>
    private async Task TreeAsync(HttpContext context)
    {
        (ExecutionKey key, Guid? uid) = PathReader.Archive(context.Request);
        CancellationToken stop = context.RequestAborted;
        await using IAsyncEnumerator<ArchivedTreeLine> lines = client.ReadArchiveAsync(key, uid, stop).GetAsyncEnumerator(stop);
        bool isThere = await FoundAsync(context, lines.MoveNextAsync().AsTask());
        context.Response.ContentType = "application/json";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        PipeWriter body = context.Response.BodyWriter;
        while (isThere)
        {
            ArchivedTreeLine line = lines.Current;
            line = line.Execution is { } execution ? line with { Execution = group.Show(execution) } : line;
            body.Write(JsonSerializer.SerializeToUtf8Bytes(line, KontinueJsonContext.Writing.ArchivedTreeLine));
            body.Write("\n"u8);
            if (body.UnflushedBytes >= FlushBytes)
            {
                await body.FlushAsync(stop);
            }

            isThere = await lines.MoveNextAsync();
        }

        await body.FlushAsync(stop);
    }

    private static async Task<T> FoundAsync<T>(HttpContext context, Task<T> call)
    {
        try
        {
            return await call;
        }
        catch (ExecutionNotFoundException e)
        {
            string name = PathReader.Name(context.Request);
            throw new ApiException(StatusFactory.NotFound(Resource, $"{e.Key.Namespace}/{name}", name));
        }
    }
}
