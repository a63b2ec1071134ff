namespace Kontinue.Load.Driving;

/// <summary>What callers do, here or in a silo: what they run, how many or how fast, and how long.</summary>
internal sealed record LoopPlan
{
    public required string Scenario { get; init; }

    /// <summary>Of a closed loop: callers, each with one execution at a time.</summary>
    public required int Concurrency { get; init; }

    /// <summary>Starts per second; null: a closed loop.</summary>
    public double? Rate { get; init; }

    /// <summary>Of an open loop: starts beyond that wait, and are late.</summary>
    public int MaxUnderWay { get; init; } = 10_000;

    public required TimeSpan Duration { get; init; }

    public required TimeSpan Warmup { get; init; }

    /// <summary>How long each point of the series is.</summary>
    public required TimeSpan Interval { get; init; }

    public int Count { get; init; }

    public int Payload { get; init; } = 1024;

    public string Mix { get; init; } = LoadOptions.DefaultMix;

    /// <summary>The share of one of several drivers, so that all shares together are the plan.</summary>
    public LoopPlan ShareOf(int index, int drivers) => this with
    {
        Concurrency = Part(Concurrency, index, drivers),
        MaxUnderWay = Math.Max(1, Part(MaxUnderWay, index, drivers)),
        Rate = Rate / drivers,
    };

    private static int Part(int whole, int index, int parts) => (whole / parts) + (index < whole % parts ? 1 : 0);
}
