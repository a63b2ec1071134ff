using Kontinue.Cli.Benchmarking;
using Kontinue.Engine.Hosting;
using Kontinue.Load.Driving;
using Kontinue.Load.Measurement;

namespace Kontinue.Load.Scenarios;

/// <summary>Something that can be measured.</summary>
internal abstract class Scenario
{
    /// <summary>What <c>--scenario</c> calls it.</summary>
    public abstract string Name { get; }

    /// <summary>One line for people.</summary>
    public abstract string Description { get; }

    /// <summary>What <c>--count</c> counts; null: nothing.</summary>
    public virtual string? Counted => null;

    public virtual int DefaultCount => 0;

    /// <summary>Whether <c>--payload</c> matters.</summary>
    public virtual bool HasPayload => false;

    /// <summary>Whether it looks into the process that runs executions.</summary>
    public virtual bool NeedsEmbedded => false;

    /// <summary>With <see cref="NeedsEmbedded"/>: whether it can look into silos of another target, too, when that has started them.</summary>
    public virtual bool LooksIntoSilos => false;

    /// <summary>Whether its callers run in a loop, closed or open, wherever they are.</summary>
    public virtual bool IsLoop => false;

    /// <summary>Whether it stores what it measures, and so needs a store of its own that outlives a process.</summary>
    public virtual bool Fills => false;

    /// <summary>Adds the functions that it runs.</summary>
    public virtual void AddTo(KontinueBuilder builder, WakeLog wakes)
    {
    }

    public abstract Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken);
}

/// <summary>What a scenario measured.</summary>
internal sealed record ScenarioResult
{
    public required LatencyHistogram Latencies { get; init; }

    public required long Executions { get; init; }

    public required TimeSpan Elapsed { get; init; }

    public required ErrorCount Errors { get; init; }

    public required Usage Usage { get; init; }

    /// <summary>Of an open loop.</summary>
    public OpenLoopCounts? Open { get; init; }

    /// <summary>Of a loop: what ended in each interval.</summary>
    public IReadOnlyList<Interval> Series { get; init; } = [];

    /// <summary>What only this scenario has to say.</summary>
    public Dictionary<string, object?> Extra { get; init; } = [];
}
