using Kontinue.Load.Driving;

namespace Kontinue.Load;

/// <summary>What to measure.</summary>
internal sealed record LoadOptions
{
    public const int UseDefaultCount = 0;

    public required string Target { get; init; }

    public required string Store { get; init; }

    public required string Scenario { get; init; }

    /// <summary>Callers of a closed loop, and of what scenarios of their own do with callers.</summary>
    public required int Concurrency { get; init; }

    public required TimeSpan Duration { get; init; }

    public required TimeSpan Warmup { get; init; }

    /// <summary>What each scenario counts: executions, steps, children, watches; 0: what it takes by default.</summary>
    public required int Count { get; init; }

    /// <summary>A PostgreSQL connection string, or the folder of the SQLite file; null: a private server, or a temporary folder.</summary>
    public string? Connection { get; init; }

    /// <summary>Of target http: a server that runs already; null: one is started.</summary>
    public Uri? Server { get; init; }

    /// <summary>Of target cluster: how many silos.</summary>
    public int Silos { get; init; } = 3;

    /// <summary>Of target cluster: whether callers are in the silos; else they are here and call over HTTP.</summary>
    public bool CallersInSilos { get; init; } = true;

    /// <summary>Of silos that are started; null: the engine's default.</summary>
    public TimeSpan? Lease { get; init; }

    /// <summary>Starts per second of an open loop; null: a closed loop.</summary>
    public double? Rate { get; init; }

    /// <summary>Of an open loop: how many may be under way.</summary>
    public int MaxUnderWay { get; init; } = 10_000;

    /// <summary>Bytes of each step's result, where a scenario has such.</summary>
    public int Payload { get; init; } = 1024;

    /// <summary>Of scenario mixed.</summary>
    public string Mix { get; init; } = DefaultMix;

    public const string DefaultMix = "noop=60,steps3=25,children5=5,events=10";

    /// <summary>Finished executions to store before the run.</summary>
    public int Prefill { get; init; }

    /// <summary>Each makes a point of the series, and a line for people.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    public bool JsonOnly { get; init; }

    /// <summary>Where to draw the series; null: nowhere.</summary>
    public string? Plot { get; init; }

    /// <summary>Where to keep the report as JSON; null: nowhere.</summary>
    public string? Save { get; init; }

    /// <summary>The part of it that a loop of callers needs, wherever the callers are.</summary>
    public LoopPlan ToPlan() => new()
    {
        Scenario = Scenario, Concurrency = Concurrency, Rate = Rate, MaxUnderWay = MaxUnderWay, Duration = Duration, Warmup = Warmup,
        Interval = Interval, Count = Count, Payload = Payload, Mix = Mix,
    };
}
