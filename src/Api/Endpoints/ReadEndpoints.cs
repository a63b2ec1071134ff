using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Kontinue.Client;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Endpoints;

/// <summary>What became of an execution: its result and its journal.</summary>
internal sealed class ReadEndpoints(IKontinueClient client, ApiGroup group, Waits waits)
{
    private const int DefaultEntries = 1000;
    private const int MaxEntries = 10_000;

    public void Map(ApiPipeline pipeline)
    {
        string one = $"{group.Root}/namespaces/{{ns}}/executions/{{name}}";
        pipeline.Map($"{one}/result", ResultAsync);
        pipeline.Map($"{one}/journal", JournalAsync);
    }

    private async Task ResultAsync(HttpContext context)
    {
        ExecutionKey key = PathReader.Key(context.Request);
        TimeSpan wait = QueryReader.Wait(context.Request);
        Execution execution = wait == TimeSpan.Zero
            ? await client.GetAsync(key, context.RequestAborted)
            : await waits.RunAsync(context.RequestAborted, token => client.WaitAsync(key, wait, token));
        ExecutionStatus status = execution.Status ?? new ExecutionStatus();
        if (status.Phase != ExecutionPhase.Completed)
        {
            throw new ApiException(NoResult(execution, status, wait));
        }

        JsonPayload result = status.Result.IsNone ? JsonPayload.Null : status.Result;
        await Answer.BytesAsync(context, result.Utf8);
    }

    /// <summary>
    /// Errors, all of them, so that <c>curl -f</c> and its like never take a status for a result: 409 for one that ended otherwise,
    /// 408 for one that has not ended.
    /// </summary>
    private static ErrorStatus NoResult(Execution execution, ExecutionStatus status, TimeSpan wait)
    {
        ExecutionKey key = execution.Key;
        var causes = new List<StatusCause> { new("Phase", status.Phase.ToString(), "status.phase") };
        if (status.Error is { } error)
        {
            causes.Add(new StatusCause(error.Kind.ToString(), error.Message, "status.error"));
        }

        string reason = status.Phase switch
        {
            ExecutionPhase.Failed => StatusReason.ExecutionFailed,
            ExecutionPhase.Canceled => StatusReason.ExecutionCanceled,
            ExecutionPhase.Skipped => StatusReason.ExecutionSkipped,
            _ => StatusReason.Timeout,
        };
        string message = status.Phase.IsTerminal()
            ? $"Execution {key} is {status.Phase}{(status.Error is null ? "." : $": {status.Error.Message}")}"
            : $"Execution {key} is {status.Phase}; it has not ended{(wait == TimeSpan.Zero ? "" : $" within {Duration.Format(wait)}")}. Ask again, with ?wait=30s.";
        return new ErrorStatus
        {
            Code = status.Phase.IsTerminal() ? StatusCodes.Status409Conflict : StatusCodes.Status408RequestTimeout,
            Reason = reason,
            Message = message,
            Details = new StatusDetails
            {
                Name = key.Name,
                Kind = "executions",
                Uid = execution.Metadata.Uid,
                Causes = causes,
                RetryAfterSeconds = status.Phase.IsTerminal() ? null : 1,
            },
        };
    }

    private async Task JournalAsync(HttpContext context)
    {
        ExecutionKey key = PathReader.Key(context.Request);
        long after = QueryReader.Number(context.Request, "after", 0, long.MaxValue) ?? 0;
        long limit = QueryReader.Number(context.Request, "limit", 0, MaxEntries) is { } asked and > 0 ? asked : DefaultEntries;
        JournalPage page = await client.ReadJournalAsync(key, after, (int)limit, context.RequestAborted);
        await Answer.JsonAsync(context, page, KontinueJsonContext.Writing.JournalPage);
    }
}
