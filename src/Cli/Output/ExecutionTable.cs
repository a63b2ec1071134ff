using Kontinue.Resources;

namespace Kontinue.Cli.Output;

/// <summary>Prints executions as lines.</summary>
internal static class ExecutionTable
{
    private const string Reset = "\e[0m";

    private static readonly string[] Header = ["NAME", "FUNCTION", "PHASE", "ATTEMPTS", "AGE", "TOOK"];
    private static readonly string[] WideHeader = [.. Header, "RESUMPTIONS", "SILO", "PARENT", "REASON"];

    public static void Write(CliConsole console, IReadOnlyList<Execution> items, bool withNamespace, bool wide = false)
    {
        TextTable table = Create(withNamespace, wide);
        foreach (Execution item in items)
        {
            table.Add(Row(console, item, withNamespace, wide));
        }

        table.Write(console.Out, Painter(console, withNamespace));
    }

    public static TextTable Create(bool withNamespace, bool wide)
    {
        string[] header = wide ? WideHeader : Header;
        return new TextTable(withNamespace ? ["NAMESPACE", .. header] : header);
    }

    public static string[] Row(CliConsole console, Execution item, bool withNamespace, bool wide, bool gone = false)
    {
        ExecutionStatus status = item.Status ?? new ExecutionStatus();
        DateTimeOffset now = console.Time.GetUtcNow();
        string[] row =
        [
            item.Metadata.Name ?? "", item.Spec.Function, gone ? $"{status.Phase} (gone)" : item.Metadata.DeletionTimestamp is null ? $"{status.Phase}" : $"{status.Phase} (deleting)",
            $"{status.Attempts}",
            item.Metadata.CreationTimestamp is { } created ? Short(now - created) : "",
            status.StartedAt is { } started ? Short((status.FinishedAt ?? now) - started) : "",
        ];
        row = wide
            ? [.. row, $"{status.Resumptions}", status.Silo ?? "", item.Metadata.OwnerReferences is [var parent, ..] ? parent.Name : "", Reason(status)]
            : row;
        return withNamespace ? [item.Key.Namespace, .. row] : row;
    }

    /// <summary>Colors phases, if anything is colored.</summary>
    public static Func<int, string, string>? Painter(CliConsole console, bool withNamespace)
    {
        int phaseColumn = withNamespace ? 3 : 2;
        return console.ColorsOut ? (column, text) => column == phaseColumn ? Paint(text) : text : null;
    }

    private static string Reason(ExecutionStatus status) => status switch
    {
        { Phase: not (ExecutionPhase.Completed or ExecutionPhase.Skipped), Error: { } error } => $"{error.Kind}: {error.Message}",
        { Conditions: [var condition, ..] } => $"{condition.Type}: {condition.Message}",
        _ => "",
    };

    /// <summary>A duration as exact as it is short.</summary>
    internal static string Short(TimeSpan span)
    {
        span = span < TimeSpan.Zero ? TimeSpan.Zero : span;
        return span.TotalSeconds < 10
            ? $"{span.TotalSeconds:0.###}s"
            : span.TotalMinutes < 2 ? $"{(int)span.TotalSeconds}s"
            : span.TotalHours < 2 ? $"{(int)span.TotalMinutes}m"
            : span.TotalDays < 2 ? $"{(int)span.TotalHours}h"
            : $"{(int)span.TotalDays}d";
    }

    private static string Paint(string phase) => phase.Split(' ')[0] switch
    {
        nameof(ExecutionPhase.Completed) => $"\e[32m{phase}{Reset}",
        nameof(ExecutionPhase.Failed) => $"\e[31m{phase}{Reset}",
        nameof(ExecutionPhase.Canceled) or nameof(ExecutionPhase.Skipped) => $"\e[90m{phase}{Reset}",
        nameof(ExecutionPhase.Backoff) => $"\e[33m{phase}{Reset}",
        _ => $"\e[36m{phase}{Reset}",
    };
}
