using Kontinue.Load.Scenarios;
using Kontinue.Load.Targets;

namespace Kontinue.Load.Reporting;

/// <summary>What was asked for. Null is what does not matter for the scenario and the target.</summary>
internal sealed record RunSettings
{
    public required string Scenario { get; init; }

    public required string Target { get; init; }

    public required string Store { get; init; }

    /// <summary>Of a cluster, and of a target that another console brings along.</summary>
    public int? Silos { get; init; }

    /// <summary>Of a cluster: in-silo or http.</summary>
    public string? Callers { get; init; }

    public double? LeaseSeconds { get; init; }

    /// <summary>Null for an open loop.</summary>
    public int? Concurrency { get; init; }

    /// <summary>Null for a closed loop.</summary>
    public double? RatePerSecond { get; init; }

    /// <summary>Of an open loop.</summary>
    public int? MaxUnderWay { get; init; }

    public required double DurationSeconds { get; init; }

    public required double WarmupSeconds { get; init; }

    public required double IntervalSeconds { get; init; }

    public int? Count { get; init; }

    public int? PayloadBytes { get; init; }

    public string? Mix { get; init; }

    public int Prefill { get; init; }

    public static RunSettings Of(LoadOptions options)
    {
        Scenario scenario = ScenarioRegistry.Get(options.Scenario);
        bool isCluster = options.Target == "cluster";
        bool isMixed = scenario is MixedScenario;
        return new RunSettings
        {
            Scenario = options.Scenario,
            Target = options.Target,
            Store = options.Store,
            Silos = isCluster || OtherTarget.Find(options.Target) is not null ? options.Silos : null,
            Callers = isCluster ? (options.CallersInSilos ? "in-silo" : "http") : null,
            LeaseSeconds = options.Lease?.TotalSeconds,
            Concurrency = options.Rate is null ? options.Concurrency : null,
            RatePerSecond = options.Rate,
            MaxUnderWay = options.Rate is null ? null : options.MaxUnderWay,
            DurationSeconds = options.Duration.TotalSeconds,
            WarmupSeconds = options.Warmup.TotalSeconds,
            IntervalSeconds = options.Interval.TotalSeconds,
            Count = options.Count != LoadOptions.UseDefaultCount ? options.Count : scenario.Counted is null ? null : scenario.DefaultCount,
            PayloadBytes = scenario.HasPayload ? options.Payload : null,
            Mix = isMixed ? options.Mix : null,
            Prefill = options.Prefill,
        };
    }
}
