using System.Text.Json.Serialization;
using Kontinue.Cli.Benchmarking;
using Kontinue.Load.Driving;
using Kontinue.Load.Measurement;
using Kontinue.Load.Scenarios;

namespace Kontinue.Load.Reporting;

/// <summary>What was measured, as people and programs read it. What is null is not known or does not apply.</summary>
internal sealed record Report
{
    /// <summary>Grows with each change that readers of earlier reports would trip over.</summary>
    public const int CurrentVersion = 1;

    [JsonPropertyOrder(-1)]
    public int Version { get; init; } = CurrentVersion;

    public required DateTimeOffset StartedAt { get; init; }

    public required MachineInfo Machine { get; init; }

    public required RunSettings Settings { get; init; }

    public required bool Interrupted { get; init; }

    /// <summary>How long was measured.</summary>
    public required double Seconds { get; init; }

    public required long Executions { get; init; }

    public required double ThroughputPerSecond { get; init; }

    public required long Errors { get; init; }

    /// <summary>The first failure, for whoever reads the figures.</summary>
    public string? FirstError { get; init; }

    /// <summary>Of a closed loop: from the call. Of an open one: from the intended start.</summary>
    public required Latencies Latency { get; init; }

    /// <summary>Of a closed loop: corrected for the calls that its callers did not make while they waited. An open loop makes them all.</summary>
    public Latencies? CorrectedLatency { get; init; }

    public OpenLoopReport? OpenLoop { get; init; }

    /// <summary>Null for the store in memory, which commits nothing.</summary>
    public MachineRates? MachineCommits { get; init; }

    public required Resources Resources { get; init; }

    public StoreReport? Database { get; init; }

    /// <summary>What only this scenario has to say.</summary>
    public Dictionary<string, object?> Extra { get; init; } = [];

    /// <summary>What ended in each interval; only of loops.</summary>
    public IReadOnlyList<SeriesPoint> Series { get; init; } = [];

    public static Report From(LoadOptions options, ScenarioResult result, MachineRates? machine, DateTimeOffset startedAt, bool interrupted)
    {
        bool isClosedLoop = result.Series.Count > 0 && result.Open is null;
        double seconds = Math.Max(result.Elapsed.TotalSeconds, 1e-9);
        return new Report
        {
            StartedAt = startedAt,
            Machine = MachineInfo.Read(),
            Settings = RunSettings.Of(options),
            Interrupted = interrupted,
            Seconds = result.Elapsed.TotalSeconds,
            Executions = result.Executions,
            ThroughputPerSecond = result.Executions / seconds,
            Errors = result.Errors.Count,
            FirstError = result.Errors.First,
            Latency = Latencies.Of(result.Latencies),
            CorrectedLatency = isClosedLoop ? Latencies.Of(result.Latencies.CorrectedFor(TimeSpan.FromMilliseconds(result.Latencies.PercentileMs(50)))) : null,
            OpenLoop = result.Open is { } open ? new OpenLoopReport(options.Rate!.Value, open.KeptUp, open.Due, open.Late, open.LatestMs, open.NeverStarted, open.Unfinished) : null,
            MachineCommits = machine,
            Resources = Resources.Of(result.Usage, result.Executions),
            Database = result.Usage.Database is { } database ? StoreReport.Of(database, result.Executions) : null,
            Extra = result.Extra,
            Series = [.. SeriesPoint.Of(result.Series)],
        };
    }
}

/// <summary>Latencies in milliseconds.</summary>
internal sealed record Latencies(double P50Ms, double P90Ms, double P95Ms, double P99Ms, double P999Ms, double MaxMs, double MeanMs, long Count)
{
    public static Latencies Of(LatencyHistogram histogram) => new(
        histogram.PercentileMs(50), histogram.PercentileMs(90), histogram.PercentileMs(95), histogram.PercentileMs(99), histogram.PercentileMs(99.9),
        histogram.Max.TotalMilliseconds, histogram.MeanMs, histogram.Count);
}

/// <summary>Whether an open loop kept its rate; see <see cref="OpenLoopCounts"/>.</summary>
internal sealed record OpenLoopReport(double RatePerSecond, bool KeptUp, long Due, long LateStarts, double LatestStartMs, long NeverStarted, long Unfinished);

/// <summary>The machine's own rates.</summary>
internal sealed record MachineRates(double SingleCommitsPerSecond, double BatchRowsPerSecond);

/// <summary>What the processes of a run used.</summary>
/// <param name="Console">This process.</param>
/// <param name="Silos">Others that run executions.</param>
/// <param name="EngineAllocatedBytesPerExecution">Of the processes that run executions: of this one, with its callers, when the engine is embedded. Null: somebody else has started them.</param>
/// <param name="EngineCpuMicrosecondsPerExecution">Of the same.</param>
internal sealed record Resources(
    ProcessReading Console, IReadOnlyList<ProcessReading> Silos, double? EngineAllocatedBytesPerExecution, double? EngineCpuMicrosecondsPerExecution)
{
    public static Resources Of(Usage usage, long executions)
    {
        double divisor = Math.Max(1, executions);
        return usage.Engines.Count == 0
            ? new Resources(usage.Console, usage.Silos, null, null)
            : new Resources(usage.Console, usage.Silos, usage.Engines.Sum(one => one.AllocatedBytes) / divisor, usage.Engines.Sum(one => one.CpuSeconds) * 1e6 / divisor);
    }
}

/// <summary>What the database did.</summary>
internal sealed record StoreReport(StoreReading Counts, double? TransactionsPerExecution, double? WrittenBytesPerExecution, double? CpuMicrosecondsPerExecution)
{
    public static StoreReport Of(StoreReading reading, long executions)
    {
        double divisor = Math.Max(1, executions);
        return new StoreReport(reading, reading.Transactions / divisor, reading.WrittenBytes / divisor, reading.CpuSeconds * 1e6 / divisor);
    }
}

/// <summary>A point of the series.</summary>
/// <param name="Second">The end of the interval, in seconds since the beginning of the time measured.</param>
/// <param name="ThroughputPerSecond">Executions that completed, per second.</param>
/// <param name="P50Ms">Of their latencies; 0 when none completed.</param>
/// <param name="P99Ms">Of their latencies; 0 when none completed.</param>
/// <param name="Errors">Executions that failed.</param>
internal sealed record SeriesPoint(double Second, double ThroughputPerSecond, double P50Ms, double P99Ms, long Errors)
{
    public static IEnumerable<SeriesPoint> Of(IEnumerable<Interval> intervals)
    {
        double second = 0;
        foreach (Interval interval in intervals)
        {
            second += interval.Seconds;
            yield return new SeriesPoint(
                second, interval.Completed / Math.Max(interval.Seconds, 1e-9), interval.Latencies.PercentileMs(50), interval.Latencies.PercentileMs(99), interval.Errors);
        }
    }
}
