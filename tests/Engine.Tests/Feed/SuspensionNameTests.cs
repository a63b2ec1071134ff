using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Feed;

public sealed class SuspensionNameTests
{
    [Theory]
    [InlineData("order-1", "approval", "order-1.approval")]
    [InlineData("order-1", "sleep#2", "order-1.sleep.2")]
    [InlineData("a.b", "x-1#13", "a.b.x-1.13")]
    public void For_ADnsSafeWait_KeepsIt(string execution, string wait, string expected) =>
        Assert.Equal(expected, SuspensionName.For(execution, wait));

    [Theory]
    [InlineData("Approve it?")]
    [InlineData("approve.v2")]
    [InlineData("2")]
    [InlineData("2#2")]
    [InlineData("日本")]
    [InlineData("-a-")]
    [InlineData("approve_it#2")]
    [InlineData("a-very-long-name-that-is-longer-than-a-label-of-a-dns-name-may-ever-be")]
    public void For_AnotherWait_MakesAName(string wait)
    {
        string name = SuspensionName.For("order-1", wait);
        Assert.True(Names.IsExecutionName(name), name);
        Assert.StartsWith("order-1.", name, StringComparison.Ordinal);
        Assert.All(name.Split('.'), label => Assert.InRange(label.Length, 1, 63));
        Assert.Equal("order-1", SuspensionName.ExecutionOf(name));
        Assert.NotEqual(name, SuspensionName.For("order-1", wait + "x"));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a.b")]
    [InlineData("a.2")]
    [InlineData("a.sleep.2")]
    [InlineData("1.2.3")]
    public void ExecutionOf_ANameThatWasMade_IsTheExecution(string execution)
    {
        foreach (string wait in new[] { "w", "w#2", "2", "2#2", "a.b", "Ä" })
        {
            Assert.Equal(execution, SuspensionName.ExecutionOf(SuspensionName.For(execution, wait)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("2")]
    [InlineData("a.2")]
    [InlineData(".a")]
    public void ExecutionOf_NoSuchName_IsNull(string name) => Assert.Null(SuspensionName.ExecutionOf(name));

    [Fact]
    public void For_ALongExecution_StaysADnsName()
    {
        string execution = new('a', 240);
        string name = SuspensionName.For(execution, "a-wait-that-does-not-fit");
        Assert.True(Names.IsExecutionName(name), name);
        Assert.Equal(execution, SuspensionName.ExecutionOf(name));
    }

    [Fact]
    public void Uid_IsTheSameForTheSameWaitOnly()
    {
        var execution = Guid.CreateVersion7();
        Assert.Equal(SuspensionName.Uid(execution, "a"), SuspensionName.Uid(execution, "a"));
        Assert.NotEqual(SuspensionName.Uid(execution, "a"), SuspensionName.Uid(execution, "b"));
        Assert.NotEqual(SuspensionName.Uid(execution, "a"), SuspensionName.Uid(Guid.CreateVersion7(), "a"));
        Assert.Equal(8, SuspensionName.Uid(execution, "a").Version);
    }
}
