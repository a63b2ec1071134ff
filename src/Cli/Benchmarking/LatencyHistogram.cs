using System.Numerics;

namespace Kontinue.Cli.Benchmarking;

/// <summary>
/// Latencies in log-linear buckets: 64 per power of two of microseconds, so that a percentile is off by less than 1.6 % and memory
/// does not grow with the run. Each caller has its own; they are added up at the end.
/// </summary>
internal sealed partial class LatencyHistogram
{
    private const int Linear = 64;
    private readonly long[] _buckets = new long[40 * Linear];

    public long Count { get; private set; }

    public TimeSpan Max { get; private set; }

    public void Record(TimeSpan latency)
    {
        long microseconds = Math.Max(0, latency.Ticks / TimeSpan.TicksPerMicrosecond);
        _buckets[Math.Min(IndexOf(microseconds), _buckets.Length - 1)]++;
        Count++;
        Max = latency > Max ? latency : Max;
    }

    public void Add(LatencyHistogram other)
    {
        for (int i = 0; i < _buckets.Length; i++)
        {
            _buckets[i] += other._buckets[i];
        }

        Count += other.Count;
        Max = other.Max > Max ? other.Max : Max;
    }

    /// <summary>The upper edge of the bucket that holds the percentile, in milliseconds; 0 when nothing was recorded.</summary>
    public double PercentileMs(double percentile)
    {
        long rank = (long)Math.Ceiling(Count * percentile / 100);
        long seen = 0;
        for (int i = 0; i < _buckets.Length && Count > 0; i++)
        {
            seen += _buckets[i];
            if (seen >= rank)
            {
                return Math.Min(UpperEdge(i) / 1000.0, Max.TotalMilliseconds);
            }
        }

        return 0;
    }

    private static int IndexOf(long value)
    {
        int shift = Math.Max(0, BitOperations.Log2((ulong)value | 1) - 6);
        return (shift * Linear) + (int)(value >> shift);
    }

    private static long UpperEdge(int index)
    {
        int shift = Math.Max(0, (index / Linear) - 1);
        return ((long)(index - (shift * Linear)) + 1) << shift;
    }
}
