using Kontinue.Client;
using Kontinue.Engine.Feed;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Feed;

public sealed class WatchFilterTests
{
    private static readonly DateTimeOffset Began = ManualTimeProvider.Start;
    private static readonly ExecutionSelector Failed = new() { Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Failed } };
    private static readonly ExecutionSelector Suspended = new() { Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Suspended } };
    private static readonly ExecutionSelector Shop = new() { Labels = [LabelRequirement.Equal("app", "shop")] };

    private static ExecutionRow Row(ExecutionPhase phase, bool isOld, string? app = null, long generation = 1) => new()
    {
        Key = TestHost.Key("a"), Uid = Guid.CreateVersion7(), Function = "f", Phase = phase, CreatedAt = Began + TimeSpan.FromHours(isOld ? -1 : 1),
        Labels = FeedRows.Labels(app), Generation = generation, Spec = default, Status = default,
    };

    private static ExecutionEventType? Decide(WatchFilter filter, ExecutionRow row, bool isDeleted = false, DateTimeOffset? toldUntil = null) =>
        filter.Decide(new FeedChange(new RowChange(row, isDeleted), isNew: false), isNew: false, toldUntil);

    [Fact]
    public void What_may_be_in_the_callers_list_is_deleted_once_when_it_stops_matching()
    {
        var filter = new WatchFilter(Suspended, Began);
        ExecutionRow row = Row(ExecutionPhase.Executing, isOld: true);

        Assert.Equal(ExecutionEventType.Deleted, Decide(filter, row));
        Assert.Null(Decide(filter, row));
        Assert.Null(Decide(filter, row, isDeleted: true));
    }

    [Fact]
    public void What_was_created_later_and_never_told_is_not_deleted()
    {
        var filter = new WatchFilter(Suspended, Began);
        ExecutionRow row = Row(ExecutionPhase.Executing, isOld: false);

        Assert.Null(Decide(filter, row));
        Assert.Null(Decide(filter, row with { Phase = ExecutionPhase.Completed }));
        Assert.Null(Decide(filter, row with { Phase = ExecutionPhase.Completed }, isDeleted: true));
    }

    [Fact]
    public void What_ended_long_ago_was_relabelled_and_deleted_between_two_reads_is_deleted()
    {
        ExecutionRow row = Row(ExecutionPhase.Completed, isOld: true, "other", generation: 2) with { FinishedAt = Began - TimeSpan.FromMinutes(30) };
        Assert.Equal(ExecutionEventType.Deleted, Decide(new WatchFilter(Shop, Began), row, isDeleted: true, toldUntil: Began));
        Assert.Null(Decide(new WatchFilter(Shop, Began), row with { Generation = 1 }, isDeleted: true, toldUntil: Began));
    }

    [Fact]
    public void A_watch_that_told_of_all_there_was_deletes_only_what_it_told_of()
    {
        var filter = new WatchFilter(Suspended, listedUntil: null);
        ExecutionRow told = Row(ExecutionPhase.Suspended, isOld: true);

        Assert.Null(Decide(filter, Row(ExecutionPhase.Executing, isOld: true)));
        Assert.Equal(ExecutionEventType.Added, Decide(filter, told));
        Assert.Equal(ExecutionEventType.Modified, Decide(filter, told));
        Assert.Equal(ExecutionEventType.Deleted, Decide(filter, told with { Phase = ExecutionPhase.Executing }));
        Assert.Null(Decide(filter, told with { Phase = ExecutionPhase.Completed }, isDeleted: true));
    }

    [Theory]
    [InlineData(ExecutionPhase.Suspended, 0, true)]
    [InlineData(ExecutionPhase.Completed, -5, false)]
    [InlineData(ExecutionPhase.Completed, 5, true)]
    public void A_deletion_goes_by_the_last_phase_unless_that_was_not_told_by_itself(ExecutionPhase last, int finishedMinute, bool isTold)
    {
        ExecutionRow row = Row(last, isOld: true) with { FinishedAt = last.IsTerminal() ? Began.AddMinutes(finishedMinute) : null };
        Assert.Equal(isTold, Decide(new WatchFilter(Suspended, Began), row, isDeleted: true, toldUntil: Began) is not null);
        Assert.NotNull(Decide(new WatchFilter(Suspended, Began), row, isDeleted: true, toldUntil: null));
    }

    [Fact]
    public void A_phase_that_could_not_follow_the_selected_one_was_never_selected() => Assert.Null(
        Decide(new WatchFilter(new ExecutionSelector { Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Completed } }, Began), Row(ExecutionPhase.Executing, isOld: true)));

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void Labels_that_nobody_has_changed_never_matched(long generation, bool isTold) =>
        Assert.Equal(isTold, Decide(new WatchFilter(Shop, Began), Row(ExecutionPhase.Executing, isOld: true, "bank", generation)) is not null);

    [Fact]
    public void A_failure_enters_the_selection()
    {
        var filter = new WatchFilter(Failed, Began);
        ExecutionRow row = Row(ExecutionPhase.Failed, isOld: true);
        Assert.Equal(ExecutionEventType.Added, Decide(filter, row));
        Assert.Equal(ExecutionEventType.Deleted, Decide(filter, row, isDeleted: true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_never_selected_costs_no_memory(bool isOld)
    {
        var both = new ExecutionSelector { Labels = Shop.Labels, Phases = Suspended.Phases };
        WatchFilter[] filters = [new(Shop, Began), new(both, Began)];
        var change = new FeedChange(new RowChange(Row(ExecutionPhase.Suspended, isOld, "bank"), IsDeleted: false), isNew: false);
        int told = 0;
        long before = 0;

        // The labels are read once for all, the first time.
        for (int i = 0; i < 1000; i++)
        {
            before = i == 1 ? GC.GetAllocatedBytesForCurrentThread() : before;
            foreach (WatchFilter filter in filters)
            {
                told += filter.Decide(change, isNew: false, toldUntil: null) is null ? 0 : 1;
            }
        }

        Assert.Equal((0, before), (told, GC.GetAllocatedBytesForCurrentThread()));
    }

    [Fact]
    public void Memory_is_bounded()
    {
        var filter = new WatchFilter(Suspended, Began, maxKnown: 2);
        ExecutionRow[] rows = [.. Enumerable.Range(0, 3).Select(_ => Row(ExecutionPhase.Suspended, isOld: false))];
        Decide(filter, rows[0]);
        Decide(filter, rows[1]);
        Decide(filter, rows[1] with { Phase = ExecutionPhase.Completed });
        Decide(filter, rows[2]);

        Assert.Contains("more than 2", Assert.Throws<VersionExpiredException>(() => Decide(filter, rows[1])).Message, StringComparison.Ordinal);
    }
}
