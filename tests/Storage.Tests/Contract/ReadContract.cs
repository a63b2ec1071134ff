using Kontinue.Engine.Storage;
using Kontinue.Storage.Tests.Backends;
using Xunit;

namespace Kontinue.Storage.Tests.Contract;

public abstract class ReadContract(StoreBackend backend) : StoreContract(backend)
{
    [SkippableFact]
    public async Task A_missing_execution_is_null()
    {
        IExecutionStore store = await OpenAsync();
        Assert.Null(await store.ReadAsync(new ExecutionKey("default", "missing"), None));
    }

    [SkippableFact]
    public async Task A_journal_is_read_in_pages()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row();
        ExecutionRow other = Make.Row();
        await ApplyAsync(
            store,
            Make.Insert(row).With([.. Enumerable.Range(1, 12).Reverse().Select(i => Make.Record(row, i))]),
            Make.Insert(other).With(Make.Record(other, 1)));

        Assert.Equal([1, 2, 3, 4, 5], (await store.ReadJournalAsync(row.Uid, 0, 5, None)).Select(r => r.Sequence));
        Assert.Equal([11, 12], (await store.ReadJournalAsync(row.Uid, 10, 5, None)).Select(r => r.Sequence));
        Assert.Empty(await store.ReadJournalAsync(row.Uid, 12, 5, None));
        Assert.Empty(await store.ReadJournalAsync(Guid.NewGuid(), 0, 5, None));
    }

    [SkippableFact]
    public async Task Messages_are_read_in_the_order_in_which_they_were_stored_whatever_their_ids()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row();
        await ApplyAsync(store, Make.Insert(row));
        Message[] messages = [.. Enumerable.Range(0, 6).Select(i => Make.Message(row, $"{i}"))];
        Message[] reversed = [.. messages.Reverse()];
        await ApplyAsync(store, [.. reversed[..2].Select(m => Make.Send(m))]);
        await ApplyAsync(store, Make.Send(reversed[2]));
        await ApplyAsync(store, [.. reversed[3..].Select(m => Make.Send(m, requireTarget: false))]);

        Assert.Equal(reversed.Select(m => m.Id), (await store.ReadMessagesAsync([row.Key], 10, None)).Select(m => m.Id));
        Assert.Equal(reversed.Select(m => m.Id), (await ClaimMessagesAsync(store, row)).Select(m => m.Id));
    }

    [SkippableFact]
    public async Task A_watch_from_the_present_version_sees_what_comes_and_nothing_before()
    {
        IExecutionStore store = await OpenAsync();
        await ApplyAsync(store, Make.Insert(Make.Row("before")));
        long version = await store.ReadVersionAsync(None);
        Assert.Empty((await store.ReadChangesAsync(version, 10, None)).Rows());

        ExecutionRow row = Make.Row("after", Make.Silo());
        await ApplyAsync(store, Make.Insert(row));
        await ApplyAsync(store, Make.Update(row.Next()));

        ChangePage page = await store.ReadChangesAsync(version, 10, None);
        Assert.Equal(2, Assert.Single(page.Rows()).Revision);
        Assert.True(page.Version >= page.Rows()[0].ResourceVersion);
        Assert.Empty((await store.ReadChangesAsync(page.Version, 10, None)).Rows());
        Assert.Equal(["before", "after"], (await store.ReadChangesAsync(0, 10, None)).Rows().Select(r => r.Key.Name));
    }

    [SkippableFact]
    public async Task Claims_and_releases_are_changes_too()
    {
        IExecutionStore store = await OpenAsync();
        SiloId silo = await Make.LiveSiloAsync(store);
        ExecutionRow row = Make.Row();
        ExecutionRow held = Make.Row() with { Held = true };
        await ApplyAsync(store, Make.Insert(row), Make.Insert(held));

        long version = await store.ReadVersionAsync(None);
        await store.ClaimAsync(silo, [row.Key], Make.NoLimits, None);
        Assert.Equal(silo, Assert.Single((await store.ReadChangesAsync(version, 10, None)).Rows()).Owner);

        version = await store.ReadVersionAsync(None);
        await store.ReleaseHeldAsync(await Make.LiveSiloAsync(store, "releaser"), ["work"], Make.Now, 10, None);
        Assert.Equal(held.Uid, Assert.Single((await store.ReadChangesAsync(version, 10, None)).Rows()).Uid);
    }

    [SkippableFact]
    public async Task Changes_come_in_order_and_those_of_one_transaction_together()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow[][] batches = [.. Enumerable.Range(0, 5).Select(_ => Enumerable.Range(0, 4).Select(_ => Make.Row()).ToArray())];
        foreach (ExecutionRow[] batch in batches)
        {
            await ApplyAsync(store, [.. batch.Select(row => Make.Insert(row))]);
        }

        long after = 0;
        List<Guid> seen = [];
        for (int pages = 0; pages < 5; pages++)
        {
            ChangePage page = await store.ReadChangesAsync(after, 3, None);
            Assert.Equal(4, page.Rows().Count);
            Assert.Single(page.Rows().Select(row => row.ResourceVersion).Distinct());
            Assert.Equal(page.Rows()[0].ResourceVersion, page.Version);
            Assert.True(page.Version > after);
            after = page.Version;
            seen.AddRange(page.Rows().Select(row => row.Uid));
        }

        Assert.Equal(batches.SelectMany(batch => batch).Select(row => row.Uid).Order(), seen.Order());
        Assert.Empty((await store.ReadChangesAsync(after, 3, None)).Rows());
    }
}
