using Kontinue.Engine.Storage;
using Kontinue.Storage.Tests.Backends;
using Xunit;

namespace Kontinue.Storage.Tests.Contract;

/// <summary>Journal records that come without a change of the row.</summary>
public abstract class GuardContract(StoreBackend backend) : StoreContract(backend)
{
    [SkippableFact]
    public async Task A_guard_adds_its_record_and_leaves_the_row_and_its_version_as_they_are()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = await OwnedAsync(store);
        ExecutionRow before = (await store.ReadAsync(row.Key, None))!;

        await ApplyAsync(store, Guard(row, 2));
        await ApplyAsync(store, Guard(row, 3));

        Assert.Equal(before, await store.ReadAsync(row.Key, None));
        Assert.Empty((await store.ReadChangesAsync(before.ResourceVersion, 10, None)).Changes);
        Assert.Equal([1, 2, 3], (await store.ReadJournalAsync(row.Uid, 0, 10, None)).Select(r => r.Sequence));
    }

    [SkippableFact]
    public async Task A_guard_that_is_repeated_is_applied_once()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = await OwnedAsync(store);
        await ApplyAsync(store, Guard(row, 2));

        Assert.Equal([CommitOutcome.Applied], await store.CommitAsync([Guard(row, 2)], None));
        Assert.Equal([1, 2], (await store.ReadJournalAsync(row.Uid, 0, 10, None)).Select(r => r.Sequence));
    }

    [SkippableFact]
    public async Task A_guard_of_somebody_who_does_not_own_the_row_any_more_is_fenced_with_its_whole_unit()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = await OwnedAsync(store);
        SiloId thief = await Make.LiveSiloAsync(store, "thief");
        await store.UnregisterSiloAsync(row.Owner!.Value, None);
        ClaimedExecution claimed = Assert.Single(await store.ClaimAsync(thief, [row.Key], Make.NoLimits, None));
        CommitUnit unit = Guard(row, 2);
        unit.Messages.Add(Make.Message(row));

        Assert.Equal([CommitOutcome.Fenced], await store.CommitAsync([unit], None));

        Assert.Single(await store.ReadJournalAsync(row.Uid, 0, 10, None));
        Assert.Empty(await store.ReadMessagesAsync([row.Key], 10, None));
        await ApplyAsync(store, Guard(claimed.Row, 2));
    }

    [SkippableFact]
    public async Task A_claim_brings_records_that_the_row_does_not_know_of()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = await OwnedAsync(store);
        await ApplyAsync(store, Guard(row, 2));
        await store.UnregisterSiloAsync(row.Owner!.Value, None);

        ClaimedExecution claimed = Assert.Single(await store.ClaimAsync(await Make.LiveSiloAsync(store, "next"), [row.Key], Make.NoLimits, None));

        Assert.Equal(1, claimed.Row.JournalSequence);
        Assert.Equal([1, 2], claimed.Journal.Select(r => r.Sequence));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_record_whose_predecessor_is_not_stored_is_fenced_because_the_store_has_gone_back_in_time(bool isGuard)
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = await OwnedAsync(store);
        CommitUnit unit = isGuard ? Guard(row, 3) : Make.Update(row with { Revision = row.Revision + 1, JournalSequence = 3 }).With(Make.Record(row, 3));

        Assert.Equal([CommitOutcome.Fenced], await store.CommitAsync([unit], None));

        Assert.Single(await store.ReadJournalAsync(row.Uid, 0, 10, None));
    }

    [SkippableFact]
    public async Task A_guard_that_has_seen_a_later_revision_is_fenced()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = await OwnedAsync(store);

        Assert.Equal([CommitOutcome.Fenced], await store.CommitAsync([Guard(row with { Revision = row.Revision + 1 }, 2)], None));
    }

    [SkippableFact]
    public async Task Guards_and_updates_and_inserts_of_one_batch_are_judged_each_for_itself()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow guarded = await OwnedAsync(store);
        ExecutionRow fenced = await OwnedAsync(store);
        ExecutionRow updated = await OwnedAsync(store);
        ExecutionRow added = Make.Row();

        CommitOutcome[] outcomes = await store.CommitAsync(
            [
                Guard(guarded, 2),
                Guard(fenced with { Epoch = fenced.Epoch + 1 }, 2),
                Make.Update(updated with { Revision = updated.Revision + 1, JournalSequence = 2 }).With(Make.Record(updated, 2)),
                Make.Insert(added).With(Make.Record(added, 1)),
            ],
            None);

        Assert.Equal([CommitOutcome.Applied, CommitOutcome.Fenced, CommitOutcome.Applied, CommitOutcome.Applied], outcomes);
        Assert.Equal(2, (await store.ReadJournalAsync(guarded.Uid, 0, 10, None)).Count);
        Assert.Single(await store.ReadJournalAsync(fenced.Uid, 0, 10, None));
        Assert.Equal(2, (await store.ReadJournalAsync(updated.Uid, 0, 10, None)).Count);
        Assert.Single(await store.ReadJournalAsync(added.Uid, 0, 10, None));
    }

    private static CommitUnit Guard(ExecutionRow row, long sequence)
    {
        CommitUnit unit = Make.Update(row with { JournalSequence = sequence }).With(Make.Record(row, sequence));
        unit.Rows[0].IsGuard = true;
        return unit;
    }

    private static async Task<ExecutionRow> OwnedAsync(IExecutionStore store)
    {
        SiloId silo = await Make.LiveSiloAsync(store, $"owner-{Guid.NewGuid():N}");
        ExecutionRow row = Make.Row() with { Owner = silo, Epoch = 1, JournalSequence = 1, Phase = ExecutionPhase.Executing };
        await ApplyAsync(store, Make.Insert(row).With(Make.Record(row, 1)));
        return row;
    }
}
