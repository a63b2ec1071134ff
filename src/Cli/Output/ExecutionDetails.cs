using Kontinue.Resources;

namespace Kontinue.Cli.Output;

/// <summary>Prints below an execution's line what it waits for and what became of it.</summary>
internal static class ExecutionDetails
{
    private const int MaxChildren = 20;

    /// <summary>A text that is not too long.</summary>
    public static string Cut(string text, int length) => text.Length <= length ? text : text[..(length - 3)] + "...";

    public static void Write(CliConsole console, Execution execution)
    {
        ExecutionStatus status = execution.Status ?? new ExecutionStatus();
        var lines = new List<(string Title, string Text)>();
        foreach (Condition condition in status.Conditions ?? [])
        {
            lines.Add((condition.Type, condition.Message));
        }

        foreach (WaitReference wait in status.WaitingFor ?? [])
        {
            string until = wait.Until is { } due ? $" until {due:yyyy-MM-ddTHH:mm:ssZ}" : "";
            lines.Add(("Waits for", $"{wait.Kind} {wait.Name}{until}{(wait.Description is null ? "" : $": {wait.Description}")}"));
        }

        foreach (ChildReference child in (status.Children ?? []).Take(MaxChildren))
        {
            lines.Add(("Child", $"{child.Name} ({child.Function}) {child.Phase}"));
        }

        if (status.Children?.Count > MaxChildren)
        {
            lines.Add(("Child", $"and {status.Children.Count - MaxChildren} more; see them with -o json"));
        }

        foreach (JobReference job in (status.Jobs ?? []).Take(MaxChildren))
        {
            lines.Add((job.Kind, $"{job.Name} {job.Phase}"));
        }

        if (status.Jobs?.Count > MaxChildren)
        {
            lines.Add(("Job", $"and {status.Jobs.Count - MaxChildren} more; see them with -o json"));
        }

        if (status.Error is { } error)
        {
            lines.Add(("Error", $"{error.Kind}: {error.Message}"));
        }

        if (!status.Result.IsNone)
        {
            lines.Add(("Result", status.Result.ToString()));
        }

        if (lines.Count == 0)
        {
            return;
        }

        console.Out.WriteLine();
        int width = lines.Max(l => l.Title.Length) + 2;
        foreach ((string title, string text) in lines)
        {
            console.Out.WriteLine((title + ":").PadRight(width) + text.ReplaceLineEndings(" "));
        }
    }
}
