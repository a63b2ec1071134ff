using Kontinue.Engine.Clustering;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class SpreadTests
{
    [Theory]
    [InlineData(0, 0, 1999, 2000, true)] // Alone.
    [InlineData(0, 2000, 15, 2000, true)] // Few.
    [InlineData(0, 2000, 200, 2000, true)] // Within the slack: 10 % against 5 % on average.
    [InlineData(0, 2000, 201, 2000, false)]
    [InlineData(1000, 2000, 1000, 2000, true)] // As busy as the others.
    [InlineData(1000, 2000, 1201, 2000, false)]
    [InlineData(2000, 2000, 1999, 2000, true)] // The others are full.
    [InlineData(100, 1000, 400, 4000, true)] // Larger, and used as the others are.
    [InlineData(100, 1000, 1600, 4000, false)]
    public void MayTake_Utilisation_IsComparedWithThatOfTheGroup(int others, int otherCapacity, int executing, int capacity, bool mayTake) =>
        Assert.Equal(mayTake, new Spread(others, otherCapacity).MayTake(executing, capacity));

    [Theory]
    [InlineData(0, 0, 500, 0, 2000, 500)] // Alone: all.
    [InlineData(0, 2000, 500, 0, 2000, 250)] // Half of them.
    [InlineData(0, 2000, 500, 250, 2000, 125)] // And of the rest, what makes both alike.
    [InlineData(0, 2000, 100, 500, 2000, 0)]
    [InlineData(0, 1000, 500, 0, 4000, 400)] // By capacity.
    [InlineData(2000, 2000, 500, 0, 2000, 500)] // The others are full.
    [InlineData(1900, 2000, 500, 0, 2000, 500)]
    [InlineData(0, 100, 1000, 0, 2000, 953)]
    [InlineData(0, 2000, 16, 0, 2000, 16)] // Few.
    [InlineData(0, 2000, 17, 0, 2000, 9)]
    public void ShareOf_Waiting_MakesAllUsedAlike(int others, int otherCapacity, int waiting, int executing, int capacity, int share) =>
        Assert.Equal(share, new Spread(others, otherCapacity).ShareOf(waiting, executing, capacity));

    [Fact]
    public void ShareOf_SilosThatKnowEachOther_TakeEverythingTogether()
    {
        var random = new Random(7);
        for (int i = 0; i < 1000; i++)
        {
            (int a, int b, int capacityA, int capacityB) = (random.Next(100), random.Next(100), random.Next(100, 300), random.Next(100, 300));
            int waiting = random.Next(1, capacityA - a + capacityB - b);
            int taken = new Spread(b, capacityB).ShareOf(waiting, a, capacityA) + new Spread(a, capacityA).ShareOf(waiting, b, capacityB);
            Assert.True(taken >= waiting, $"{taken} of {waiting} for {a}/{capacityA} and {b}/{capacityB}");
        }
    }
}
