using Kontinue.Cli.Commands;
using Kontinue.Resources;

namespace Kontinue.Cli.Output;

/// <summary>Prints all that is known of an execution, in sections as kubectl's describe does.</summary>
internal static class ExecutionDescription
{
    private const int MaxValueLength = 2000;
    private const int MaxStates = 50;

    public static void Write(CliConsole console, Execution execution, ChildTree tree, IReadOnlyList<JournalEntry> last, long count)
    {
        ExecutionStatus status = execution.Status ?? new ExecutionStatus();
        Fields(console, "", Metadata(execution.Metadata, execution.Key));
        Section(console, "Spec", Spec(execution.Spec));
        Section(console, "Status", Status(status));
        Section(console, "Conditions", (status.Conditions ?? []).Select(c => (c.Type, (string?)$"{c.Message} ({c.Reason}, since {Time(c.LastTransitionTime)})")));
        Section(console, "Waits", (status.WaitingFor ?? []).Select(w => (
            w.Name, (string?)$"{w.Kind}{(w.Until is { } until ? $" until {Time(until)}" : "")}{(w.Description is null ? "" : $": {w.Description}")}")));
        Section(console, "State", (status.State ?? new Dictionary<string, JsonPayload>(StringComparer.Ordinal)).Take(MaxStates).Select(s => (s.Key, (string?)s.Value.ToString())));
        if (tree.Children.Count > 0)
        {
            console.Out.WriteLine("Children:");
            WriteTree(console, tree, "  ");
        }

        if (last.Count > 0)
        {
            console.Out.WriteLine(count > last.Count ? $"Events (the last {last.Count} of {count}; see all with kontinue logs):" : "Events:");
            foreach (JournalEntry entry in last)
            {
                console.Out.WriteLine("  " + JournalSentence.Of(entry, console.ColorsOut));
            }
        }
    }

    private static IEnumerable<(string, string?)> Metadata(ObjectMetadata metadata, ExecutionKey key) =>
    [
        ("Name", metadata.Name), ("Namespace", key.Namespace), ("Uid", metadata.Uid?.ToString()), ("Version", metadata.ResourceVersion),
        ("Created", Time(metadata.CreationTimestamp)), ("Deletion", Time(metadata.DeletionTimestamp)),
        ("Parent", metadata.OwnerReferences is [var parent, ..] ? $"{parent.Kind}/{parent.Name}" : null),
        ("Labels", Pairs(metadata.Labels)), ("Annotations", Pairs(metadata.Annotations)),
    ];

    private static IEnumerable<(string, string?)> Spec(ExecutionSpec spec) =>
    [
        ("Function", spec.Function), ("Worker group", spec.WorkerGroup), ("Arguments", spec.Arguments.ToString()),
        ("Retry", spec.Retry is { } retry
            ? $"{retry.Retries} further attempts, backoff {Duration.Format(retry.Backoff)}{(retry.MaxBackoff is { } max ? $" up to {Duration.Format(max)}" : "")}, times {retry.Multiplier}, children {retry.ChildPolicy}"
            : null),
        ("Attempt timeout", Span(spec.Timeout?.Attempt)), ("Overall timeout", Span(spec.Timeout?.Overall)),
        ("Mutex", spec.Mutex?.Name), ("Priority", spec.Priority?.ToString()), ("Concurrency key", spec.ConcurrencyKey),
        ("Archive after", Span(spec.Ttl?.ArchiveAfter)), ("Delete after", Span(spec.Ttl?.DeleteAfter)),
    ];

    private static IEnumerable<(string, string?)> Status(ExecutionStatus status) =>
    [
        ("Phase", status.Phase.ToString()), ("Attempts", $"{status.Attempts}"), ("Resumptions", $"{status.Resumptions}"), ("Silo", status.Silo),
        ("Queued for", Span(status.QueuedFor)), ("Started", Time(status.StartedAt)), ("Finished", Time(status.FinishedAt)), ("Wakes", Time(status.WakeAt)),
        ("Error", status.Error is { } error
            ? $"{error.Kind}: {error.Message}{(error.Step is null ? "" : $" (in {error.Step})")}{(error.Retryable ? " (retryable)" : "")}"
            : null),
        ("Result", status.Result.ToString()),
    ];

    private static void Section(CliConsole console, string title, IEnumerable<(string Title, string? Text)> fields)
    {
        (string, string?)[] there = [.. fields.Where(f => !string.IsNullOrEmpty(f.Text))];
        if (there.Length > 0)
        {
            console.Out.WriteLine(title + ":");
            Fields(console, "  ", there);
        }
    }

    internal static void Fields(CliConsole console, string indent, IEnumerable<(string Title, string? Text)> fields)
    {
        (string Title, string? Text)[] there = [.. fields.Where(f => !string.IsNullOrEmpty(f.Text))];
        int width = there.Max(f => f.Title.Length) + 2;
        foreach ((string title, string? text) in there)
        {
            console.Out.WriteLine(indent + (title + ":").PadRight(width) + ExecutionDetails.Cut(text!.ReplaceLineEndings(" "), MaxValueLength));
        }
    }

    private static void WriteTree(CliConsole console, ChildTree tree, string indent)
    {
        foreach (ChildTree child in tree.Children)
        {
            string took = child.Took is { } time ? $" in {ExecutionTable.Short(time)}" : "";
            console.Out.WriteLine($"{indent}{child.Name} ({child.Function}) {child.Phase}{took}");
            WriteTree(console, child, indent + "  ");
        }

        if (tree.Hidden > 0)
        {
            console.Out.WriteLine($"{indent}and {tree.Hidden} more; see them with: kontinue get executions --parent {tree.Name}");
        }
    }

    private static string? Pairs(IReadOnlyDictionary<string, string>? pairs) => pairs is null ? null : string.Join(", ", pairs.Select(p => $"{p.Key}={p.Value}"));

    private static string? Span(TimeSpan? span) => span is { } value ? Duration.Format(value) : null;

    internal static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ");
}
