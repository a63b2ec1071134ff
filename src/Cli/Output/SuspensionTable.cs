using Kontinue.Resources;

namespace Kontinue.Cli.Output;

/// <summary>Prints suspensions as lines.</summary>
internal static class SuspensionTable
{
    public static TextTable Create(bool withNamespace, bool wide)
    {
        string[] header = ["EXECUTION", "WAIT", "TYPE", "RESUMES-IN", "AGE"];
        header = wide ? [.. header, "FUNCTION", "DESCRIPTION"] : header;
        return new TextTable(withNamespace ? ["NAMESPACE", .. header] : header);
    }

    public static string[] Row(CliConsole console, Suspension item, bool withNamespace, bool wide)
    {
        DateTimeOffset now = console.Time.GetUtcNow();
        string[] row =
        [
            item.Spec.Execution, item.Spec.Wait, item.Spec.Type,
            item.Spec.ResumeAt is { } due ? ExecutionTable.Short(due - now) : "open-ended",
            item.Metadata.CreationTimestamp is { } created ? ExecutionTable.Short(now - created) : "",
        ];
        row = wide ? [.. row, item.Spec.Function, item.Spec.Description ?? ""] : row;
        return withNamespace ? [item.Metadata.Namespace ?? ExecutionKey.DefaultNamespace, .. row] : row;
    }
}
