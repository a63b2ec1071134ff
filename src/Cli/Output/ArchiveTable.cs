using System.Globalization;
using Kontinue.Resources;

namespace Kontinue.Cli.Output;

/// <summary>Prints archived executions as lines.</summary>
internal static class ArchiveTable
{
    public static void Write(CliConsole console, IReadOnlyList<ArchivedExecution> items, bool withNamespace, bool wide)
    {
        string[] header = ["NAME", "FUNCTION", "PHASE", "EXECUTIONS", "SIZE", "FINISHED", "ARCHIVED"];
        header = wide ? [.. header, "DELETED-IN", "UID"] : header;
        var table = new TextTable(withNamespace ? ["NAMESPACE", .. header] : header);
        foreach (ArchivedExecution item in items)
        {
            table.Add(Row(item, console.Time.GetUtcNow(), withNamespace, wide));
        }

        table.Write(console.Out);
    }

    /// <summary>The name for other commands.</summary>
    public static string Name(ArchivedExecution item) => "archivedexecution/" + item.Metadata.Name;

    private static string[] Row(ArchivedExecution item, DateTimeOffset now, bool withNamespace, bool wide)
    {
        ArchivedExecutionStatus status = item.Status;
        string[] row =
        [
            item.Spec.Execution, item.Spec.Function, status.Phase.ToString(), status.Executions.ToString(CultureInfo.InvariantCulture), Size(status.Bytes),
            ExecutionTable.Short(now - status.FinishedAt), ExecutionTable.Short(now - status.ArchivedAt),
        ];
        row = wide ? [.. row, status.DeleteAt is { } at ? ExecutionTable.Short(at - now) : "never", item.Metadata.Uid?.ToString() ?? ""] : row;
        return withNamespace ? [item.Key.Namespace, .. row] : row;
    }

    private static string Size(long bytes) => bytes switch
    {
        < 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes}B"),
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.#}Ki"),
        < 1024 * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024):0.#}Mi"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024 * 1024):0.#}Gi"),
    };
}
