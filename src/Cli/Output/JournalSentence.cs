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
        "CancelRequested" => "asked to end",
        "AttemptFailed" => "attempt failed",
        "AttemptStarted" => "attempt started",
        _ => entry.Name is null ? entry.Kind : $"{entry.Kind} {entry.Name}",
    };

    private static string Attempt(JournalEntry entry) => entry.Attempt is > 0 ? $" (attempt {entry.Attempt})" : "";

    private static string Due(JournalEntry entry) => entry.Due is { } due ? $" until {due:yyyy-MM-ddTHH:mm:ss.fffZ}" : "";

    private static string Value(JournalEntry entry)
    {
        string text = entry.Error is { } error ? $"{error.Kind}: {error.Message}" : entry.Value.ToString();
        return text.Length == 0 ? "" : ": " + ExecutionDetails.Cut(text.ReplaceLineEndings(" "), MaxValueLength);
    }
}
