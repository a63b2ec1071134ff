using Kontinue.Resources;

namespace Kontinue.Cli.Output;

/// <summary>Prints executions as lines.</summary>
internal static class ExecutionTable
{
    private const string Reset = "\e[0m";

    public static void Write(CliConsole console, IReadOnlyList<Execution> items, bool withNamespace)
    {
        string[] header = ["NAME", "FUNCTION", "PHASE", "ATTEMPTS", "AGE", "TOOK"];
        var table = new TextTable(withNamespace ? ["NAMESPACE", .. header] : header);
        DateTimeOffset now = console.Time.GetUtcNow();
        foreach (Execution item in items)
        {
            ExecutionStatus status = item.Status ?? new ExecutionStatus();
            string[] row =
            [
                item.Metadata.Name ?? "", item.Spec.Function, status.Phase.ToString(), $"{status.Attempts}",
                item.Metadata.CreationTimestamp is { } created ? Short(now - created) : "",
                status.StartedAt is { } started ? Short((status.FinishedAt ?? now) - started) : "",
            ];
            table.Add(withNamespace ? [item.Key.Namespace, .. row] : row);
        }

        int phaseColumn = withNamespace ? 3 : 2;
        table.Write(console.Out, console.ColorsOut ? (column, text) => column == phaseColumn ? Paint(text) : text : null);
    }

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

    private static string Paint(string phase) => phase switch
    {
        nameof(ExecutionPhase.Completed) => $"\e[32m{phase}{Reset}",
        nameof(ExecutionPhase.Failed) => $"\e[31m{phase}{Reset}",
        nameof(ExecutionPhase.Canceled) or nameof(ExecutionPhase.Skipped) => $"\e[90m{phase}{Reset}",
        nameof(ExecutionPhase.Backoff) => $"\e[33m{phase}{Reset}",
        _ => $"\e[36m{phase}{Reset}",
    };
}
