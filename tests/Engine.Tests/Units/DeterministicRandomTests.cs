using Kontinue.Engine.Replay;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class DeterministicRandomTests
{
    // The first outputs of SplitMix64 for seed 0, as published with the reference implementation; part of the stored format.
    [Fact]
    public void The_sequence_never_changes()
    {
        var random = new DeterministicRandom(0);
        Assert.Equal([0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F], Enumerable.Range(0, 3).Select(_ => random.NextUInt64()));
    }

    [Fact]
    public void Numbers_stay_in_their_ranges()
    {
        var random = DeterministicRandom.For(Guid.Parse("01234567-89ab-7def-8123-456789abcdef"), 3);
        for (int i = 0; i < 1000; i++)
        {
            Assert.InRange(random.Next(), 0, int.MaxValue - 1);
            Assert.InRange(random.Next(10), 0, 9);
            Assert.InRange(random.Next(int.MinValue, int.MaxValue), int.MinValue, int.MaxValue - 1);
            Assert.InRange(random.NextInt64(long.MinValue, long.MaxValue), long.MinValue, long.MaxValue - 1);
            Assert.InRange(random.NextDouble(), 0, 0.9999999999999999);
            Assert.InRange(random.NextSingle(), 0f, 0.99999994f);
        }

        Assert.Equal(5, random.Next(5, 5));
        Assert.Equal(0, random.Next(0));
        Assert.Equal(8, random.NextGuid().Version);
    }
}
