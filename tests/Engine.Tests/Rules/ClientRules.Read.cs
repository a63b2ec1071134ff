using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Client.Rules;

public abstract partial class ClientRules
{
    [Fact]
    public async Task A_list_selects_by_all_that_is_set()
    {
        string lot = Guid.NewGuid().ToString("N");
        var labels = new Dictionary<string, string> { ["lot"] = lot };
        Execution ended = await Client.CreateAsync(New("nothing", labels: labels), Long);
        Execution waiting = await StartedAsync(New("asks", labels: labels), ExecutionPhase.Suspended);
        Assert.Equal([waiting.Key, ended.Key], await NamesAsync(s => s));
        Assert.Equal([waiting.Key], await NamesAsync(s => s with { Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Suspended, ExecutionPhase.Failed } }));
        Assert.Equal([ended.Key], await NamesAsync(s => s with { Function = "nothing" }));
        Assert.Equal([ended.Key], await NamesAsync(s => s with { Name = ended.Metadata.Name }));
        Assert.Empty(await NamesAsync(s => s with { Namespace = "elsewhere" }));
        Assert.Empty(await NamesAsync(s => s with { ParentUid = ended.Metadata.Uid }));
        Assert.Empty(await NamesAsync(s => s with { Labels = [.. s.Labels!, new LabelRequirement("tier", LabelOperator.Exists, [])] }));
        Assert.Equal(2, (await NamesAsync(s => s with { Labels = [new LabelRequirement("lot", LabelOperator.In, ["x", lot])] })).Length);
        await Assert.ThrowsAsync<InvalidRequestException>(() => Client.ListAsync(new ListQuery { Limit = 0 }));
        await Assert.ThrowsAsync<InvalidRequestException>(() => Client.ListAsync(new ListQuery { Continue = "nonsense" }));

        async Task<ExecutionKey[]> NamesAsync(Func<ExecutionSelector, ExecutionSelector> select) => [.. (await Client.ListAsync(new ListQuery
        {
            Selector = select(new ExecutionSelector { Labels = [LabelRequirement.Equal("lot", lot)] }),
        })).Items.Select(e => e.Key)];
    }

    [Fact]
    public async Task Lists_go_on_from_page_to_page()
    {
        string lot = Guid.NewGuid().ToString("N");
        await Client.CreateManyAsync([.. Enumerable.Range(0, 7).Select(_ => New("nothing", labels: new Dictionary<string, string> { ["lot"] = lot }))]);
        var query = new ListQuery { Limit = 3, Selector = new ExecutionSelector { Labels = [LabelRequirement.Equal("lot", lot)] } };
        var keys = new List<ExecutionKey>();
        ExecutionList page;
        do
        {
            page = await Client.ListAsync(query);
            Assert.InRange(page.Items.Count, 0, 3);
            keys.AddRange(page.Items.Select(e => e.Key));
            query = query with { Continue = page.Metadata.Continue };
        }
        while (query.Continue is not null);
        Assert.Equal(7, keys.Distinct().Count());
    }

    [Fact]
    public async Task A_watch_tells_what_is_there_and_what_follows()
    {
        string lot = Guid.NewGuid().ToString("N");
        var labels = new Dictionary<string, string> { ["lot"] = lot };
        var selector = new ExecutionSelector { Labels = [LabelRequirement.Equal("lot", lot)] };
        Execution first = await StartedAsync(New("asks", labels: labels), ExecutionPhase.Suspended);
        await using IAsyncEnumerator<ExecutionEvent> watch = Client.WatchAsync(new WatchQuery { Selector = selector }).GetAsyncEnumerator();
        Assert.Equal((ExecutionEventType.Added, first.Key), (await NextAsync(watch)) is { } added ? (added.Type, added.Execution!.Key) : default);
        Assert.True((await NextAsync(watch)).IsInitialEnd);
        Execution second = await Client.CreateAsync(New("nothing", labels: labels), Long);
        ExecutionEvent told;
        do
        {
            told = await NextAsync(watch);
            Assert.True(told.Type == ExecutionEventType.Bookmark || told.Execution!.Key == second.Key);
        }
        while (told.Execution?.Status?.Phase.IsTerminal() != true);

        await using IAsyncEnumerator<ExecutionEvent> later = Client.WatchAsync(
            new WatchQuery { Selector = selector, ResourceVersion = told.ResourceVersion }).GetAsyncEnumerator();
        Assert.Equal(second.Key, (await NextAsync(later)).Execution!.Key);
    }

    [Fact]
    public async Task A_watch_from_a_wrong_version_is_refused()
    {
        await using IAsyncEnumerator<ExecutionEvent> watch = Client.WatchAsync(new WatchQuery { ResourceVersion = "nonsense" }).GetAsyncEnumerator();
        await Assert.ThrowsAsync<InvalidRequestException>(() => NextAsync(watch));
    }

    [Fact]
    public async Task A_watch_ends_when_it_is_canceled()
    {
        using var stop = new CancellationTokenSource();
        var selector = new ExecutionSelector { Name = "nobody" };
        await using IAsyncEnumerator<ExecutionEvent> watch = Client.WatchAsync(new WatchQuery { Selector = selector }, stop.Token).GetAsyncEnumerator(stop.Token);
        Assert.True((await NextAsync(watch)).IsInitialEnd);
        Task following = FollowAsync();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Wait.For(following));

        async Task FollowAsync()
        {
            while (true)
            {
                Assert.Equal(ExecutionEventType.Bookmark, (await NextAsync(watch)).Type);
            }
        }
    }

    [Fact]
    public async Task A_wait_ends_when_it_is_canceled()
    {
        Execution asks = await StartedAsync("asks", ExecutionPhase.Suspended);
        using var stop = new CancellationTokenSource();
        Task<Execution> waiting = Client.WaitAsync(asks.Key, Long, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Wait.For(waiting));
    }

    [Fact]
    public async Task Suspensions_functions_and_silos_are_listed()
    {
        Execution asks = await StartedAsync("asks", ExecutionPhase.Suspended);
        SuspensionList waits = await Client.ListSuspensionsAsync(new ListQuery { Selector = new ExecutionSelector { Name = asks.Metadata.Name } });
        Assert.Equal(asks.Metadata.Name, Assert.Single(waits.Items).Spec.Execution);
        Assert.Contains((await Client.ListFunctionsAsync()).Items, function => function.Metadata.Name == "asks");
        Assert.NotEmpty((await Client.ListSilosAsync()).Items);
    }

    [Fact]
    public async Task Journals_are_read_in_pages()
    {
        Execution ended = await Client.CreateAsync(New("steps"), Long);
        IReadOnlyList<JournalEntry> whole = (await Client.ReadJournalAsync(ended.Key)).Items;
        Assert.True(whole.Count >= 5);
        var entries = new List<JournalEntry>();
        await foreach (JournalEntry entry in Client.ReadWholeJournalAsync(ended.Key))
        {
            entries.Add(entry);
        }

        Assert.Equal(whole, entries);
        JournalPage first = await Client.ReadJournalAsync(ended.Key, limit: 1);
        Assert.True(first.Items.Count < whole.Count || first.Next is null);
        await Assert.ThrowsAsync<InvalidRequestException>(() => Client.ReadJournalAsync(ended.Key, limit: 0));
    }

    [Fact]
    public async Task What_was_archived_is_read_and_deleted()
    {
        Execution planned = New("steps");
        Execution root = await Client.CreateAsync(
            planned with { Spec = planned.Spec with { Ttl = new TtlSpec { ArchiveAfter = TimeSpan.FromMilliseconds(1) } } }, TimeSpan.Zero);
        var query = new ListQuery { Selector = new ExecutionSelector { Name = root.Metadata.Name } };
        await Wait.Until(async () => (await Client.ListArchivesAsync(query)).Items.Count == 1, () => "", $"{root.Key} to be archived");
        ArchivedExecution archived = await Client.GetArchiveAsync(root.Key, root.Metadata.Uid);
        Assert.Equal((ExecutionPhase.Completed, root.Metadata.Uid), (archived.Root!.Status!.Phase, archived.Root.Metadata.Uid));
        var lines = new List<ArchivedTreeLine>();
        await foreach (ArchivedTreeLine line in Client.ReadArchiveAsync(root.Key))
        {
            lines.Add(line);
        }

        Assert.Equal(root.Metadata.Uid, lines[0].Execution!.Metadata.Uid);
        Assert.Contains(lines, line => line.Entry is not null);
        await Client.DeleteArchiveAsync(root.Key, root.Metadata.Uid);
        await Assert.ThrowsAsync<ExecutionNotFoundException>(() => Client.GetArchiveAsync(root.Key));
    }

    private static async Task<ExecutionEvent> NextAsync(IAsyncEnumerator<ExecutionEvent> watch)
    {
        Assert.True(await Wait.For(watch.MoveNextAsync().AsTask(), "the next event"));
        return watch.Current;
    }
}
