using Kontinue.Engine.Feed;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Feed;

public sealed class SeenUidsTests
{
    private static readonly DateTimeOffset Began = ManualTimeProvider.Start;

    private static ExecutionRow Row(int second, long revision = 2) => new()
    {
        Key = TestHost.Key("a"), Uid = Guid.CreateVersion7(), Function = "f", Phase = ExecutionPhase.Executing, Revision = revision,
        CreatedAt = Began.AddSeconds(second), Spec = default, Status = default,
    };

    [Fact]
    public void Add_ANewExecution_IsNewOnce()
    {
        var seen = new SeenUids(Began);
        ExecutionRow row = Row(1);
        Assert.True(seen.Add(row));
        Assert.False(seen.Add(row with { Revision = 3 }));
    }

    [Fact]
    public void Add_AnExecutionFromBefore_IsNewOnlyAsInserted()
    {
        var seen = new SeenUids(Began);
        Assert.False(seen.Add(Row(-1)));
        Assert.True(seen.Add(Row(-1, revision: 1)));
    }

    [Fact]
    public void Add_AfterManyOthers_TakesOldOnesForToldAndYoungOnesForNew()
    {
        var seen = new SeenUids(Began);
        ExecutionRow first = Row(1);
        Assert.True(seen.Add(first));
        for (int i = 2; i < 200_000; i++)
        {
            seen.Add(Row(i));
        }

        Assert.False(seen.Add(first with { Revision = 3 }));
        Assert.True(seen.Add(Row(200_000)));
    }
}
