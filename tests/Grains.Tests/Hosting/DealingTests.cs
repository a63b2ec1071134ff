using Kontinue.Grains.Sweeping;
using Xunit;

namespace Kontinue.Grains.Tests.Hosting;

public sealed class DealingTests
{
    private static readonly ExecutionKey[] Keys = [.. Enumerable.Range(0, 1000).Select(i => new ExecutionKey("default", $"e{i}"))];

    [Theory]
    [InlineData(1000, new[] { 100, 300, 0, 600 }, new[] { 600, 300, 100 })]
    [InlineData(10, new[] { 100, 300, 600 }, new[] { 6, 3, 1 })]
    [InlineData(1, new[] { 5, 5, 5 }, new[] { 1 })]
    [InlineData(1000, new[] { 2, 1 }, new[] { 2, 1 })]
    [InlineData(5, new[] { 0, -1 }, new int[0])]
    [InlineData(0, new[] { 7 }, new int[0])]
    public void Each_silo_gets_a_share_as_its_room_is_and_never_more(int count, int[] rooms, int[] shares)
    {
        var parts = DealingRule.Deal(Keys[..count], [.. rooms.Select((room, i) => (Silo: i, Room: room))]).ToList();

        Assert.Equal(shares, parts.Select(part => part.Keys.Length));
        Assert.Equal(Keys[..shares.Sum()], parts.SelectMany(part => part.Keys));
    }

    [Fact]
    public void What_was_dealt_is_not_dealt_again_for_a_while()
    {
        var time = new Clock();
        var dealt = new Dealt(time, TimeSpan.FromSeconds(1));
        SiloAddress silo = SiloAddress.New(System.Net.IPAddress.Loopback, 1, 1);
        dealt.Add(silo, Keys[..3]);

        Assert.Equal(Keys[3..5], dealt.New(Keys[..5]));
        Assert.Equal(3, dealt.To(silo));
        time.Now = TimeSpan.TicksPerSecond;
        Assert.Equal(Keys[..5], dealt.New(Keys[..5]));
        Assert.Equal(0, dealt.To(silo));
    }

    private sealed class Clock : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }
}
