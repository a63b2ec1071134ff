using Kontinue.Engine.Clustering;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class AwaitedElsewhereTests
{
    private static readonly ExecutionKey Key = new("default", "a");
    private static readonly SiloId One = new(Guid.NewGuid());
    private static readonly SiloId Two = new(Guid.NewGuid());

    private readonly ManualTimeProvider _time = new();
    private readonly AwaitedElsewhere _awaited;

    public AwaitedElsewhereTests() => _awaited = new AwaitedElsewhere(_time);

    [Fact]
    public void End_ThoseWhoWait_AreNamedOnce()
    {
        Assert.False(_awaited.Add(Key, One));
        Assert.False(_awaited.Add(Key, Two));
        Assert.False(_awaited.Add(Key, Two));

        Assert.Equal([One, Two], _awaited.End(Key));
        Assert.Empty(_awaited.End(Key));
    }

    [Fact]
    public void Add_EndedJustNow_IsSaid()
    {
        _awaited.End(Key);

        Assert.True(_awaited.Add(Key, One));
    }

    [Fact]
    public void Add_EndedAWhileAgo_IsNotSaidAgain()
    {
        _awaited.End(Key);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.False(_awaited.Add(Key, One));
    }

    [Fact]
    public void End_AskedJustAfterTheEndBefore_NamesWhoAsked()
    {
        _awaited.End(Key);
        _awaited.Add(Key, One);

        Assert.Equal([One], _awaited.End(Key));
        Assert.True(_awaited.Add(Key, Two));
    }

    [Fact]
    public void End_OneAgainAndManyOthers_TheLatestEndIsRemembered()
    {
        const int Remembered = 4096;
        _awaited.End(Key);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        _awaited.End(Key);
        for (int i = 1; i < Remembered; i++)
        {
            _awaited.End(new ExecutionKey("default", $"x{i}"));
        }

        Assert.True(_awaited.Add(Key, One));
        _awaited.End(new ExecutionKey("default", "one-more"));
        Assert.False(_awaited.Add(Key, One));
    }

    [Fact]
    public void End_AskedLongAgo_IsForgotten()
    {
        _awaited.Add(Key, One);
        _time.Advance(TimeSpan.FromMinutes(1));
        _awaited.Add(new ExecutionKey("default", "b"), One);

        Assert.Empty(_awaited.End(Key));
    }
}
