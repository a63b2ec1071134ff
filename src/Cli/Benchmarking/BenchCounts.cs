namespace Kontinue.Cli.Benchmarking;

/// <summary>What was counted so far. Safe for concurrent use.</summary>
internal sealed class BenchCounts
{
    private readonly Lock _gate = new();
    private readonly LatencyHistogram _latencies = new();

    /// <summary>The reasons are types of errors, of which there are few.</summary>
    private readonly Dictionary<string, BenchErrors> _errors = new(StringComparer.Ordinal);

    private long _started;
    private long _late;
    private TimeSpan _latest;

    public void Started(bool late, TimeSpan lateBy)
    {
        lock (_gate)
        {
            _started++;
            _late += late ? 1 : 0;
            _latest = late && lateBy > _latest ? lateBy : _latest;
        }
    }

    public void Completed(TimeSpan latency)
    {
        lock (_gate)
        {
            _latencies.Record(latency);
        }
    }

    public void Failed(string reason, string example)
    {
        lock (_gate)
        {
            BenchErrors before = _errors.GetValueOrDefault(reason) ?? new BenchErrors(reason, 0, example);
            _errors[reason] = before with { Count = before.Count + 1 };
        }
    }

    /// <summary>What there is now.</summary>
    /// <param name="plan">What was wanted.</param>
    /// <param name="elapsed">Since the beginning.</param>
    /// <param name="interrupted">Whether it was ended early: then starts that were not due yet are not missed.</param>
    public BenchReport Report(BenchPlan plan, TimeSpan elapsed, bool interrupted)
    {
        lock (_gate)
        {
            long failed = _errors.Values.Sum(e => e.Count);
            long due = interrupted ? Math.Min(plan.Starts, (long)Math.Ceiling(elapsed.TotalSeconds * plan.PerSecond)) : plan.Starts;
            return new BenchReport
            {
                Function = plan.Wanted.Spec.Function, Interrupted = interrupted, Elapsed = elapsed, PerSecond = plan.PerSecond,
                Started = _started, Completed = _latencies.Count, Failed = failed, Unfinished = _started - _latencies.Count - failed,
                Errors = [.. _errors.Values.OrderByDescending(e => e.Count).ThenBy(e => e.Reason, StringComparer.Ordinal)],
                P50 = _latencies.PercentileMs(50), P90 = _latencies.PercentileMs(90), P95 = _latencies.PercentileMs(95), P99 = _latencies.PercentileMs(99),
                Max = _latencies.Max.TotalMilliseconds,
                LateStarts = _late, LatestStart = _latest, NeverStarted = Math.Max(0, due - _started),
            };
        }
    }
}

/// <summary>How many failed for a reason.</summary>
/// <param name="Reason">The kind of the failure, or of the error of the call.</param>
/// <param name="Count">How many.</param>
/// <param name="Example">What the first one said.</param>
internal sealed record BenchErrors(string Reason, long Count, string Example);
