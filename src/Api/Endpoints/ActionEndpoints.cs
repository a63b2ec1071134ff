using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Kontinue.Client;
using Kontinue.Engine;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Endpoints;

/// <summary>What can be asked of an execution. Each is stored before it is answered, with 202 because the function has yet to react.</summary>
internal sealed class ActionEndpoints(IKontinueClient client, ApiGroup group, BodyReader bodies)
{
    private const int MaxReasonLength = 1024;

    /// <summary>What of a name a new one is made of, so that there is room for what makes it another.</summary>
    private const int MaxGenerateName = 240;

    private static readonly ResumeRequest NoResume = new();
    private static readonly CancelRequest NoCancel = new();
    private static readonly RetryRequest NoRetry = new();
    private static readonly SkipRequest NoSkip = new();
    private static readonly ResubmitRequest NoResubmit = new();

    public void Map(ApiPipeline pipeline)
    {
        string one = $"{group.Root}/namespaces/{{ns}}/executions/{{name}}";
        pipeline.Map($"{one}/resume", post: ResumeAsync);
        pipeline.Map($"{one}/cancel", post: CancelAsync);
        pipeline.Map($"{one}/events", post: SendEventAsync);
        pipeline.Map($"{one}/retry", post: RetryAsync);
        pipeline.Map($"{one}/skip", post: SkipAsync);
        pipeline.Map($"{one}/resubmit", post: ResubmitAsync);
    }

    private async Task ResumeAsync(HttpContext context)
    {
        (ExecutionKey key, bool dryRun) = Begin(context);
        ResumeRequest body = await bodies.ReadAsync(context, ResourceJson.Strict<ResumeRequest>(), Shape.Resume, NoResume);
        string? suspension = string.IsNullOrEmpty(body.Suspension) ? null : body.Suspension;
        CheckSuspension(suspension);
        await RunAsync(
            context, key, dryRun, p => !p.IsTerminal(),
            () => client.ResumeAsync(key, suspension, body.Payload, context.RequestAborted), $"{suspension ?? "The suspension"} of execution {key} was resumed.");
    }

    private async Task CancelAsync(HttpContext context)
    {
        (ExecutionKey key, bool dryRun) = Begin(context);
        CancelRequest body = await bodies.ReadAsync(context, ResourceJson.Strict<CancelRequest>(), Shape.Cancel, NoCancel);
        CheckReason(body.Reason);
        await RunAsync(
            context, key, dryRun, p => !p.IsTerminal(),
            () => client.CancelAsync(key, body.Reason, context.RequestAborted), $"Execution {key} was asked to end.");
    }

    private async Task SendEventAsync(HttpContext context)
    {
        (ExecutionKey key, bool dryRun) = Begin(context);
        EventRequest body = await bodies.ReadAsync(context, ResourceJson.Strict<EventRequest>(), Shape.Event);
        if (!Names.IsOperationName(body.Name))
        {
            throw new InvalidRequestException("name", $"'{body.Name}' is not an event's name. {Names.OperationNameRule}");
        }

        await RunAsync(
            context, key, dryRun, p => !p.IsTerminal(),
            () => client.SendEventAsync(key, body.Name, body.Payload, context.RequestAborted), $"Event {body.Name} was sent to execution {key}.");
    }

    private async Task RetryAsync(HttpContext context)
    {
        (ExecutionKey key, bool dryRun) = Begin(context);
        RetryRequest body = await bodies.ReadAsync(context, ResourceJson.Strict<RetryRequest>(), Shape.Of<RetryRequest>(), NoRetry);
        await RunAsync(
            context, key, dryRun, p => p is ExecutionPhase.Failed or ExecutionPhase.Canceled or ExecutionPhase.Backoff,
            () => client.RetryAsync(key, body.ChildPolicy, context.RequestAborted), $"Another attempt of execution {key} was started.");
    }

    private async Task SkipAsync(HttpContext context)
    {
        (ExecutionKey key, bool dryRun) = Begin(context);
        SkipRequest body = await bodies.ReadAsync(context, ResourceJson.Strict<SkipRequest>(), Shape.Of<SkipRequest>(), NoSkip);
        CheckReason(body.Reason);
        await RunAsync(
            context, key, dryRun, p => p is ExecutionPhase.Failed or ExecutionPhase.Suspended or ExecutionPhase.Backoff or ExecutionPhase.Pending,
            () => client.SkipAsync(key, body.Result, body.Reason, context.RequestAborted), $"Execution {key} was passed over.");
    }

    private async Task ResubmitAsync(HttpContext context)
    {
        (ExecutionKey key, bool dryRun) = Begin(context);
        ResubmitRequest body = await bodies.ReadAsync(context, ResourceJson.Strict<ResubmitRequest>(), Shape.Of<ResubmitRequest>(), NoResubmit);
        string? name = string.IsNullOrEmpty(body.Name) ? null : body.Name;
        if (name is not null && !Names.IsExecutionName(name))
        {
            throw new InvalidRequestException("name", $"'{name}' is not a name. {Names.ExecutionNameRule}");
        }

        Execution created = dryRun
            ? await client.TryCreateAsync(Repeat(await client.GetAsync(key, context.RequestAborted), name), context.RequestAborted)
            : await client.ResubmitAsync(key, name, context.RequestAborted);
        if (!dryRun)
        {
            context.Response.Headers.Location = $"{group.Root}/namespaces/{key.Namespace}/executions/{created.Metadata.Name}";
        }

        await Answer.JsonAsync(context, group.Show(created), KontinueJsonContext.Writing.Execution, StatusCodes.Status201Created);
    }

    private static Execution Repeat(Execution old, string? name) => new()
    {
        Metadata = new ObjectMetadata
        {
            Namespace = old.Metadata.Namespace,
            Name = name,
            GenerateName = name is null ? old.Metadata.Name![..Math.Min(old.Metadata.Name!.Length, MaxGenerateName)].TrimEnd('-', '.') + "-" : null,
            Labels = old.Metadata.Labels,
        },
        Spec = old.Spec,
    };

    private static (ExecutionKey Key, bool DryRun) Begin(HttpContext context) =>
        (PathReader.Key(context.Request), QueryReader.DryRun(context.Request));

    /// <summary>Does what is asked; a dry run only looks whether the execution is in a phase that allows it.</summary>
    private async Task RunAsync(
        HttpContext context, ExecutionKey key, bool dryRun, Func<ExecutionPhase, bool> isAllowed, Func<Task> action, string message)
    {
        if (!dryRun)
        {
            await action();
        }
        else if ((await client.GetAsync(key, context.RequestAborted)).Status?.Phase is { } phase && !isAllowed(phase))
        {
            throw new ExecutionConflictException(key, $"Execution {key} is {phase}; that does not allow it.");
        }

        await Answer.StatusAsync(context, new ErrorStatus
        {
            Status = ErrorStatus.Success,
            Code = StatusCodes.Status202Accepted,
            Message = dryRun ? "(dry run) " + message : message,
            Details = new StatusDetails { Name = key.Name, Group = group.Name, Kind = "executions" },
        });
    }

    private static void CheckReason(string? reason)
    {
        if (reason?.Length > MaxReasonLength)
        {
            throw new InvalidRequestException("reason", $"has {reason.Length:N0} characters; at most {MaxReasonLength:N0} are kept");
        }
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
}
