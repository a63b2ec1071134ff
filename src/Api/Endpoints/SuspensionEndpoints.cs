using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Kontinue.Api.Tables;
using Kontinue.Api.Watch;
using Kontinue.Client;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Endpoints;

/// <summary>What executions wait for, as resources of their own: they are listed, watched and resumed, and never changed.</summary>
internal sealed class SuspensionEndpoints(
    IKontinueClient client, ApiGroup group, BodyReader bodies, WatchResponder responder, SuspensionWatch watch)
{
    private static readonly ResumeRequest NoBody = new();

    public void Map(ApiPipeline pipeline)
    {
        string collection = $"{group.Root}/namespaces/{{ns}}/suspensions";
        pipeline.Map($"{group.Root}/suspensions", ListAsync);
        pipeline.Map(collection, ListAsync);
        pipeline.Map($"{collection}/{{name}}", GetAsync);
        pipeline.Map($"{collection}/{{name}}/resume", post: ResumeAsync);
    }

    private async Task ListAsync(HttpContext context)
    {
        CollectionRequest request = SuspensionSelection.Read(context.Request);
        var table = TableFormat.From(context.Request);
        if (request.IsWatch)
        {
            await responder.RunAsync(context, request.Timeout, token => watch.RunAsync(request, table, token));
            return;
        }

        VersionRule.RefuseExact(request);
        SuspensionList list = await client.ListSuspensionsAsync(request.ToList(), context.RequestAborted);
        VersionRule.Check(request, list.Metadata.ResourceVersion);
        SuspensionList shown = group.Show(list with { Items = [.. list.Items.Where(s => SuspensionSelection.Selects(request, s))] });
        await (table is null
            ? Answer.JsonAsync(context, shown, KontinueJsonContext.Writing.SuspensionList)
            : table.AnswerAsync(context, shown.Items, shown.Metadata));
    }

    private async Task GetAsync(HttpContext context)
    {
        (string name, ExecutionKey execution) = PathReader.Suspension(context.Request);
        var table = TableFormat.From(context.Request);
        Suspension shown = group.Show(await FindAsync(name, execution, context.RequestAborted));
        await (table is null
            ? Answer.JsonAsync(context, shown, KontinueJsonContext.Writing.Suspension)
            : table.AnswerAsync(context, [shown], new ListMetadata { ResourceVersion = shown.Metadata.ResourceVersion }));
    }

    private async Task ResumeAsync(HttpContext context)
    {
        (string name, ExecutionKey execution) = PathReader.Suspension(context.Request);
        bool dryRun = QueryReader.DryRun(context.Request);
        ResumeRequest body = await bodies.ReadAsync(context, ResourceJson.Strict<ResumeRequest>(), Shape.Resume, NoBody);
        Suspension suspension = await FindAsync(name, execution, context.RequestAborted);
        string wait = suspension.Spec.Wait;
        if (!string.IsNullOrEmpty(body.Suspension) && !string.Equals(body.Suspension, wait, StringComparison.Ordinal))
        {
            throw new InvalidRequestException("suspension", $"'{body.Suspension}' is not '{wait}', which the path names; leave it out");
        }

        if (!dryRun)
        {
            await client.ResumeAsync(execution, wait, body.Payload, context.RequestAborted);
        }

        await Answer.StatusAsync(context, new ErrorStatus
        {
            Status = ErrorStatus.Success,
            Code = StatusCodes.Status202Accepted,
            Message = $"{wait} of execution {execution} {(dryRun ? "would be" : "was")} resumed.",
            Details = new StatusDetails { Name = name, Group = group.Name, Kind = "suspensions", Uid = suspension.Metadata.Uid },
        });
    }

    private async Task<Suspension> FindAsync(string name, ExecutionKey execution, CancellationToken cancellationToken) =>
        await client.FindSuspensionAsync(execution.Namespace, name, cancellationToken)
            ?? throw new ApiException(StatusFactory.NotFound("suspensions", $"{execution.Namespace}/{name}", name));
}
