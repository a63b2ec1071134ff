using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class UidGeneratorTests
{
    [Fact]
    public void Uids_grow_also_when_time_stands_still_or_goes_back()
    {
        var time = new ManualTimeProvider();
        var uids = new UidGenerator(time);
        Guid last = uids.Next();
        for (int i = 0; i < 10_000; i++)
        {
            Guid next = uids.Next();
            Assert.True(next.CompareTo(last) > 0);
            Assert.Equal(7, next.Version);
            last = next;
        }
    }
}
