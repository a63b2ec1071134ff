using Kontinue.Resources;

namespace Kontinue.Cli.Output;

/// <summary>Prints silos as lines.</summary>
internal static class SiloTable
{
    public static void Write(CliConsole console, IReadOnlyList<Silo> items, bool wide)
    {
        string[] header = ["NAME", "GROUP", "STATUS", "EXECUTING", "RESIDENT", "LEASE", "VERSION", "AGE"];
        var table = new TextTable(wide ? [.. header, "STEPS", "UID"] : header);
        DateTimeOffset now = console.Time.GetUtcNow();
        foreach (Silo item in items)
        {
            SiloStatus status = item.Status ?? new SiloStatus();
            string[] row =
            [
                item.Metadata.Name ?? "", item.Spec.WorkerGroup, status.Phase.ToString(), $"{status.Executing}/{item.Spec.Capacity}", $"{status.Resident}",
                item.LeaseLeft(now) is { } left ? ExecutionTable.Short(TimeSpan.FromSeconds(Math.Ceiling(left.TotalSeconds))) : "", item.Spec.ShortVersion() ?? "",
                item.Metadata.CreationTimestamp is { } created ? ExecutionTable.Short(now - created) : "",
            ];
            table.Add(wide ? [.. row, $"{status.Steps}", item.Metadata.Uid?.ToString() ?? ""] : row);
        }

        table.Write(console.Out);
    }
}
