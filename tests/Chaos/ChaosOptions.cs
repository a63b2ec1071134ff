using Kontinue.Chaos.Faults;

namespace Kontinue.Chaos;

/// <summary>How hard a run is.</summary>
internal sealed record ChaosOptions
{
    /// <summary>How long faults go on. The end of what is under way, and the check, come after it.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(1);

    public int Silos { get; init; } = 3;

    /// <summary>Decides what runs and which faults come: not when the processes do what.</summary>
    public int Seed { get; init; } = 1;

    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(2);

    public IReadOnlyList<FaultKind> Faults { get; init; } = Enum.GetValues<FaultKind>();

    /// <summary>Executions started in a second.</summary>
    public int Rate { get; init; } = 40;

    /// <summary>Executions that callers wait for at once.</summary>
    public int Concurrency { get; init; } = 64;

    /// <summary>How long what is under way may take to end when all faults are over.</summary>
    public TimeSpan SettleDeadline { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Where the report is written as JSON; null: nowhere.</summary>
    public string? Report { get; init; }
}
