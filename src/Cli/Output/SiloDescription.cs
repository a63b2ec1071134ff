using Kontinue.Resources;

namespace Kontinue.Cli.Output;

/// <summary>Prints all that is known of a silo, with what it can run.</summary>
internal static class SiloDescription
{
    public static void Write(CliConsole console, Silo silo, IReadOnlyList<Function> functions)
    {
        SiloStatus status = silo.Status ?? new SiloStatus();
        TimeSpan? left = silo.LeaseLeft(console.Time.GetUtcNow());
        string[] names = [.. functions.Where(f => f.Spec.Groups().Contains(silo.Spec.WorkerGroup, StringComparer.Ordinal)).Select(f => f.Metadata.Name ?? "")];
        ExecutionDescription.Fields(console, "",
        [
            ("Name", silo.Metadata.Name), ("Uid", silo.Metadata.Uid?.ToString()), ("Started", ExecutionDescription.Time(silo.Metadata.CreationTimestamp)),
            ("Worker group", silo.Spec.WorkerGroup), ("Version", silo.Spec.Version), ("Capacity", $"{silo.Spec.Capacity} executions at once"),
        ]);
        console.Out.WriteLine("Status:");
        ExecutionDescription.Fields(console, "  ",
        [
            ("Phase", status.Phase switch
            {
                SiloPhase.Lost => "Lost: its lease is over, and others take its executions over",
                SiloPhase.Stopped => "Stopped: it handed its executions over",
                var phase => phase.ToString(),
            }),
            ("Executing", $"{status.Executing}"), ("Resident", $"{status.Resident}"), ("Steps", $"{status.Steps}"),
            ("Heard of", ExecutionDescription.Time(status.RenewedAt)),
            ("Lease until", $"{ExecutionDescription.Time(status.LeaseUntil)}{(left is { } time ? $" (for {ExecutionTable.Short(time)})" : "")}"),
        ]);
        if (names.Length > 0)
        {
            console.Out.WriteLine($"Functions of the group: {string.Join(", ", names)}");
        }
    }
}
