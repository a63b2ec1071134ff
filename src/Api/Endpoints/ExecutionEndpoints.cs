using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Kontinue.Api.Tables;
using Kontinue.Api.Watch;
using Kontinue.Client;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Endpoints;

/// <summary>The paths of executions, and what is read of them.</summary>
internal sealed class ExecutionEndpoints(
    IKontinueClient client, ApiGroup group, Waits waits, SelectorResolver resolver, WatchResponder responder, ExecutionWatch watch)
{
    public void Map(ApiPipeline pipeline, CreateHandler creation, ChangeHandler change, DeleteHandler deletion)
    {
        string collection = $"{group.Root}/namespaces/{{ns}}/executions";
        pipeline.Map($"{group.Root}/executions", ListAsync);
        pipeline.Map(collection, ListAsync, post: creation.CreateAsync, delete: deletion.DeleteManyAsync);
        pipeline.Map($"{collection}/{{name}}", GetAsync, put: change.ReplaceAsync, patch: change.PatchAsync, delete: deletion.DeleteAsync);
        pipeline.Map($"{collection}/{{name}}/status", GetAsync);
    }

    private async Task ListAsync(HttpContext context)
    {
        CollectionRequest request = CollectionReader.Read(context.Request, Selectors.ExecutionFields);
        var table = TableFormat.From(context.Request);
        if (request.IsWatch)
        {
            await responder.RunAsync(context, request.Timeout, token => watch.RunAsync(request, table, token));
            return;
        }

        VersionRule.RefuseExact(request);
        ExecutionSelector selector = await resolver.ResolveAsync(request, context.RequestAborted);
        ExecutionList list = await client.ListAsync(request.ToList() with { Selector = selector }, context.RequestAborted);
        VersionRule.Check(request, list.Metadata.ResourceVersion);
        ExecutionList shown = group.Show(list);
        await (table is null
            ? Answer.JsonAsync(context, shown, KontinueJsonContext.Writing.ExecutionList)
            : table.AnswerAsync(context, shown.Items, shown.Metadata));
    }

    private async Task GetAsync(HttpContext context)
    {
        ExecutionKey key = PathReader.Key(context.Request);
        TimeSpan wait = QueryReader.Wait(context.Request);
        CollectionReader.Version(context.Request.Query["resourceVersion"]);
        var table = TableFormat.From(context.Request);
        Execution execution = wait == TimeSpan.Zero
            ? await client.GetAsync(key, context.RequestAborted)
            : await waits.RunAsync(context.RequestAborted, token => client.WaitAsync(key, wait, token));
        Execution shown = group.Show(execution);
        await (table is null
            ? Answer.JsonAsync(context, shown, KontinueJsonContext.Writing.Execution)
            : table.AnswerAsync(context, [shown], new ListMetadata { ResourceVersion = shown.Metadata.ResourceVersion }));
    }
}
