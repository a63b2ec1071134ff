using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Kontinue.Client;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Endpoints;

/// <summary>Create, list and get.</summary>
internal sealed class ExecutionEndpoints(IKontinueClient client, ApiGroup group, BodyReader bodies, Waits waits)
{
    public void Map(ApiPipeline pipeline)
    {
        pipeline.Map($"{group.Root}/namespaces/{{ns}}/executions", ListAsync, CreateAsync);
        pipeline.Map($"{group.Root}/executions", ListAsync);
        pipeline.Map($"{group.Root}/namespaces/{{ns}}/executions/{{name}}", GetAsync);
    }

    private async Task CreateAsync(HttpContext context)
    {
        string ns = PathReader.Namespace(context.Request)!;
        TimeSpan wait = QueryReader.Wait(context.Request);
        QueryReader.RefuseDryRun(context.Request);
        ReadBody<Execution> given = await bodies.ReadResourceAsync<Execution>(context, Shape.Execution);
        WarningHeaders.Add(context.Response, given.Warnings);
        Execution admitted = ExecutionAdmission.Admit(given.Value, ns, group);
        Execution created = wait == TimeSpan.Zero
            ? await client.CreateAsync(admitted, cancellationToken: context.RequestAborted)
            : await waits.RunAsync(context.RequestAborted, token => client.CreateAsync(admitted, wait, token));
        context.Response.Headers.Location = $"{group.Root}/namespaces/{ns}/executions/{created.Metadata.Name}";
        await Answer.JsonAsync(context, group.Show(created), KontinueJsonContext.Writing.Execution, StatusCodes.Status201Created);
    }

    private async Task ListAsync(HttpContext context)
    {
        ListQuery query = QueryReader.List(context.Request, PathReader.Namespace(context.Request));
        ExecutionList list = await client.ListAsync(query, context.RequestAborted);
        await Answer.JsonAsync(context, group.Show(list), KontinueJsonContext.Writing.ExecutionList);
    }

    private async Task GetAsync(HttpContext context)
    {
        ExecutionKey key = PathReader.Key(context.Request);
        TimeSpan wait = QueryReader.Wait(context.Request);
        Execution execution = wait == TimeSpan.Zero
            ? await client.GetAsync(key, context.RequestAborted)
            : await waits.RunAsync(context.RequestAborted, token => client.WaitAsync(key, wait, token));
        await Answer.JsonAsync(context, group.Show(execution), KontinueJsonContext.Writing.Execution);
    }
}
