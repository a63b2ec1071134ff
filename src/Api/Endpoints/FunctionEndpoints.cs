using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Kontinue.Api.Tables;
using Kontinue.Api.Watch;
using Kontinue.Client;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Endpoints;

/// <summary>The functions that are known. Code registers them, so they are only read; there are few, so a list has one page.</summary>
internal sealed class FunctionEndpoints(IKontinueClient client, ApiGroup group, WatchResponder responder, EventEncoder encoder, TimeProvider time)
{
    /// <summary>What functions there are changes when silos with other code start.</summary>
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(5);

    private readonly PolledWatch<Function> _watch = new(
        Function.DefaultKind, WatchInterval, async (request, token) =>
        {
            FunctionList list = await ReadAsync(client, request, token);
            return (list.Items, list.Metadata.ResourceVersion);
        },
        static function => function.Metadata, encoder.Encode, encoder, time);

    public void Map(ApiPipeline pipeline)
    {
        pipeline.Map($"{group.Root}/functions", ListAsync);
        pipeline.Map($"{group.Root}/functions/{{name}}", GetAsync);
    }

    /// <summary>The functions that a request selects.</summary>
    private static async Task<FunctionList> ReadAsync(IKontinueClient client, CollectionRequest request, CancellationToken cancellationToken)
    {
        FunctionList all = await client.ListFunctionsAsync(cancellationToken);
        VersionRule.Check(request, all.Metadata.ResourceVersion);
        return all with
        {
            Items = [.. all.Items.Where(f => request.Selects(f.Metadata))],
        };
    }

    private async Task ListAsync(HttpContext context)
    {
        CollectionRequest request = CollectionReader.Read(context.Request, Selectors.FunctionFields);
        var table = TableFormat.From(context.Request);
        if (request.IsWatch)
        {
            await responder.RunAsync(context, request.Timeout, token => _watch.RunAsync(request, table, token));
            return;
        }

        VersionRule.RefuseExact(request);
        FunctionList shown = group.Show(await ReadAsync(client, request, context.RequestAborted));
        await (table is null
            ? Answer.JsonAsync(context, shown, KontinueJsonContext.Writing.FunctionList)
            : table.AnswerAsync(context, shown.Items, shown.Metadata));
    }

    private async Task GetAsync(HttpContext context)
    {
        string name = PathReader.Name(context.Request);
        var table = TableFormat.From(context.Request);
        FunctionList all = await client.ListFunctionsAsync(context.RequestAborted);
        Function shown = group.Show(all.Items.FirstOrDefault(f => string.Equals(f.Metadata.Name, name, StringComparison.Ordinal))
            ?? throw new ApiException(StatusFactory.NotFound("functions", name, name)));
        await (table is null
            ? Answer.JsonAsync(context, shown, KontinueJsonContext.Writing.Function)
            : table.AnswerAsync(context, [shown], new ListMetadata { ResourceVersion = all.Metadata.ResourceVersion }));
    }
}
