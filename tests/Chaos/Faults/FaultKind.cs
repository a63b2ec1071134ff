namespace Kontinue.Chaos.Faults;

/// <summary>What is done to the silos and their database.</summary>
internal enum FaultKind
{
    /// <summary>SIGKILL of a silo; it comes back under the same name or another one.</summary>
    Kill,

    /// <summary>SIGSTOP of a silo for longer than its lease, then SIGCONT.</summary>
    Pause,

    /// <summary>A silo's connections are ended by the database, reset, refused or held up.</summary>
    Cut,

    /// <summary>The database ends, in order or as in a crash, and comes back.</summary>
    Restart,

    /// <summary>The database has no connection left.</summary>
    Connections,

    /// <summary>All silos are stopped in order and started again, one after the other.</summary>
    Roll,
}

/// <summary>A fault that was done.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Detail">How.</param>
/// <param name="Incarnation">The process that it hit alone, if any.</param>
/// <param name="From">When it began.</param>
/// <param name="Until">When it was over.</param>
internal sealed record Fault(FaultKind Kind, string Detail, string? Incarnation, DateTimeOffset From, DateTimeOffset Until);
