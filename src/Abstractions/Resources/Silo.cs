namespace Kontinue.Resources;

/// <summary>A process that runs executions, as the API shows it. Read-only: silos register themselves when they start.</summary>
public sealed record Silo
{
    /// <summary>The kind.</summary>
    public const string DefaultKind = "Silo";

    /// <summary>Always <see cref="Execution.DefaultApiVersion"/>.</summary>
    public string ApiVersion { get; init; } = Execution.DefaultApiVersion;

    /// <summary>Always <see cref="DefaultKind"/>.</summary>
    public string Kind { get; init; } = DefaultKind;

    /// <summary>
    /// The name, which stays over restarts; the uid, which is new with each start; and when it started. Silos belong to no namespace.
    /// </summary>
    public required ObjectMetadata Metadata { get; init; }

    /// <summary>What it is.</summary>
    public required SiloSpec Spec { get; init; }

    /// <summary>How it is.</summary>
    public SiloStatus? Status { get; init; }
}

/// <summary>What a silo said of itself when it started.</summary>
public sealed record SiloSpec
{
    /// <summary>Its worker group: all silos of a group run the same functions.</summary>
    public required string WorkerGroup { get; init; }

    /// <summary>The version of its code; absent when it has none.</summary>
    public string? Version { get; init; }

    /// <summary>How many executions it runs at once at most.</summary>
    public int Capacity { get; init; }
}

/// <summary>How a silo is, as it said when it last renewed its lease.</summary>
public sealed record SiloStatus
{
    /// <summary>Whether it may run executions.</summary>
    public SiloPhase Phase { get; init; }

    /// <summary>Executions that run now; of one that is stopping, as many as it may run: it takes no more.</summary>
    public int Executing { get; init; }

    /// <summary>Executions in memory, those that wait included.</summary>
    public int Resident { get; init; }

    /// <summary>Step bodies that run now.</summary>
    public int Steps { get; init; }

    /// <summary>When its lease ends, or ended. Times are those of the store's clock.</summary>
    public DateTimeOffset? LeaseUntil { get; init; }

    /// <summary>When it was last heard of.</summary>
    public DateTimeOffset? RenewedAt { get; init; }
}

/// <summary>Whether a silo may run executions.</summary>
public enum SiloPhase
{
    /// <summary>Its lease is valid.</summary>
    Ready = 0,

    /// <summary>Its lease ended, and it did not say that it stops: others take its executions over.</summary>
    Lost = 1,

    /// <summary>It stopped, and handed its executions over.</summary>
    Stopped = 2,
}

/// <summary>All silos that are remembered: those whose lease ended more than a day ago are not.</summary>
public sealed record SiloList
{
    /// <summary>Always <see cref="Execution.DefaultApiVersion"/>.</summary>
    public string ApiVersion { get; init; } = Execution.DefaultApiVersion;

    /// <summary>Always <c>SiloList</c>.</summary>
    public string Kind { get; init; } = "SiloList";

    /// <summary>The version.</summary>
    public ListMetadata Metadata { get; init; } = new();

    /// <summary>The silos, by name.</summary>
    public required IReadOnlyList<Silo> Items { get; init; }
}
