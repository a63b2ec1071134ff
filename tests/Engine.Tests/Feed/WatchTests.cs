using Kontinue.Client;
using Kontinue.Engine.Storage;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Feed;

public sealed class WatchTests : ChangeFeedTest
{
    private static readonly ExecutionSelector Running = new() { Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Executing } };
    private static readonly ExecutionSelector Shop = new() { Labels = [LabelRequirement.Equal("app", "shop")] };

    [Theory]
    [InlineData(null)]
    [InlineData("0")]
    public async Task A_watch_from_nowhere_begins_with_what_there_is(string? from)
    {
        ExecutionRow a = await Rows.AddAsync("a");
        await Rows.AddAsync("b", ns: "other");
        await using var watch = new WatchReader(Feed, new ExecutionSelector { Namespace = "default" }, from);

        ExecutionEvent first = await watch.NextAsync();
        Assert.Equal((ExecutionEventType.Added, "a", "1"), (first.Type, first.Execution!.Key.Name, first.ResourceVersion));
        Assert.Equal(["Bookmark initial", "Bookmark"], await watch.NextAsync(2));
        await Rows.AddAsync("c", ns: "other");
        await Rows.SetPhaseAsync(a, ExecutionPhase.Completed);
        Assert.Equal(["Modified a"], await watch.NextAsync(1));
    }

    [Fact]
    public async Task Live_changes_come_in_order_with_types_of_their_own()
    {
        await using WatchReader watch = await WatchReader.StartAsync(Feed);
        ExecutionRow row = await Rows.AddAsync("a");
        Assert.Equal(["Added a"], await watch.NextAsync(1));
        row = await Rows.SetPhaseAsync(row, ExecutionPhase.Suspended);
        Assert.Equal(["Modified a"], await watch.NextAsync(1));
        await Rows.DeleteAsync(row);

        ExecutionEvent gone = await watch.NextAsync();
        Assert.Equal((ExecutionEventType.Deleted, "3", row.Uid), (gone.Type, gone.ResourceVersion, gone.Execution!.Metadata.Uid));
        Assert.Equal(("f", ExecutionPhase.Suspended), (gone.Execution.Spec.Function, gone.Execution.Status!.Phase));
    }

    [Fact]
    public async Task Events_tell_what_an_execution_waits_for()
    {
        JsonPayload status = JsonPayload.Parse("""{"waitingFor":[{"kind":"Suspend","name":"approval"}]}""");
        await Rows.AddAsync("listed", ExecutionPhase.Suspended, status: status);
        await using var watch = new WatchReader(Feed);
        Assert.Equal("approval", Assert.Single((await watch.NextAsync()).Execution!.Status!.WaitingFor!).Name);
        Assert.Equal(["Bookmark initial", "Bookmark"], await watch.NextAsync(2));
        await Rows.AddAsync("live", ExecutionPhase.Suspended, status: status);

        // Earlier versions did not store since when it waits.
        Suspension suspension = Assert.Single((await watch.NextAsync()).Execution!.ToSuspensions());
        Assert.Equal(("live.approval", null), (suspension.Metadata.Name, suspension.Metadata.CreationTimestamp));
    }

    [Fact]
    public async Task A_watch_from_a_list_tells_what_happened_since_and_nothing_before()
    {
        await Rows.AddAsync("before");
        string version = await VersionAsync();
        ExecutionRow row = await Rows.AddAsync("since");
        await using var watch = new WatchReader(Feed, from: version);

        Assert.Equal(["Added since", "Bookmark"], await watch.NextAsync(2));
        await Rows.SetPhaseAsync(row, ExecutionPhase.Completed);
        Assert.Equal(["Modified since"], await watch.NextAsync(1));
    }

    [Fact]
    public async Task A_watch_from_an_event_tells_what_was_committed_with_it()
    {
        string version = await VersionAsync();
        await Rows.InsertAsync([Rows.Make("a"), Rows.Make("b")]);
        string ofFirst;
        await using (var watch = new WatchReader(Feed, from: version))
        {
            ofFirst = (await watch.NextAsync()).ResourceVersion;
        }

        await using var again = new WatchReader(Feed, from: ofFirst);
        Assert.Equal(["Added a", "Added b", "Bookmark"], await again.NextAsync(3));
    }

    [Fact]
    public async Task An_execution_that_leaves_the_selection_is_deleted_for_the_watch_and_comes_back_as_added()
    {
        ExecutionRow row = await Rows.AddAsync("a");
        ExecutionRow labeled = await Rows.AddAsync("l", label: "shop");
        await using WatchReader running = await WatchReader.StartAsync(Feed, Running with { Name = "a" });
        await using WatchReader shop = await WatchReader.StartAsync(Feed, Shop);
        row = await Rows.SetPhaseAsync(row, ExecutionPhase.Suspended);
        Assert.Equal(["Deleted a"], await running.NextAsync(1));
        row = await Rows.SetPhaseAsync(row, ExecutionPhase.Executing);
        Assert.Equal(["Added a"], await running.NextAsync(1));
        await Rows.DeleteAsync(row);
        Assert.Equal(["Deleted a"], await running.NextAsync(1));

        labeled = await Rows.SetLabelAsync(labeled, "bank");
        Assert.Equal(["Deleted l"], await shop.NextAsync(1));
        await Rows.SetLabelAsync(labeled, "shop");
        Assert.Equal(["Added l"], await shop.NextAsync(1));
    }

    [Fact]
    public async Task A_watch_of_one_name_sees_it_go_and_come()
    {
        ExecutionRow row = await Rows.AddAsync("a");
        await using WatchReader watch = await WatchReader.StartAsync(
            Feed, new ExecutionSelector { Namespace = "default", Name = "a" }, await VersionAsync());
        await Rows.AddAsync("b");
        await Rows.DeleteAsync(row);
        Assert.Equal(["Deleted a"], await watch.NextAsync(1));
        ExecutionRow anew = await Rows.AddAsync("a");

        ExecutionEvent added = await watch.NextAsync();
        Assert.Equal((ExecutionEventType.Added, anew.Uid), (added.Type, added.Execution!.Metadata.Uid));
    }

    [Fact]
    public async Task A_change_is_offered_to_the_watches_it_may_concern_and_to_no_other()
    {
        var watches = new List<WatchReader>();
        for (int i = 0; i < 1000; i++)
        {
            watches.Add(await WatchReader.StartAsync(Feed, new ExecutionSelector { Labels = [LabelRequirement.Equal("app", $"w{i}")] }));
        }

        ExecutionRow row = await Rows.AddAsync("a", label: "w7");
        Assert.Equal(["Added a"], await watches[7].NextAsync(1));
        Assert.Equal(1, Feed.Offers);

        // Labels that change concern the watches of the old ones and of the new ones: all are asked.
        await Rows.SetLabelAsync(row, "w8");
        Assert.Equal(["Deleted a"], await watches[7].NextAsync(1));
        Assert.Equal(["Added a"], await watches[8].NextAsync(1));
        Assert.Equal(1001, Feed.Offers);
        foreach (WatchReader watch in watches)
        {
            await watch.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_thousand_watches_share_one_instance()
    {
        var watches = new List<WatchReader>();
        for (int i = 0; i < 1000; i++)
        {
            watches.Add(await WatchReader.StartAsync(Feed, new ExecutionSelector { Function = "f" }, await VersionAsync()));
        }

        await Rows.AddAsync("a");
        ExecutionEvent first = await watches[0].NextAsync();
        foreach (WatchReader watch in watches.Skip(1))
        {
            Assert.Same(first.Execution, (await watch.NextAsync()).Execution);
        }

        foreach (WatchReader watch in watches)
        {
            await watch.DisposeAsync();
        }

        Assert.False(Feed.IsReading);
    }

    [Fact]
    public async Task A_watch_has_joined_before_its_reader_has_taken_what_it_missed()
    {
        await Rows.AddAsync("a");
        await Rows.AddAsync("b");
        await using var watch = new WatchReader(Feed, from: "1");
        Assert.Equal(["Added a"], await watch.NextAsync(1));

        // A slow reader that joined only now would have to read what happened meanwhile, and so on.
        Assert.True(Feed.IsReading);
        await Rows.AddAsync("c");
        Assert.Equal(["Added b", "Bookmark", "Added c"], await watch.NextAsync(3));
    }
}
