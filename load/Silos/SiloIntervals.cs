using Kontinue.Cli.Benchmarking;
using Kontinue.Load.Driving;

namespace Kontinue.Load.Silos;

/// <summary>Puts the intervals of several silos together: one is passed on when all silos have told theirs. Safe for concurrent use.</summary>
internal sealed class SiloIntervals(int silos, Action<Interval> passed)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, (int Count, Interval Sum)> _open = [];

    public void Passed(Interval interval)
    {
        lock (_gate)
        {
            (int Count, Interval Sum) so = _open.GetValueOrDefault(interval.Index, (0, new Interval(interval.Index, 0, 0, 0, new LatencyHistogram())));
            so.Sum.Latencies.Add(interval.Latencies);
            Interval sum = so.Sum with
            {
                Seconds = Math.Max(so.Sum.Seconds, interval.Seconds),
                Completed = so.Sum.Completed + interval.Completed,
                Errors = so.Sum.Errors + interval.Errors,
            };
            _open[interval.Index] = (so.Count + 1, sum);
            if (so.Count + 1 == silos)
            {
                _open.Remove(interval.Index);
                passed(sum);
            }
        }
    }

    /// <summary>Passes on what not all silos have told, as when they were stopped within an interval.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            foreach ((int _, (int Count, Interval Sum) so) in _open)
            {
                passed(so.Sum);
            }

            _open.Clear();
        }
    }
}
