using Kontinue.Engine.Storage;
using Kontinue.Storage.Tests.Backends;
using Xunit;

namespace Kontinue.Storage.Tests.Contract;

public abstract class DeletionContract(StoreBackend backend) : StoreContract(backend)
{
    [SkippableFact]
    public async Task A_deleted_execution_is_gone_with_its_journal_and_its_messages()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row("gone", Make.Silo());
        ExecutionRow other = Make.Row("other").Ended();
        await ApplyAsync(
            store,
            Make.Insert(row).With(Make.Record(row, 1), Make.Record(row, 2)).With(Make.Message(row)),
            Make.Insert(other).With(Make.Record(other, 1)));
        await ApplyAsync(store, Make.Update(row.Next().Ended()));

        Assert.Equal(1, await store.DeleteAsync([Make.Deletion(row)], None));

        Assert.Null(await store.ReadAsync(row.Key, None));
        Assert.Empty(await ReadJournalAsync(store, row));
        Assert.Equal(0, await store.DeleteDeadMessagesAsync(Make.Now.AddDays(1), 10, None));
        Assert.Equal(["1:entry"], await ReadJournalAsync(store, other));
        Assert.Equal(["other"], (await store.ListAsync(new RowQuery { Limit = 10 }, None)).Select(r => r.Key.Name));
        Assert.Equal(CommitOutcome.NotFound, await CommitOneAsync(store, Make.Send(Make.Message(row))));
    }

    [SkippableFact]
    public async Task What_is_gone_or_another_or_has_not_ended_is_passed_over()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow ended = Make.Row("ended").Ended();
        ExecutionRow running = Make.Row("running", Make.Silo());
        ExecutionRow forced = Make.Row("forced", Make.Silo());
        ExecutionRow later = Make.Row("later").Ended();
        await ApplyAsync(store, Make.Insert(ended), Make.Insert(running), Make.Insert(forced), Make.Insert(later));

        int deleted = await store.DeleteAsync(
            [
                Make.Deletion(running), Make.Deletion(forced, force: true), Make.Deletion(ended), Make.Deletion(ended),
                Make.Deletion(Make.Row("missing"), force: true), Make.Deletion(later, force: true) with { Uid = Guid.NewGuid() },
            ],
            None);

        Assert.Equal(2, deleted);
        Assert.Equal(["later", "running"], (await store.ListAsync(new RowQuery { Limit = 10 }, None)).Select(row => row.Key.Name));
        Assert.Equal(0, await store.DeleteAsync([Make.Deletion(ended)], None));
        Assert.Equal(0, await store.DeleteAsync([], None));
    }

    [SkippableFact]
    public async Task What_has_changed_after_the_highest_version_is_passed_over()
    {
        IExecutionStore store = await OpenAsync();
        await ApplyAsync(store, Make.Insert(Make.Row("a").Ended()), Make.Insert(Make.Row("b").Ended()));
        ExecutionRow a = (await store.ReadAsync(new ExecutionKey("default", "a"), None))!;
        ExecutionRow b = (await store.ReadAsync(new ExecutionKey("default", "b"), None))!;
        ExecutionRow changed = (await store.UpdateSettingsAsync(Make.Settings(b) with { DeleteAfter = TimeSpan.FromDays(1) }, None))!;
        Assert.True(changed.ResourceVersion > b.ResourceVersion);

        Assert.Equal(
            1,
            await store.DeleteAsync(
                [Make.Deletion(a) with { MaxVersion = a.ResourceVersion }, Make.Deletion(b, force: true) with { MaxVersion = b.ResourceVersion }], None));
        Assert.NotNull(await store.ReadAsync(b.Key, None));
        Assert.Equal(1, await store.DeleteAsync([Make.Deletion(b) with { MaxVersion = changed.ResourceVersion }], None));
    }

    [SkippableFact]
    public async Task The_owner_of_a_deleted_execution_is_fenced()
    {
        IExecutionStore store = await OpenAsync();
        SiloId silo = await Make.LiveSiloAsync(store);
        ExecutionRow[] rows = [.. Enumerable.Range(0, 3).Select(_ => Make.Row(owner: silo))];
        await ApplyAsync(store, [.. rows.Select(row => Make.Insert(row))]);
        await store.DeleteAsync([.. rows[..2].Select(row => Make.Deletion(row, force: true))], None);

        CommitUnit alone = Make.Update(rows[0].Next()).With(Make.Record(rows[0], 1)).With(Make.Message(rows[2]));
        Assert.Equal(CommitOutcome.Fenced, await CommitOneAsync(store, alone));
        Assert.Equal(
            [CommitOutcome.Fenced, CommitOutcome.Fenced, CommitOutcome.Applied],
            await store.CommitAsync([.. rows.Select(row => Make.Update(row.Next()).With(Make.Record(row, 1)))], None));

        Assert.Empty(await ReadJournalAsync(store, rows[0]));
        Assert.Empty(await store.ClaimAsync(silo, [rows[0].Key], Make.NoLimits, None));
        Assert.Null(await store.UpdateSettingsAsync(Make.Settings(rows[0]), None));
        await store.UnregisterSiloAsync(silo, None);
        Assert.Empty(await ClaimMessagesAsync(store, rows[2]));
    }

    [SkippableFact]
    public async Task A_thousand_are_deleted_in_one_call_that_is_one_transaction()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow[] rows = [.. Enumerable.Range(0, StoreArguments.MaxKeys).Select(_ => Make.Row().Ended())];
        await ApplyAsync(store, [.. rows.Select(row => Make.Insert(row).With(Make.Record(row, 1)))]);
        long version = await store.ReadVersionAsync(None);

        Assert.Equal(rows.Length, await store.DeleteAsync([.. rows.Reverse().Select(row => Make.Deletion(row))], None));

        ChangePage page = await store.ReadChangesAsync(version, 7, None);
        Assert.Equal(rows.Length, page.Changes.Count);
        Assert.Single(page.Rows().Select(row => row.ResourceVersion).Distinct());
        Assert.Empty(await ReadJournalAsync(store, rows[^1]));
    }

    [SkippableFact]
    public async Task A_deletion_is_a_change_that_says_who_it_was()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row("gone", Make.Silo(), "ns") with
        {
            ParentUid = Make.NewId(),
            Labels = JsonPayload.Parse("""{"a":"b"}"""),
            Settings = JsonPayload.Parse("1"),
            DeleteAfter = TimeSpan.FromHours(1),
            FinishedAt = Make.Now.AddHours(1),
            Phase = ExecutionPhase.Failed,
        };
        await ApplyAsync(store, Make.Insert(row), Make.Insert(Make.Row("stays")));
        Assert.NotNull(await store.UpdateSettingsAsync(Make.Settings(row), None));
        long version = await store.ReadVersionAsync(None);

        await store.DeleteAsync([Make.Deletion(row)], None);

        ChangePage page = await store.ReadChangesAsync(version, 10, None);
        RowChange change = Assert.Single(page.Changes);
        Assert.True(change.IsDeleted);
        Assert.True(change.Row.ResourceVersion > version);
        Assert.True(page.Version >= change.Row.ResourceVersion);
        Assert.Equal("b", change.Row.Labels.To<Dictionary<string, string>>()!["a"]);
        var expected = new ExecutionRow
        {
            Key = row.Key,
            Uid = row.Uid,
            Function = row.Function,
            Phase = ExecutionPhase.Failed,
            CreatedAt = row.CreatedAt,
            FinishedAt = row.FinishedAt,
            ParentUid = row.ParentUid,
            Generation = 2,
            Spec = default,
            Status = default,
        };
        Assert.Equal(expected, change.Row with { Labels = default, ResourceVersion = 0 });
        Assert.Empty((await store.ReadChangesAsync(page.Version, 10, None)).Changes);
    }

    [SkippableFact]
    public async Task A_name_that_is_used_again_appears_once_for_each_execution()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow first = Make.Row("name").Ended();
        await ApplyAsync(store, Make.Insert(first));
        await store.DeleteAsync([Make.Deletion(first)], None);
        ExecutionRow second = Make.Row("name", Make.Silo());
        await ApplyAsync(store, Make.Insert(second));
        await ApplyAsync(store, Make.Update(second.Next()));

        ChangePage page = await store.ReadChangesAsync(0, 10, None);

        Assert.Equal([(first.Uid, true), (second.Uid, false)], page.Changes.Select(change => (change.Row.Uid, change.IsDeleted)));
        Assert.Equal(0, await store.DeleteAsync([Make.Deletion(first)], None));
        Assert.Equal(second.Uid, (await ReadAsync(store, second)).Uid);
    }

    [SkippableFact]
    public async Task Pages_of_rows_and_deletions_are_in_order_and_never_end_within_a_version()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow[][] batches = [.. Enumerable.Range(0, 12).Select(i => Enumerable.Range(0, 1 + (i % 4)).Select(_ => Make.Row().Ended()).ToArray())];
        foreach (ExecutionRow[] batch in batches)
        {
            await ApplyAsync(store, [.. batch.Select(row => Make.Insert(row))]);
        }

        // Versions of rows and of deletions take turns.
        foreach (ExecutionRow[] batch in batches.Where((_, i) => i % 3 == 0))
        {
            await store.DeleteAsync([.. batch.Select(row => Make.Deletion(row))], None);
            await ApplyAsync(store, Make.Insert(Make.Row()));
        }

        ChangePage whole = await store.ReadChangesAsync(0, 10_000, None);
        for (int limit = 1; limit <= 9; limit++)
        {
            List<RowChange> read = [];
            long after = 0;
            ChangePage page;
            do
            {
                page = await store.ReadChangesAsync(after, limit, None);
                Assert.All(page.Changes, change => Assert.InRange(change.Row.ResourceVersion, after + 1, page.Version));
                int beyond = page.Changes.Count(change => change.Row.ResourceVersion == page.Version);
                Assert.True(page.Changes.Count - beyond < limit, $"A page of {page.Changes.Count} goes on after its limit of {limit}.");
                read.AddRange(page.Changes);
                after = page.Version;
            }
            while (page.Changes.Count > 0);

            Assert.Equal(Marks(whole.Changes).Order(), Marks(read).Order());
            Assert.Equal(read.Select(change => change.Row.ResourceVersion).Order(), read.Select(change => change.Row.ResourceVersion));
        }

        Assert.Equal(batches.Where((_, i) => i % 3 == 0).Sum(batch => batch.Length), whole.Changes.Count(change => change.IsDeleted));
    }

    [SkippableFact]
    public async Task A_version_before_a_forgotten_deletion_is_expired_and_no_other()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow[] rows = [.. Enumerable.Range(0, 4).Select(i => Make.Row($"e-{i}").Ended())];
        await ApplyAsync(store, [.. rows.Select(row => Make.Insert(row))]);
        long before = await store.ReadVersionAsync(None);
        List<long> versions = [];
        foreach (ExecutionRow row in rows[..3])
        {
            await store.DeleteAsync([Make.Deletion(row)], None);
            versions.Add((await store.ReadChangesAsync(before, 10, None)).Rows()[^1].ResourceVersion);
        }

        Assert.Equal(0, await store.PruneDeletionsAsync(TimeSpan.FromHours(1), 10, None));
        Assert.False((await store.ReadChangesAsync(before, 10, None)).IsExpired);
        Assert.Equal(2, await store.PruneDeletionsAsync(TimeSpan.Zero, 2, None));

        foreach (long after in new[] { 1, before, versions[0], versions[1] - 1 })
        {
            ChangePage expired = await store.ReadChangesAsync(after, 10, None);
            Assert.True(expired.IsExpired, $"{after} is before {versions[1]} and not expired.");
            Assert.Empty(expired.Changes);
        }

        ChangePage next = await store.ReadChangesAsync(versions[1], 10, None);
        Assert.False(next.IsExpired);
        Assert.Equal((rows[2].Uid, true), (Assert.Single(next.Changes).Row.Uid, next.Changes[0].IsDeleted));
        Assert.False((await store.ReadChangesAsync(await store.ReadVersionAsync(None), 10, None)).IsExpired);

        ChangePage all = await store.ReadChangesAsync(0, 10, None);
        Assert.False(all.IsExpired);
        Assert.Equal([rows[3].Uid, rows[2].Uid], all.Rows().Select(row => row.Uid));

        Assert.Equal(1, await store.PruneDeletionsAsync(TimeSpan.Zero, 10, None));
        Assert.Equal(0, await store.PruneDeletionsAsync(TimeSpan.Zero, 10, None));
        Assert.True((await store.ReadChangesAsync(versions[1], 10, None)).IsExpired);
        Assert.False((await store.ReadChangesAsync(versions[2], 10, None)).IsExpired);
    }

    [SkippableFact]
    public async Task Deletions_that_one_call_made_and_a_limit_parted_expire_what_is_before_them()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow[] rows = [.. Enumerable.Range(0, 4).Select(_ => Make.Row().Ended())];
        await ApplyAsync(store, [.. rows.Select(row => Make.Insert(row))]);
        long before = await store.ReadVersionAsync(None);
        await store.DeleteAsync([.. rows.Select(row => Make.Deletion(row))], None);
        long version = (await store.ReadChangesAsync(before, 10, None)).Rows()[0].ResourceVersion;

        Assert.Equal(3, await store.PruneDeletionsAsync(TimeSpan.Zero, 3, None));

        Assert.True((await store.ReadChangesAsync(before, 10, None)).IsExpired);
        Assert.False((await store.ReadChangesAsync(version, 10, None)).IsExpired);
    }

    [SkippableFact]
    public async Task What_a_store_has_forgotten_stays_forgotten_when_it_is_opened_again()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row().Ended();
        await ApplyAsync(store, Make.Insert(row));
        long before = await store.ReadVersionAsync(None);
        await store.DeleteAsync([Make.Deletion(row)], None);
        await store.PruneDeletionsAsync(TimeSpan.Zero, 10, None);

        IExecutionStore again = await OpenAsync();

        Assert.True((await again.ReadChangesAsync(before, 10, None)).IsExpired);
        Assert.False((await again.ReadChangesAsync(await again.ReadVersionAsync(None), 10, None)).IsExpired);
        await ApplyAsync(again, Make.Insert(Make.Row("new")));
        Assert.Equal("new", Assert.Single((await again.ReadChangesAsync(0, 10, None)).Rows()).Key.Name);
    }

    private static IEnumerable<(long Version, Guid Uid, bool IsDeleted)> Marks(IEnumerable<RowChange> changes) =>
        changes.Select(change => (change.Row.ResourceVersion, change.Row.Uid, change.IsDeleted));
}
