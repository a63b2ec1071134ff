using Kontinue.Cli.Benchmarking;
using Kontinue.Load.Driving;

namespace Kontinue.Load.Silos;

/// <summary>
/// Puts the intervals of several silos together: one is passed on when all silos have told theirs, or a later one. Safe for concurrent use.
/// </summary>
internal sealed class SiloIntervals(int silos, Action<Interval> passed)
{
    private readonly Lock _gate = new();
    private readonly int[] _told = [.. Enumerable.Repeat(-1, silos)];
    private readonly SortedDictionary<int, Interval> _open = [];

    public void Passed(int silo, Interval interval)
    {
        lock (_gate)
        {
            _told[silo] = interval.Index;
            Interval so = _open.GetValueOrDefault(interval.Index) ?? new Interval(interval.Index, 0, 0, 0, new LatencyHistogram());
            so.Latencies.Add(interval.Latencies);
            _open[interval.Index] = so with
            {
                Seconds = Math.Max(so.Seconds, interval.Seconds),
                Completed = so.Completed + interval.Completed,
                Errors = so.Errors + interval.Errors,
            };
            PassOn(_told.Min());
        }
    }

    /// <summary>Passes on what not all silos have told, as when they were stopped within an interval.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            PassOn(int.MaxValue);
        }
    }

    private void PassOn(int until)
    {
        foreach (Interval interval in _open.Values.TakeWhile(interval => interval.Index <= until).ToArray())
        {
            _open.Remove(interval.Index);
            passed(interval);
        }
    }
}
