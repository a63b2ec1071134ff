using Kontinue.Engine.Storage;
using Kontinue.Storage.Tests.Backends;
using Xunit;

namespace Kontinue.Storage.Tests.Contract;

/// <summary>What people change beside the owner, and when executions are due to be deleted.</summary>
public abstract class SettingsContract(StoreBackend backend) : StoreContract(backend)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [SkippableFact]
    public async Task A_change_of_settings_is_answered_with_the_row_as_it_is_stored()
    {
        IExecutionStore store = await OpenAsync();
        SiloId silo = Make.Silo();
        ExecutionRow row = Make.Row(owner: silo) with { Labels = JsonPayload.Parse("""{"a":"b"}""") };
        await ApplyAsync(store, Make.Insert(row));
        ExecutionRow before = await ReadAsync(store, row);

        ExecutionRow? after = await store.UpdateSettingsAsync(
            Make.Settings(before) with
            {
                Labels = JsonPayload.Parse("""{"c":"d"}"""),
                Settings = JsonPayload.Parse("""{"retry":3}"""),
                DeleteAfter = Hour + TimeSpan.FromTicks(19),
                DeleteAt = Make.Now.AddTicks(19),
            },
            None);

        Assert.NotNull(after);
        Assert.Equal("d", after.Labels.To<Dictionary<string, string>>()!["c"]);
        Assert.Equal("""{"retry":3}""", after.Settings.ToString());
        Assert.Equal((2, Hour + TimeSpan.FromTicks(10), Make.Now.AddTicks(10)), (after.Generation, after.DeleteAfter, after.DeleteAt));
        Assert.Equal((silo, 1, 1, ExecutionPhase.Executing), (after.Owner, after.Epoch, after.Revision, after.Phase));
        Assert.Equal((row.Uid, row.WakeAt, row.Spec.ToString()), (after.Uid, after.WakeAt, after.Spec.ToString()));
        Assert.True(after.ResourceVersion > before.ResourceVersion);
        Assert.Equal(Plain(after), Plain(await ReadAsync(store, row)));
    }

    [SkippableFact]
    public async Task A_change_of_settings_needs_the_uid_and_the_generation_that_are_stored()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row();
        await ApplyAsync(store, Make.Insert(row));
        ExecutionRow stored = await ReadAsync(store, row);
        SettingsWrite write = Make.Settings(stored) with { Settings = JsonPayload.Parse("1") };

        Assert.Null(await store.UpdateSettingsAsync(write with { Key = new("default", "missing") }, None));
        Assert.Null(await store.UpdateSettingsAsync(write with { Uid = Guid.NewGuid() }, None));
        Assert.Null(await store.UpdateSettingsAsync(write with { Generation = 2 }, None));
        Assert.Equal(Plain(stored), Plain(await ReadAsync(store, row)));

        Assert.Equal(2, (await store.UpdateSettingsAsync(write, None))?.Generation);
        Assert.Null(await store.UpdateSettingsAsync(write, None));
        Assert.Equal(3, (await store.UpdateSettingsAsync(write with { Generation = 2 }, None))?.Generation);
    }

    [SkippableFact]
    public async Task Settings_and_labels_may_be_taken_away()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row() with { Labels = JsonPayload.Parse("""{"a":"b"}"""), Settings = JsonPayload.Parse("1"), DeleteAfter = Hour };
        await ApplyAsync(store, Make.Insert(row));

        ExecutionRow? after = await store.UpdateSettingsAsync(new SettingsWrite(row.Key, row.Uid, 1, default, default, null, null, null), None);

        Assert.NotNull(after);
        Assert.True(after.Labels.IsNone);
        Assert.True(after.Settings.IsNone);
        Assert.Null(after.DeleteAfter);
    }

    [SkippableFact]
    public async Task The_owner_neither_notices_nor_undoes_a_change_of_settings()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row(owner: Make.Silo());
        await ApplyAsync(store, Make.Insert(row));
        await store.UpdateSettingsAsync(Make.Settings(row) with { Settings = JsonPayload.Parse("1"), DeleteAfter = Hour }, None);

        await ApplyAsync(store, Make.Update(row.Next()));
        await ApplyAsync(store, Make.Update(row.Next().Next().Ended()));

        ExecutionRow stored = await ReadAsync(store, row);
        Assert.Equal(("1", 2, Hour, Make.Now + Hour), (stored.Settings.ToString(), stored.Generation, stored.DeleteAfter, stored.DeleteAt));
    }

    [SkippableFact]
    public async Task A_change_of_settings_is_a_change_that_a_watch_sees()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row();
        await ApplyAsync(store, Make.Insert(row));
        long version = await store.ReadVersionAsync(None);

        await store.UpdateSettingsAsync(Make.Settings(row) with { Settings = JsonPayload.Parse("1") }, None);

        RowChange change = Assert.Single((await store.ReadChangesAsync(version, 10, None)).Changes);
        Assert.Equal((2, "1", false), (change.Row.Generation, change.Row.Settings.ToString(), change.IsDeleted));
    }

    [SkippableFact]
    public async Task An_end_sets_the_time_of_deletion_and_going_on_clears_it()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row(owner: Make.Silo()) with { DeleteAfter = Hour };
        await ApplyAsync(store, Make.Insert(row));
        Assert.Null((await ReadAsync(store, row)).DeleteAt);

        ExecutionRow ended = row.Next().Ended();
        await ApplyAsync(store, Make.Update(ended));
        Assert.Equal(Make.Now + Hour, (await ReadAsync(store, row)).DeleteAt);

        ExecutionRow rewritten = ended.Next() with { FinishedAt = Make.Now.AddDays(1), Phase = ExecutionPhase.Skipped };
        await ApplyAsync(store, Make.Update(rewritten));
        Assert.Equal(Make.Now + Hour, (await ReadAsync(store, row)).DeleteAt);

        ExecutionRow retried = rewritten.Next() with { Phase = ExecutionPhase.Pending, FinishedAt = null };
        await ApplyAsync(store, Make.Update(retried));
        Assert.Null((await ReadAsync(store, row)).DeleteAt);

        await ApplyAsync(store, Make.Update(retried.Next().Ended() with { FinishedAt = Make.Now.AddDays(2) }));
        Assert.Equal(Make.Now.AddDays(2) + Hour, (await ReadAsync(store, row)).DeleteAt);
    }

    [SkippableFact]
    public async Task The_time_of_archiving_follows_a_roots_end_and_its_settings()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow root = Make.Row("root", Make.Silo()) with { ArchiveAfter = Hour };
        ExecutionRow child = Make.Row("child", Make.Silo()) with { ArchiveAfter = Hour, ParentUid = root.Uid };
        ExecutionRow second = Make.Row("second", Make.Silo()) with { ArchiveAfter = TimeSpan.MaxValue };
        ExecutionRow born = Make.Row("born").Ended() with { ArchiveAfter = Hour };
        ExecutionRow bornChild = Make.Row("born-child").Ended() with { ArchiveAfter = Hour, ParentUid = root.Uid };
        await ApplyAsync(store, [.. new[] { root, child, second, born, bornChild }.Select(row => Make.Insert(row))]);
        Assert.Equal((Make.Now + Hour, null), ((await ReadAsync(store, born)).ArchiveAt, (await ReadAsync(store, bornChild)).ArchiveAt));
        Assert.Null((await ReadAsync(store, root)).ArchiveAt);

        await ApplyAsync(store, Make.Update(root.Next().Ended()), Make.Update(child.Next().Ended()), Make.Update(second.Next().Ended()));
        ExecutionRow ended = await ReadAsync(store, root);
        Assert.Equal((Hour, Make.Now + Hour), (ended.ArchiveAfter, ended.ArchiveAt));
        Assert.Null((await ReadAsync(store, child)).ArchiveAt);
        Assert.Equal(StoreTime.Latest, (await ReadAsync(store, second)).ArchiveAt);

        ExecutionRow? changed = await store.UpdateSettingsAsync(Make.Settings(ended) with { ArchiveAfter = 2 * Hour }, None);
        Assert.Equal((2 * Hour, Make.Now + (2 * Hour)), (changed?.ArchiveAfter, changed?.ArchiveAt));
        Assert.Null((await store.UpdateSettingsAsync(Make.Settings(changed!) with { ArchiveAfter = null }, None))?.ArchiveAt);
        Assert.Null((await store.UpdateSettingsAsync(Make.Settings(await ReadAsync(store, child)) with { ArchiveAfter = Hour }, None))?.ArchiveAt);

        ExecutionRow again = Make.Row("again", Make.Silo()) with { ArchiveAfter = Hour };
        await ApplyAsync(store, Make.Insert(again));
        await ApplyAsync(store, Make.Update(again.Next().Ended()));
        await ApplyAsync(store, Make.Update(again.Next().Next() with { Phase = ExecutionPhase.Pending }));
        Assert.Null((await ReadAsync(store, again)).ArchiveAt);
    }

    [SkippableFact]
    public async Task Deletable_executions_are_read_in_pages_by_time_and_uid()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow[] rows = [.. Enumerable.Range(0, 6).Select(i => Make.Row($"{i}").Ended() with { DeleteAfter = (i / 3) * Hour })];
        await ApplyAsync(store, [.. rows.Reverse().Select(row => Make.Insert(row))]);

        List<string> read = [];
        DueRow? last = null;
        while (await store.FindDeletableAsync(Make.Now + Hour, last, 2, None) is { Count: > 0 } page)
        {
            read.AddRange(page.Select(row => row.Key.Name));
            last = new DueRow(page[^1].DeleteAt!.Value, page[^1].Key, page[^1].Uid);
        }

        Assert.Equal(["0", "1", "2", "3", "4", "5"], read);
    }

    [SkippableFact]
    public async Task Many_ends_in_one_batch_follow_the_same_rule()
    {
        IExecutionStore store = await OpenAsync();
        TimeSpan?[] waits = [Hour, null, TimeSpan.Zero, TimeSpan.FromDays(500), TimeSpan.MaxValue];
        ExecutionRow[] rows = [.. waits.Select(wait => Make.Row(owner: Make.Silo()) with { DeleteAfter = wait })];
        ExecutionRow[] atOnce = [.. waits.Select(wait => Make.Row().Ended() with { DeleteAfter = wait })];
        await ApplyAsync(store, [.. rows.Concat(atOnce).Select(row => Make.Insert(row))]);
        await ApplyAsync(store, [.. rows.Select(row => Make.Update(row.Next().Ended()))]);

        DateTimeOffset?[] expected = [Make.Now + Hour, null, Make.Now, Make.Now.AddDays(500), StoreTime.Latest];
        for (int i = 0; i < waits.Length; i++)
        {
            Assert.Equal(expected[i], (await ReadAsync(store, rows[i])).DeleteAt);
            Assert.Equal(expected[i], (await ReadAsync(store, atOnce[i])).DeleteAt);
        }
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(int.MaxValue)]
    public async Task One_end_alone_follows_the_same_rule(int days)
    {
        IExecutionStore store = await OpenAsync();
        TimeSpan? wait = days == int.MaxValue ? TimeSpan.MaxValue : days == 0 ? null : TimeSpan.FromDays(days);
        DateTimeOffset? expected = days == int.MaxValue ? StoreTime.Latest : days == 0 ? null : Make.Now.AddDays(days);
        ExecutionRow row = Make.Row(owner: Make.Silo()) with { DeleteAfter = wait };
        ExecutionRow atOnce = Make.Row().Ended() with { DeleteAfter = wait };
        await ApplyAsync(store, Make.Insert(row));
        await ApplyAsync(store, Make.Insert(atOnce));
        await ApplyAsync(store, Make.Update(row.Next().Ended()));

        Assert.Equal(expected, (await ReadAsync(store, row)).DeleteAt);
        Assert.Equal(expected, (await ReadAsync(store, atOnce)).DeleteAt);
        Assert.Equal(wait is { } span ? StoreTime.Truncate(span) : null, (await ReadAsync(store, row)).DeleteAfter);
    }

    [SkippableFact]
    public async Task A_time_of_deletion_that_was_asked_for_outlasts_the_end()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row(owner: Make.Silo()) with { DeleteAfter = Hour };
        await ApplyAsync(store, Make.Insert(row));
        await store.UpdateSettingsAsync(Make.Settings(row) with { DeleteAt = Make.Now.AddDays(-1) }, None);

        ExecutionRow? kept = await store.UpdateSettingsAsync(Make.Settings(row) with { Generation = 2 }, None);
        Assert.Equal(Make.Now.AddDays(-1), kept?.DeleteAt);
        await ApplyAsync(store, Make.Update(row.Next()));
        await ApplyAsync(store, Make.Update(row.Next().Next().Ended()));

        Assert.Equal(Make.Now.AddDays(-1), (await ReadAsync(store, row)).DeleteAt);
    }

    [SkippableFact]
    public async Task A_changed_wait_counts_for_what_has_ended()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row().Ended() with { DeleteAfter = Hour };
        await ApplyAsync(store, Make.Insert(row));

        ExecutionRow? longer = await store.UpdateSettingsAsync(Make.Settings(row) with { DeleteAfter = Hour * 2 }, None);
        Assert.Equal((Hour * 2, Make.Now + (Hour * 2)), (longer?.DeleteAfter, longer?.DeleteAt));
        ExecutionRow? never = await store.UpdateSettingsAsync(Make.Settings(longer!) with { DeleteAfter = null }, None);
        Assert.Equal((null, null), (never?.DeleteAfter, never?.DeleteAt));
        ExecutionRow? endless = await store.UpdateSettingsAsync(Make.Settings(never!) with { DeleteAfter = TimeSpan.MaxValue }, None);
        Assert.Equal(StoreTime.Latest, endless?.DeleteAt);
        ExecutionRow? asked = await store.UpdateSettingsAsync(Make.Settings(endless!) with { DeleteAt = Make.Now }, None);
        Assert.Equal(Make.Now, asked?.DeleteAt);
    }

    [SkippableFact]
    public async Task What_is_due_to_be_deleted_is_found_the_oldest_first()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow[] rows = [.. Enumerable.Range(0, 5).Select(i => Make.Row($"e-{i}").Ended() with { DeleteAfter = Hour * (5 - i) })];
        ExecutionRow running = Make.Row("running", Make.Silo()) with { DeleteAfter = TimeSpan.Zero };
        ExecutionRow asked = Make.Row("asked", Make.Silo());
        await ApplyAsync(store, [.. rows.Append(running).Append(asked).Append(Make.Row("never").Ended()).Select(row => Make.Insert(row))]);
        await store.UpdateSettingsAsync(Make.Settings(asked) with { DeleteAt = Make.Now }, None);

        Assert.Equal(["asked", "e-4", "e-3"], await FindAsync(store, Make.Now + (Hour * 2), 10));
        Assert.Equal(["asked", "e-4"], await FindAsync(store, Make.Now + (Hour * 2), 2));
        Assert.Equal(["asked", "e-4"], await FindAsync(store, Make.Now + (Hour * 2) - TimeSpan.FromMicroseconds(1), 10));
        Assert.Empty(await FindAsync(store, Make.Now.AddTicks(-10), 10));
    }

    private static async Task<string[]> FindAsync(IExecutionStore store, DateTimeOffset now, int limit) =>
        [.. (await store.FindDeletableAsync(now, null, limit, None)).Select(row => row.Key.Name)];

    /// <summary>Payloads compare by their bytes, so equal JSON of labels would differ: compared as text without white space.</summary>
    private static ExecutionRow Plain(ExecutionRow row) => row with
    {
        Labels = row.Labels.IsNone ? default : JsonPayload.Parse(row.Labels.ToString()),
    };
}
