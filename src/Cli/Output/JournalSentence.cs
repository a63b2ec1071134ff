using Kontinue.Resources;

namespace Kontinue.Cli.Output;

/// <summary>Says in a line what a journal entry records.</summary>
internal static class JournalSentence
{
    private const int MaxValueLength = 200;

    public static string Of(JournalEntry entry, bool colors)
    {
        string line = $"{entry.At:yyyy-MM-ddTHH:mm:ss.fffZ}  {What(entry)}{Attempt(entry)}{Due(entry)}{Value(entry)}";
        return colors && entry.Error is not null ? $"\e[31m{line}\e[0m" : line;
    }

    /// <summary>Says how an execution ended, or nothing when it has not.</summary>
    public static string? End(Execution execution, bool colors)
    {
        if (execution.Status is not { FinishedAt: { } at } status || !status.Phase.IsTerminal())
        {
            return null;
        }

        string text = status.Phase == ExecutionPhase.Completed ? status.Result.ToString() : status.Error is { } error ? $"{error.Kind}: {error.Message}" : "";
        string line = $"{at:yyyy-MM-ddTHH:mm:ss.fffZ}  {status.Phase}{Tail(text)}";
        return colors && status.Phase == ExecutionPhase.Failed ? $"\e[31m{line}\e[0m" : line;
    }

    /// <summary>An entry of a kind that is newer than this program is told by the kind's name.</summary>
    public static string What(JournalEntry entry) => entry.Kind switch
    {
        "StepCompleted" => $"step {entry.Name} completed",
        "StepFailed" => $"step {entry.Name} failed",
        "StepRetry" => $"step {entry.Name} will be tried again",
        "StepCanceled" => $"step {entry.Name} was canceled",
        "TimerStarted" => $"{entry.Name} began to sleep",
        "TimerFired" => $"{entry.Name} is over",
        "SuspensionStarted" => $"{entry.Name} waits for a resume",
        "Resumed" => $"{entry.Name} was resumed",
        "EventWaitStarted" => $"{entry.Name} waits for an event",
        "EventReceived" => $"event {entry.Name} received",
        "PollStarted" => $"{entry.Name} began to poll",
        "WaitTimedOut" => $"{entry.Name} was not done in time",
        "ChildStarted" => $"child {entry.Name} started",
        "ChildEnded" => $"child {entry.Name} ended",
        "JobStarted" => $"job {entry.Name} started",
        "JobEnded" => $"job {entry.Name} ended",
        "CancelRequested" => "asked to end",
        "AttemptFailed" => "attempt failed",
        "AttemptStarted" => "attempt started",
        _ => entry.Name is null ? entry.Kind : $"{entry.Kind} {entry.Name}",
    };

    private static string Attempt(JournalEntry entry) => entry.Attempt is > 0 ? $" (attempt {entry.Attempt})" : "";

    private static string Due(JournalEntry entry) => entry.Due is { } due ? $" until {due:yyyy-MM-ddTHH:mm:ss.fffZ}" : "";

    private static string Value(JournalEntry entry) => Tail(entry.Error is { } error ? $"{error.Kind}: {error.Message}" : entry.Value.ToString());

    private static string Tail(string text) => text.Length == 0 ? "" : ": " + ExecutionDetails.Cut(text.ReplaceLineEndings(" "), MaxValueLength);
}
