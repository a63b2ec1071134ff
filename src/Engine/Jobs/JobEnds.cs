using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Jobs;

/// <summary>What the end of a job means to its execution.</summary>
internal static class JobEnds
{
    /// <summary>How it ended, as a child's end is told.</summary>
    public static ExecutionPhase PhaseOf(JobOutcome outcome) => outcome switch
    {
        JobOutcome.Succeeded => ExecutionPhase.Completed,
        JobOutcome.Stopped => ExecutionPhase.Canceled,
        _ => ExecutionPhase.Failed,
    };

    /// <summary>The failure; null when it succeeded.</summary>
    public static ExecutionError? ErrorOf(string job, JobResult result)
    {
        (ErrorKind kind, string what) = result.Outcome switch
        {
            JobOutcome.Succeeded => (default, ""),
            JobOutcome.DeadlineExceeded => (ErrorKind.Timeout, "took longer than its deadline"),
            JobOutcome.Stopped => (ErrorKind.ChildCanceled, "was stopped"),
            JobOutcome.Lost => (ErrorKind.Infrastructure, "was lost"),
            JobOutcome.Rejected => (ErrorKind.Validation, "cannot be run"),
            _ => (ErrorKind.ChildFailed, "failed"),
        };
        string message = result.Message is { Length: > 0 } why ? $"Job '{job}' {what}: {why}" : $"Job '{job}' {what}.";
        return what.Length == 0 ? null : new ExecutionError(kind, message, kind == ErrorKind.Infrastructure, job);
    }

    /// <summary>
    /// Whether a failure is the job's own, which a retry may have to keep. One that was lost or never ran has no outcome that could be kept.
    /// </summary>
    public static bool IsOwn(ExecutionError? error) => error is not { Kind: ErrorKind.Infrastructure or ErrorKind.Validation };

    /// <summary>What of a gateway's report is stored.</summary>
    /// <param name="result">The report.</param>
    /// <param name="maxBytes">How large a payload may be, as JSON.</param>
    public static JsonPayload Bound(JobResult result, int maxBytes)
    {
        JobResult bounded = result with
        {
            Message = result.Message is { Length: > JobResult.MaxMessageLength } message ? message[..JobResult.MaxMessageLength] : result.Message,
            Containers = [.. result.Containers.Take(JobResult.MaxContainers)],
            LogLines = LastLines(result.LogLines, JobResult.MaxLogLength),
            StartedAt = Truncate(result.StartedAt),
            FinishedAt = Truncate(result.FinishedAt),
            Timings = new JobTimings
            {
                Queue = JobTimings.Round(result.Timings.Queue), Schedule = JobTimings.Round(result.Timings.Schedule), Pull = JobTimings.Round(result.Timings.Pull),
                Run = JobTimings.Round(result.Timings.Run),
            },
        };
        int room = JobResult.MaxLogLength;
        JsonPayload json = JsonPayload.From(bounded);
        while (json.Length > maxBytes && room > 0)
        {
            room /= 2;
            bounded = bounded with { LogLines = LastLines(bounded.LogLines, room) };
            json = JsonPayload.From(bounded);
        }

        return json.Length <= maxBytes ? json : JsonPayload.From(new JobResult { Outcome = result.Outcome, Tries = result.Tries });
    }

    private static List<string> LastLines(IReadOnlyList<string> lines, int room)
    {
        var last = new List<string>();
        for (int i = lines.Count - 1; i >= 0 && last.Count < JobResult.MaxLogLines && room > 0; i--)
        {
            string line = lines[i].Length <= room ? lines[i] : lines[i][^room..];
            room -= Math.Max(1, line.Length);
            last.Add(line);
        }

        last.Reverse();
        return last;
    }

    private static DateTimeOffset? Truncate(DateTimeOffset? time) => time is { } at ? StoreTime.Truncate(at) : null;
}
