using System.Net;
using System.Text.Json;
using Kontinue.Api.Watch;
using Kontinue.Client;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Api.Tests;

public sealed class SuspensionTests : ApiTest
{
    private const string Suspensions = Root + "/namespaces/default/suspensions";
    private const string Watch = Suspensions + "?watch=true";

    private static readonly WaitReference Approval = new("Suspend", "approval", Until: null, Description: null);
    private static readonly WaitReference Sleep = new("Sleep", "sleep#2", DateTimeOffset.UnixEpoch, Description: null, Since: DateTimeOffset.UnixEpoch.AddDays(-1));
    private static readonly WaitReference Child = new("Child", "other", Until: null, Description: null);

    [Fact]
    public async Task List_SelectsByWhatTheExecutionsAre()
    {
        ListQuery? seen = null;
        Client.OnListSuspensions = query =>
        {
            seen = query;
            return Task.FromResult(ListOf("9", FakeFeed.Make("x", "5", waits: [Approval, Sleep, Child])));
        };
        SuspensionList list = await ReadAsync<SuspensionList>(await GetAsync(Suspensions + "?limit=3&labelSelector=a%3Db&fieldSelector=spec.function%3Dhello"));
        Assert.Equal(["x.approval", "x.sleep.2"], list.Items.Select(s => s.Metadata.Name));
        Assert.Equal((3, "hello", "default"), (seen!.Limit, seen.Selector.Function, seen.Selector.Namespace));
        list = await ReadAsync<SuspensionList>(await GetAsync(Suspensions + "?fieldSelector=metadata.name%3Dx.sleep.2"));
        Assert.Equal("x.sleep.2", Assert.Single(list.Items).Metadata.Name);
        Assert.Equal("x", seen.Selector.Name);
    }

    [Fact]
    public async Task Get_Known_IsShown()
    {
        Client.OnListSuspensions = _ => Task.FromResult(ListOf("9", FakeFeed.Make("x", "5", waits: [Approval, Sleep])));
        Suspension suspension = await ReadAsync<Suspension>(await GetAsync(Suspensions + "/x.sleep.2"));
        Assert.Equal(("sleep#2", Sleep.Since), (suspension.Spec.Wait, suspension.Metadata.CreationTimestamp));
    }

    [Theory]
    [InlineData("x.nothing")]
    [InlineData("x")]
    [InlineData("Not_A_Name")]
    public async Task Get_Unknown_IsNotFound(string name)
    {
        Client.OnListSuspensions = _ => Task.FromResult(ListOf("9", FakeFeed.Make("x", "5", waits: [Approval])));
        ErrorStatus status = await ErrorAsync(await GetAsync($"{Suspensions}/{name}"), 404, "NotFound");
        Assert.Equal(("suspensions", name, "kontinue.cloud"), (status.Details!.Kind, status.Details.Name, status.Details.Group));
        await ErrorAsync(await PostAsync($"{Suspensions}/{name}/resume"), 404, "NotFound");
    }

    [Theory]
    [InlineData(null, "", "")]
    [InlineData("""{"payload":{"ok":true}}""", "", """{"ok":true}""")]
    [InlineData("""{"suspension":"approval","payload":1}""", "", "1")]
    [InlineData("""{"payload":1}""", "?dryRun=All", null)]
    public async Task Resume_GoesToTheWait(string? body, string query, string? payload)
    {
        (ExecutionKey, string?, string)? seen = null;
        Client.OnListSuspensions = _ => Task.FromResult(ListOf("9", FakeFeed.Make("x", "5", waits: [Approval])));
        Client.OnResume = (key, wait, given) =>
        {
            seen = (key, wait, given.ToString());
            return Task.CompletedTask;
        };
        ErrorStatus status = await ReadAsync<ErrorStatus>(await PostAsync($"{Suspensions}/x.approval/resume{query}", body), HttpStatusCode.Accepted);
        Assert.Equal(("Success", "suspensions"), (status.Status, status.Details!.Kind));
        Assert.Equal(payload is null ? null : (new ExecutionKey("default", "x"), "approval", payload), seen);
    }

    [Fact]
    public async Task Resume_OfAnotherWaitThanThePath_IsInvalid()
    {
        Client.OnListSuspensions = _ => Task.FromResult(ListOf("9", FakeFeed.Make("x", "5", waits: [Approval])));
        ErrorStatus status = await ErrorAsync(await PostAsync($"{Suspensions}/x.approval/resume", """{"suspension":"sleep"}"""), 422, "Invalid");
        Assert.Equal("suspensions", status.Details!.Kind);
    }

    [Fact]
    public void Change_Ended_IsToldAsItWas()
    {
        var told = new ToldSuspensions();
        Suspension before = Assert.Single(FakeFeed.Make("x", "5", waits: [Sleep]).ToSuspensions());
        told.Add(before);

        (string type, Suspension ended) = Assert.Single(
            told.Change(FakeFeed.Make("x", "6", ExecutionPhase.Completed), isGone: false, version: 6, before: null));
        Assert.Equal(WatchLine.Deleted, type);
        Assert.Equal((before.Metadata.Name, Sleep.Since, before.Spec), (ended.Metadata.Name, ended.Metadata.CreationTimestamp, ended.Spec));
    }

    [Fact]
    public async Task Watch_FromNothing_TellsWhatThereIsAndWhatBecomesOfIt()
    {
        Client.OnListSuspensions = _ => Task.FromResult(ListOf("9", FakeFeed.Make("x", "5", waits: [Approval, Sleep])));
        var feed = new FakeFeed(Client);
        await using WatchReader watch = await WatchReader.OpenAsync(
            Server, Watch + "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
        Assert.Equal("ADDED x.approval 5", await watch.NextLineAsync());
        Assert.Equal("ADDED x.sleep.2 5", await watch.NextLineAsync());
        Assert.Equal("BOOKMARK 9", await watch.NextLineAsync());
        feed.Tell(ExecutionEventType.Modified, FakeFeed.Make("x", "5", waits: [Approval, Sleep]));
        feed.Tell(ExecutionEventType.Modified, FakeFeed.Make("x", "10", waits: [Approval, Child]));
        Assert.Equal("DELETED x.sleep.2 10", await watch.NextLineAsync());
        Assert.Equal("MODIFIED x.approval 10", await watch.NextLineAsync());
        feed.Tell(ExecutionEventType.Added, FakeFeed.Make("y", "11", waits: [Sleep]));
        Assert.Equal("ADDED y.sleep.2 11", await watch.NextLineAsync());
        feed.Tell(ExecutionEventType.Modified, FakeFeed.Make("x", "12", ExecutionPhase.Completed));
        feed.Tell(ExecutionEventType.Deleted, FakeFeed.Make("y", "13", ExecutionPhase.Canceled));
        Assert.Equal("DELETED x.approval 12", await watch.NextLineAsync());
        Assert.Equal("DELETED y.sleep.2 13", await watch.NextLineAsync());
        feed.TellBookmark("14");
        Assert.Equal("BOOKMARK 14", await watch.NextLineAsync());
        Assert.Equal("9", feed.Query!.ResourceVersion);
    }

    [Fact]
    public async Task Watch_FromVersion_TellsOnlyWhatChangedAndEnded()
    {
        Client.OnList = query => Task.FromResult(new ExecutionList { Items = [FakeFeed.Make(query.Selector.Name!, "20")] });
        Client.OnListSuspensions = _ => Task.FromResult(ListOf("20", FakeFeed.Make("old", "3", waits: [Approval]), FakeFeed.Make("x", "18", waits: [Approval])));
        Client.OnJournal = _ => Task.FromResult(new JournalPage
        {
            Items = [Entry(1, "TimerStarted", "sleep"), Entry(2, "StepCompleted", "pay"), Entry(3, "SuspensionStarted", "approval")],
        });
        var feed = new FakeFeed(Client);
        feed.Tell(ExecutionEventType.Modified, FakeFeed.Make("ran", "17", ExecutionPhase.Completed));
        feed.Tell(ExecutionEventType.Modified, FakeFeed.Make("x", "18", waits: [Approval]));
        feed.Tell(ExecutionEventType.Modified, FakeFeed.Make("old", "21", ExecutionPhase.Executing));
        await using WatchReader watch = await WatchReader.OpenAsync(Server, Watch + "&resourceVersion=15");
        Assert.Equal("DELETED ran.sleep 17", await watch.NextLineAsync());
        Assert.Equal("DELETED ran.approval 17", await watch.NextLineAsync());
        Assert.Equal("DELETED x.sleep 18", await watch.NextLineAsync());
        Assert.Equal("ADDED x.approval 18", await watch.NextLineAsync());
        Assert.Equal("DELETED old.approval 21", await watch.NextLineAsync());
        Assert.Equal("15", feed.Query!.ResourceVersion);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Watch_FromVersion_WhenWhatEndedIsNotKnown_IsExpired(bool isTooLong)
    {
        Client.OnListSuspensions = _ => Task.FromResult(ListOf("20"));
        Client.OnJournal = key => isTooLong
            ? Task.FromResult(new JournalPage { Items = [], Next = 10_000 })
            : throw new ExecutionNotFoundException(key);
        new FakeFeed(Client).Tell(ExecutionEventType.Deleted, FakeFeed.Make("x", "17", ExecutionPhase.Completed));
        await ErrorAsync(await GetAsync(Watch + "&resourceVersion=15"), 410, "Expired");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Watch_FromVersion_WhenTheNameIsUsedAgain_IsExpired(bool isThere)
    {
        Client.OnListSuspensions = _ => Task.FromResult(ListOf("20"));
        Client.OnJournal = _ => Task.FromResult(new JournalPage { Items = [Entry(1, "TimerStarted", "of-another")] });
        Execution next = FakeFeed.Make("x", "19");
        next = next with { Metadata = next.Metadata with { Uid = Guid.NewGuid() } };
        Client.OnList = _ => Task.FromResult(new ExecutionList { Items = isThere ? [next] : [] });
        new FakeFeed(Client).Tell(ExecutionEventType.Modified, FakeFeed.Make("x", "17", ExecutionPhase.Completed));
        await ErrorAsync(await GetAsync(Watch + "&resourceVersion=15"), 410, "Expired");
    }

    [Fact]
    public async Task Watch_OfOne_TellsOfThatOne()
    {
        Client.OnListSuspensions = _ => Task.FromResult(ListOf("9", FakeFeed.Make("x", "5", waits: [Approval, Sleep])));
        var feed = new FakeFeed(Client);
        await using WatchReader watch = await WatchReader.OpenAsync(Server, Watch + "&fieldSelector=metadata.name%3Dx.sleep.2");
        Assert.Equal("ADDED x.sleep.2 5", await watch.NextLineAsync());
        feed.Tell(ExecutionEventType.Modified, FakeFeed.Make("x", "10", ExecutionPhase.Executing));
        Assert.Equal("DELETED x.sleep.2 10", await watch.NextLineAsync());
        Assert.Equal("x", feed.Query!.Selector.Name);
    }

    [Fact]
    public async Task Functions_AreListedWatchedAndRead()
    {
        Client.OnListFunctions = () => Task.FromResult(new FunctionList
        {
            Items = [MakeFunction("a"), MakeFunction("b")], Metadata = new ListMetadata { ResourceVersion = "7" },
        });
        Assert.Equal(2, (await ReadAsync<FunctionList>(await GetAsync(Root + "/functions"))).Items.Count);
        Assert.Single((await ReadAsync<FunctionList>(await GetAsync(Root + "/functions?fieldSelector=metadata.name%3Db"))).Items);
        Assert.Equal("b", (await ReadAsync<Function>(await GetAsync(Root + "/functions/b"))).Metadata.Name);
        ErrorStatus status = await ErrorAsync(await GetAsync(Root + "/functions/c"), 404, "NotFound");
        Assert.Equal("functions", status.Details!.Kind);
        await using WatchReader watch = await WatchReader.OpenAsync(
            Server, Root + "/functions?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
        Assert.Equal("a", (await watch.NextAsync()).Object.GetProperty("metadata").GetProperty("name").GetString());
        Assert.Equal("b", (await watch.NextAsync()).Object.GetProperty("metadata").GetProperty("name").GetString());
        (string type, JsonElement bookmark) = await watch.NextAsync();
        Assert.Equal(("BOOKMARK", "7"), (type, bookmark.GetProperty("metadata").GetProperty("resourceVersion").GetString()));
    }

    private static Function MakeFunction(string name) => new() { Metadata = new ObjectMetadata { Name = name }, Spec = new FunctionSpec() };

    private static JournalEntry Entry(long sequence, string kind, string name) =>
        new() { Sequence = sequence, Kind = kind, At = DateTimeOffset.UnixEpoch, Name = name };

    private static SuspensionList ListOf(string version, params Execution[] executions) => new()
    {
        Items = [.. executions.SelectMany(e => e.ToSuspensions())], Metadata = new ListMetadata { ResourceVersion = version },
    };
}
