using Kontinue.Client;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Feed;

/// <summary>Lists, suspensions, journals and watches as a client of a running host sees them.</summary>
public sealed class ClientReadTests
{
    private static Task<TestHost> StartAsync() => TestHost.StartAsync(k => k
        .AddFunction("wait", async (KontinueContext ktx) => await Task.WhenAll(
            ktx.Suspend("approval", description: "Ship it?"), ktx.Suspend("Second Look"), ktx.Sleep(TimeSpan.FromHours(1)), ktx.Sleep(TimeSpan.FromHours(2))))
        .AddFunction("quick", (KontinueContext ktx) => ktx.Step("one", _ => Task.FromResult(1)))
        .AddFunction("steps", async (KontinueContext ktx) =>
        {
            for (int i = 0; i < 25; i++)
            {
                await ktx.Step("s", _ => Task.FromResult(i));
            }
        }));

    [Fact]
    public async Task Suspensions_are_listed_with_the_names_to_find_them_by()
    {
        await using TestHost host = await StartAsync();
        ExecutionKey key = await host.StartFunctionAsync("wait", name: "order.2");
        await host.RunAsync<int>("quick", name: "done");
        Execution execution = await host.WaitForAsync(key, e => e.Status is { Phase: ExecutionPhase.Suspended, WaitingFor.Count: 4 }, "four waits");
        SuspensionList list = await host.Client.ListSuspensionsAsync(new ListQuery());

        Assert.Equal(
            ["order.2.approval", "order.2.second-look", "order.2.sleep", "order.2.sleep.2"],
            list.Items.Select(item => item.Metadata.Name!.StartsWith("order.2.second-look-", StringComparison.Ordinal) ? "order.2.second-look" : item.Metadata.Name).Order(StringComparer.Ordinal));
        foreach (Suspension item in list.Items)
        {
            Suspension? found = await host.Client.FindSuspensionAsync("default", item.Metadata.Name!);
            Assert.Equal(item.Spec, found!.Spec);
            Assert.Equal((item.Metadata.Uid, execution.Metadata.Uid), (found.Metadata.Uid, Assert.Single(found.Metadata.OwnerReferences!).Uid));
        }

        Assert.Equal("Ship it?", list.Items.Single(item => item.Spec.Wait == "approval").Spec.Description);
        Assert.Null(await host.Client.FindSuspensionAsync("default", "order.2.nothing"));
        Assert.Null(await host.Client.FindSuspensionAsync("default", "nothing"));
        Assert.Null(await host.Client.FindSuspensionAsync("other", "order.2.approval"));
        Assert.Empty((await host.Client.ListSuspensionsAsync(new ListQuery
        {
            Selector = new ExecutionSelector { Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Failed } },
        })).Items);
    }

    [Fact]
    public async Task Pages_carry_the_version_of_the_first_and_a_watch_from_it_misses_nothing()
    {
        await using TestHost host = await StartAsync();
        foreach (string name in new[] { "a", "b", "c" })
        {
            await host.RunAsync<int>("quick", name: name);
        }

        var query = new ListQuery { Limit = 2, Selector = new ExecutionSelector { Namespace = "default" } };
        ExecutionList first = await host.Client.ListAsync(query);
        await host.RunAsync<int>("quick", name: "aa");
        ExecutionList second = await host.Client.ListAsync(query with { Continue = first.Metadata.Continue });

        Assert.Equal(["a", "b", "c"], first.Items.Concat(second.Items).Select(e => e.Metadata.Name));
        Assert.Equal(first.Metadata.ResourceVersion, second.Metadata.ResourceVersion);
        Assert.Null(second.Metadata.Continue);
        await using IAsyncEnumerator<ExecutionEvent> watch = host.Client.WatchAsync(
            new WatchQuery { ResourceVersion = second.Metadata.ResourceVersion }).GetAsyncEnumerator();
        Assert.True(await Wait.For(watch.MoveNextAsync().AsTask(), "what happened since the list"));
        Assert.Equal("aa", watch.Current.Execution!.Key.Name);
        Assert.Equal("continue", (await Assert.ThrowsAsync<InvalidRequestException>(
            () => host.Client.ListAsync(new ListQuery { Continue = first.Metadata.Continue }))).Field);
        Assert.Equal("continue", (await Assert.ThrowsAsync<InvalidRequestException>(
            () => host.Client.ListSuspensionsAsync(query with { Continue = first.Metadata.Continue }))).Field);
        Assert.Equal("limit", (await Assert.ThrowsAsync<InvalidRequestException>(
            () => host.Client.ListAsync(query with { Limit = 501 }))).Field);
    }

    [Fact]
    public async Task A_watch_from_an_empty_store_sees_the_first_execution()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", () => 1));
        ExecutionList list = await host.Client.ListAsync(new ListQuery());
        Assert.NotEqual("0", list.Metadata.ResourceVersion);
        await host.RunAsync<int>("f", name: "a");
        await using IAsyncEnumerator<ExecutionEvent> watch = host.Client.WatchAsync(
            new WatchQuery { ResourceVersion = list.Metadata.ResourceVersion }).GetAsyncEnumerator();

        Assert.True(await Wait.For(watch.MoveNextAsync().AsTask(), "the execution"));
        Assert.Equal((ExecutionEventType.Added, "a"), (watch.Current.Type, watch.Current.Execution!.Key.Name));
    }

    [Fact]
    public async Task Commits_of_this_process_are_told_without_a_look_at_the_clock()
    {
        var time = new ManualTimeProvider();
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", () => 1), time: time);
        await using IAsyncEnumerator<ExecutionEvent> watch = host.Client.WatchAsync(new WatchQuery()).GetAsyncEnumerator();
        Assert.True(await Wait.For(watch.MoveNextAsync().AsTask(), "the end of what there is"));
        Assert.True(watch.Current.IsInitialEnd);
        Assert.True(await Wait.For(watch.MoveNextAsync().AsTask(), "the bookmark"));
        Task<bool> next = watch.MoveNextAsync().AsTask();
        await host.StartFunctionAsync("f", name: "a");

        Assert.True(await Wait.For(next, "the execution"));
        Assert.Equal("a", watch.Current.Execution!.Key.Name);
    }

    [Fact]
    public async Task The_end_of_the_host_ends_watches()
    {
        await using TestHost host = await StartAsync();
        await using IAsyncEnumerator<ExecutionEvent> watch = host.Client.WatchAsync(new WatchQuery()).GetAsyncEnumerator();
        Assert.True(await watch.MoveNextAsync());
        Assert.True(await watch.MoveNextAsync());
        Task<bool> next = watch.MoveNextAsync().AsTask();
        await host.StopAsync();

        await Assert.ThrowsAsync<UnavailableException>(() => Wait.For(next, "the end of the watch"));
    }

    [Fact]
    public async Task Journal_pages_put_together_are_the_journal()
    {
        await using TestHost host = await StartAsync();
        await host.RunAsync<object>("steps", name: "a");
        JournalPage whole = await host.Client.ReadJournalAsync(TestHost.Key("a"));
        Assert.Null(whole.Next);
        Assert.True(whole.Items.Count >= 25);
        foreach (int limit in new[] { 1, 4, 25, 1000 })
        {
            var items = new List<JournalEntry>();
            long? next = 0;
            while (next is { } after)
            {
                JournalPage page = await host.Client.ReadJournalAsync(TestHost.Key("a"), after, limit);
                Assert.NotEmpty(page.Items);
                items.AddRange(page.Items);
                next = page.Next;
            }

            Assert.Equal(whole.Items, items);
        }

        Assert.Equal("limit", (await Assert.ThrowsAsync<InvalidRequestException>(() => host.Client.ReadJournalAsync(TestHost.Key("a"), 0, 0))).Field);
        Assert.Equal("after", (await Assert.ThrowsAsync<InvalidRequestException>(() => host.Client.ReadJournalAsync(TestHost.Key("a"), -1))).Field);
        Assert.Empty((await host.Client.ReadJournalAsync(TestHost.Key("a"), 1000)).Items);
    }
}
