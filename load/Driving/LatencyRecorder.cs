using Kontinue.Cli.Benchmarking;

namespace Kontinue.Load.Driving;

/// <summary>
/// Where callers record. It has a few parts, so that callers rarely meet and memory does not grow with their number.
/// </summary>
internal sealed class LatencyRecorder
{
    private readonly Part[] _parts = [.. Enumerable.Range(0, Math.Max(4, Environment.ProcessorCount * 2)).Select(_ => new Part())];

    /// <summary>Counts a completed execution.</summary>
    /// <param name="caller">Which caller it was; any number.</param>
    /// <param name="latency">How long it took; null: it is not to be counted among the latencies, as it began before they were measured.</param>
    /// <param name="counts">Whether it counts for the throughput: not when it ended after the time was over.</param>
    public void Completed(long caller, TimeSpan? latency, bool counts = true)
    {
        Part part = PartOf(caller);
        lock (part)
        {
            part.Completed += counts ? 1 : 0;
            if (latency is { } time)
            {
                part.Latencies.Record(time);
            }
        }
    }

    /// <summary>Counts one that failed.</summary>
    public void Failed(long caller)
    {
        Part part = PartOf(caller);
        lock (part)
        {
            part.Errors++;
        }
    }

    /// <summary>What was recorded since the last call.</summary>
    public Interval Take(int index, double seconds)
    {
        var latencies = new LatencyHistogram();
        long completed = 0;
        long errors = 0;
        foreach (Part part in _parts)
        {
            lock (part)
            {
                latencies.Add(part.Latencies);
                completed += part.Completed;
                errors += part.Errors;
                part.Clear();
            }
        }

        return new Interval(index, seconds, completed, errors, latencies);
    }

    private Part PartOf(long caller) => _parts[(int)((ulong)caller % (ulong)_parts.Length)];

    private sealed class Part
    {
        public long Completed;
        public long Errors;

        public LatencyHistogram Latencies { get; private set; } = new();

        public void Clear()
        {
            Latencies = Latencies.Count == 0 ? Latencies : new LatencyHistogram();
            Completed = 0;
            Errors = 0;
        }
    }
}
