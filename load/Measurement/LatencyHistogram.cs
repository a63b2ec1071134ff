namespace Kontinue.Cli.Benchmarking;

/// <summary>What only the load console needs of a histogram.</summary>
internal sealed partial class LatencyHistogram
{
    /// <summary>More phantom calls than this for one stall say nothing more, and would take their time.</summary>
    private const long MostOmitted = 100_000;

    /// <summary>The mean of the upper edges of the buckets, in milliseconds; 0 when nothing was recorded.</summary>
    public double MeanMs
    {
        get
        {
            double sum = 0;
            for (int i = 0; i < _buckets.Length; i++)
            {
                sum += _buckets[i] == 0 ? 0 : _buckets[i] * (double)UpperEdge(i);
            }

            return Count == 0 ? 0 : Math.Min(sum / Count / 1000, Max.TotalMilliseconds);
        }
    }

    /// <summary>
    /// The histogram of a caller that would have called every <paramref name="interval"/>, whether or not the call before had ended: each latency
    /// longer than that also counts for the calls that were not made meanwhile, the first shorter by one interval, the next by two. The same as
    /// <c>copyCorrectedForCoordinatedOmission</c> of HdrHistogram.
    /// </summary>
    /// <param name="interval">More than zero, or nothing is corrected.</param>
    public LatencyHistogram CorrectedFor(TimeSpan interval)
    {
        var corrected = new LatencyHistogram();
        corrected.Add(this);
        long step = Math.Max(interval.Ticks / TimeSpan.TicksPerMicrosecond, (long)Max.TotalMicroseconds / MostOmitted);
        for (int i = 0; i < _buckets.Length && step > 0; i++)
        {
            for (long missing = UpperEdge(i) - step; _buckets[i] > 0 && missing >= step; missing -= step)
            {
                corrected._buckets[Math.Min(IndexOf(missing), _buckets.Length - 1)] += _buckets[i];
                corrected.Count += _buckets[i];
            }
        }

        return corrected;
    }

    /// <summary>The buckets that are not empty, each as its index and its count, one after the other.</summary>
    public long[] ToPairs()
    {
        var pairs = new List<long>();
        for (int i = 0; i < _buckets.Length; i++)
        {
            if (_buckets[i] > 0)
            {
                pairs.Add(i);
                pairs.Add(_buckets[i]);
            }
        }

        return [.. pairs];
    }

    /// <summary>The histogram of <see cref="ToPairs"/>.</summary>
    /// <exception cref="FormatException">These are no pairs.</exception>
    public static LatencyHistogram FromPairs(ReadOnlySpan<long> pairs, TimeSpan max)
    {
        var histogram = new LatencyHistogram { Max = max };
        if (pairs.Length % 2 != 0)
        {
            throw new FormatException("The buckets of a histogram are pairs of an index and a count.");
        }

        for (int i = 0; i < pairs.Length; i += 2)
        {
            if (pairs[i] < 0 || pairs[i] >= histogram._buckets.Length || pairs[i + 1] < 0)
            {
                throw new FormatException($"A histogram has no bucket {pairs[i]} with {pairs[i + 1]} latencies.");
            }

            histogram._buckets[pairs[i]] += pairs[i + 1];
            histogram.Count += pairs[i + 1];
        }

        return histogram;
    }
}
