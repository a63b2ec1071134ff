using Kontinue.Cli.Benchmarking;
using Kontinue.Load.Driving;
using Kontinue.Load.Silos;
using Xunit;

namespace Kontinue.Load.Tests;

public sealed class HistogramTests
{
    [Fact]
    public void CorrectedFor_AStall_CountsTheCallsThatWereNotMade()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.FromMilliseconds(100));
        LatencyHistogram corrected = histogram.CorrectedFor(TimeSpan.FromMilliseconds(10));

        // 100, and the phantoms 90, 80, … 10.
        Assert.Equal(10, corrected.Count);
        Assert.Equal(50, corrected.PercentileMs(50), tolerance: 1);
        Assert.Equal(100, corrected.Max.TotalMilliseconds);
        Assert.Equal(1, histogram.Count);
    }

    [Fact]
    public void CorrectedFor_OneStallAmongQuickCalls_ShowsInThePercentiles()
    {
        var histogram = new LatencyHistogram();
        for (int i = 0; i < 999; i++)
        {
            histogram.Record(TimeSpan.FromMilliseconds(1));
        }

        // A second in which a thousand calls of 1 ms would have been made.
        histogram.Record(TimeSpan.FromSeconds(1));
        LatencyHistogram corrected = histogram.CorrectedFor(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, histogram.PercentileMs(99), tolerance: 0.05);
        Assert.InRange(corrected.PercentileMs(99), 960, 1000);
        Assert.InRange(corrected.PercentileMs(75), 470, 530);
    }

    [Fact]
    public void CorrectedFor_NothingLongerThanTheInterval_ChangesNothing()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.FromMilliseconds(3));
        Assert.Equal(1, histogram.CorrectedFor(TimeSpan.FromMilliseconds(4)).Count);
        Assert.Equal(1, histogram.CorrectedFor(TimeSpan.Zero).CorrectedFor(TimeSpan.FromSeconds(1)).Count);
        Assert.Equal(0, new LatencyHistogram().CorrectedFor(TimeSpan.FromMilliseconds(1)).Count);
    }

    [Fact]
    public void MeanMs_IsThatOfTheBuckets()
    {
        var histogram = new LatencyHistogram();
        Assert.Equal(0, histogram.MeanMs);
        histogram.Record(TimeSpan.FromMilliseconds(10));
        histogram.Record(TimeSpan.FromMilliseconds(30));
        Assert.Equal(20, histogram.MeanMs, tolerance: 0.4);
    }

    [Fact]
    public void Interval_TravelsAsItIs()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.FromMicroseconds(7));
        histogram.Record(TimeSpan.FromMilliseconds(7));
        histogram.Record(TimeSpan.FromMilliseconds(7));
        var message = new SiloMessage { Kind = SiloMessageKind.Interval, Interval = SentInterval.Of(new Interval(4, 0.5, 3, 2, histogram)) };
        Interval received = SiloMessage.Read(message.Write()).Interval!.ToInterval();
        Assert.Equal((4, 0.5, 3, 2), (received.Index, received.Seconds, received.Completed, received.Errors));
        Assert.Equal((3, TimeSpan.FromMilliseconds(7)), (received.Latencies.Count, received.Latencies.Max));
        Assert.Equal(histogram.PercentileMs(30), received.Latencies.PercentileMs(30));
    }

    [Theory]
    [InlineData(1L)]
    [InlineData(-1L, 1L)]
    [InlineData(1_000_000L, 1L)]
    [InlineData(1L, -1L)]
    public void FromPairs_OfNonsense_SaysSo(params long[] pairs) =>
        Assert.Throws<FormatException>(() => LatencyHistogram.FromPairs(pairs, TimeSpan.Zero));

    [Fact]
    public void SiloIntervals_ArePutTogether_WhenAllSilosHaveToldTheirs()
    {
        var passed = new List<Interval>();
        var together = new SiloIntervals(2, passed.Add);
        together.Passed(0, new Interval(0, 1, 10, 0, Latencies(1)));
        together.Passed(0, new Interval(1, 1, 20, 0, Latencies(2)));
        Assert.Empty(passed);
        together.Passed(1, new Interval(0, 1.1, 5, 3, Latencies(5)));
        Interval first = Assert.Single(passed);
        Assert.Equal((0, 1.1, 15, 3, 2), (first.Index, first.Seconds, first.Completed, first.Errors, first.Latencies.Count));
        together.Flush();
        Assert.Equal([0, 1], passed.Select(interval => interval.Index));
        Assert.Equal(20, passed[1].Completed);
    }

    [Fact]
    public void SiloIntervals_ThatASiloLeavesOut_DoNotHoldTheOthersUp()
    {
        var passed = new List<Interval>();
        var together = new SiloIntervals(2, passed.Add);
        together.Passed(0, new Interval(0, 1, 1, 0, Latencies(1)));
        together.Passed(0, new Interval(1, 1, 1, 0, Latencies(1)));
        together.Passed(1, new Interval(1, 2, 5, 0, Latencies(1)));
        Assert.Equal([(0, 1L), (1, 6L)], passed.Select(interval => (interval.Index, interval.Completed)));
    }

    private static LatencyHistogram Latencies(int milliseconds)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.FromMilliseconds(milliseconds));
        return histogram;
    }
}
