using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Kontinue.Client;
using Kontinue.Engine;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Endpoints;

/// <summary>Resume, cancel and events: each is stored before it is answered, with 202 because the function has yet to react.</summary>
internal sealed class ActionEndpoints(IKontinueClient client, ApiGroup group, BodyReader bodies)
{
    private const int MaxReasonLength = 1024;

    private static readonly ResumeRequest NoResume = new();
    private static readonly CancelRequest NoCancel = new();

    public void Map(ApiPipeline pipeline)
    {
        string one = $"{group.Root}/namespaces/{{ns}}/executions/{{name}}";
        pipeline.Map($"{one}/resume", post: ResumeAsync);
        pipeline.Map($"{one}/cancel", post: CancelAsync);
        pipeline.Map($"{one}/events", post: SendEventAsync);
    }

    private async Task ResumeAsync(HttpContext context)
    {
        ExecutionKey key = Begin(context);
        ResumeRequest body = await bodies.ReadAsync(context, ResourceJson.Strict<ResumeRequest>(), Shape.Resume, NoResume);
        string? suspension = string.IsNullOrEmpty(body.Suspension) ? null : body.Suspension;
        CheckSuspension(suspension);
        await client.ResumeAsync(key, suspension, body.Payload, context.RequestAborted);
        await AcceptedAsync(context, key, $"{suspension ?? "The suspension"} of execution {key} was resumed.");
    }

    private async Task CancelAsync(HttpContext context)
    {
        ExecutionKey key = Begin(context);
        CancelRequest body = await bodies.ReadAsync(context, ResourceJson.Strict<CancelRequest>(), Shape.Cancel, NoCancel);
        if (body.Reason?.Length > MaxReasonLength)
        {
            throw new InvalidRequestException("reason", $"has {body.Reason.Length:N0} characters; at most {MaxReasonLength:N0} are kept");
        }

        await client.CancelAsync(key, body.Reason, context.RequestAborted);
        await AcceptedAsync(context, key, $"Execution {key} was asked to end.");
    }

    private async Task SendEventAsync(HttpContext context)
    {
        ExecutionKey key = Begin(context);
        EventRequest body = await bodies.ReadAsync(context, ResourceJson.Strict<EventRequest>(), Shape.Event);
        if (!Names.IsOperationName(body.Name))
        {
            throw new InvalidRequestException("name", $"'{body.Name}' is not an event's name. {Names.OperationNameRule}");
        }

        await client.SendEventAsync(key, body.Name, body.Payload, context.RequestAborted);
        await AcceptedAsync(context, key, $"Event {body.Name} was sent to execution {key}.");
    }

    private static ExecutionKey Begin(HttpContext context)
    {
        QueryReader.RefuseDryRun(context.Request);
        return PathReader.Key(context.Request);
    }

    /// <summary>A suspension is an operation's name, with <c>#2</c> and so on from the second occurrence.</summary>
    private static void CheckSuspension(string? suspension)
    {
        if (suspension is null)
        {
            return;
        }

        int at = suspension.LastIndexOf('#');
        if (!Names.IsOperationName(at < 0 ? suspension : suspension[..at]) || (at >= 0 && !int.TryParse(suspension.AsSpan(at + 1), out _)))
        {
            throw new InvalidRequestException(
                "suspension", $"'{suspension}' is not a suspension's name. {Names.OperationNameRule} A later occurrence ends in #2, #3 and so on.");
        }
    }

    private Task AcceptedAsync(HttpContext context, ExecutionKey key, string message) => Answer.StatusAsync(context, new ErrorStatus
    {
        Status = ErrorStatus.Success,
        Code = StatusCodes.Status202Accepted,
        Message = message,
        Details = new StatusDetails { Name = key.Name, Group = group.Name, Kind = "executions" },
    });
}
