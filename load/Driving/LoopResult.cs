using Kontinue.Cli.Benchmarking;

namespace Kontinue.Load.Driving;

/// <summary>What ended within one interval of a run.</summary>
/// <param name="Index">Which one: from 0.</param>
/// <param name="Seconds">How long it was.</param>
/// <param name="Completed">How many executions completed.</param>
/// <param name="Errors">How many failed.</param>
/// <param name="Latencies">Of those that completed and began while it was measured.</param>
internal sealed record Interval(int Index, double Seconds, long Completed, long Errors, LatencyHistogram Latencies);

/// <summary>What a loop of callers did while it was measured.</summary>
internal sealed record LoopResult
{
    /// <summary>How many completed within the time measured.</summary>
    public required long Completed { get; init; }

    /// <summary>From the call in a closed loop, from the intended start in an open one.</summary>
    public required LatencyHistogram Latencies { get; init; }

    public required TimeSpan Elapsed { get; init; }

    public required ErrorCount Errors { get; init; }

    /// <summary>Null for a closed loop.</summary>
    public OpenLoopCounts? Open { get; init; }

    /// <summary>What several drivers did together.</summary>
    public static LoopResult Together(IReadOnlyList<LoopResult> parts)
    {
        var latencies = new LatencyHistogram();
        var errors = new ErrorCount();
        foreach (LoopResult part in parts)
        {
            latencies.Add(part.Latencies);
            errors.Add(part.Errors);
        }

        OpenLoopCounts[] open = [.. parts.Select(part => part.Open).OfType<OpenLoopCounts>()];
        return new LoopResult
        {
            Completed = parts.Sum(part => part.Completed),
            Latencies = latencies,
            Elapsed = parts.Max(part => part.Elapsed),
            Errors = errors,
            Open = open.Length == 0 ? null : OpenLoopCounts.Together(open),
        };
    }
}

/// <summary>Whether an open loop kept its rate. Counted are starts that were due while it was measured.</summary>
/// <param name="Due">How many there were.</param>
/// <param name="Late">How many began more than <see cref="LateMs"/> after they were due.</param>
/// <param name="LatestMs">How late the latest of all was, in milliseconds.</param>
/// <param name="NeverStarted">How many were still waiting for room when the time was over. They count as latencies of the time that they had waited.</param>
/// <param name="Unfinished">How many had not ended when the console stopped waiting for them.</param>
internal sealed record OpenLoopCounts(long Due, long Late, double LatestMs, long NeverStarted, long Unfinished)
{
    /// <summary>What a busy machine may owe.</summary>
    public const double LateMs = 100;

    private const double LateShare = 0.01;

    public bool KeptUp => NeverStarted == 0 && Unfinished == 0 && Late <= Due * LateShare;

    public static OpenLoopCounts Together(IReadOnlyCollection<OpenLoopCounts> parts) => new(
        parts.Sum(part => part.Due), parts.Sum(part => part.Late), parts.Max(part => part.LatestMs), parts.Sum(part => part.NeverStarted), parts.Sum(part => part.Unfinished));
}

/// <summary>How many failures there were, and the first of them. Safe for concurrent use.</summary>
internal sealed class ErrorCount
{
    private long _count;
    private string? _first;

    public ErrorCount()
    {
    }

    public ErrorCount(long count, string? first)
    {
        _count = count;
        _first = first;
    }

    public long Count => Interlocked.Read(ref _count);

    public string? First => Volatile.Read(ref _first);

    public void Add(string what)
    {
        Interlocked.Increment(ref _count);
        Interlocked.CompareExchange(ref _first, what, null);
    }

    public void Add(ErrorCount other)
    {
        Interlocked.Add(ref _count, other.Count);
        Interlocked.CompareExchange(ref _first, other.First, null);
    }
}
