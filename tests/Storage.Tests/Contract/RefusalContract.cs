using Kontinue.Engine.Storage;
using Kontinue.Storage.Tests.Backends;
using Xunit;

namespace Kontinue.Storage.Tests.Contract;

/// <summary>Units that may not be applied, beside others that may; and batches that are sent twice.</summary>
public abstract class RefusalContract(StoreBackend backend) : StoreContract(backend)
{
    [SkippableFact]
    public async Task A_fenced_unit_leaves_nothing_and_the_rest_of_the_batch_is_applied()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow mine = Make.Row(owner: Make.Silo());
        ExecutionRow lost = Make.Row(owner: Make.Silo());
        await ApplyAsync(store, Make.Insert(mine), Make.Insert(lost));
        SiloId thief = await Make.LiveSiloAsync(store);
        Assert.Single(await store.ClaimAsync(thief, [lost.Key], Make.NoLimits, None));

        ExecutionRow orphan = Make.Row();
        CommitUnit fenced = Make.Update(lost.Next().Ended()).With(Make.Record(lost, 1)).With(Make.Message(mine, "from the dead"));
        fenced.Rows.Add(new RowWrite { Row = orphan, IsInsert = true });
        ExecutionRow fresh = Make.Row();
        CommitOutcome[] outcomes = await store.CommitAsync(
            [Make.Insert(fresh), fenced, Make.Update(mine.Next()).With(Make.Record(mine, 1)), Make.Send(Make.Message(mine, "alive"))], None);

        Assert.Equal([CommitOutcome.Applied, CommitOutcome.Fenced, CommitOutcome.Applied, CommitOutcome.Applied], outcomes);
        Assert.Equal((ExecutionPhase.Executing, 1, thief), ((await ReadAsync(store, lost)).Phase, (await ReadAsync(store, lost)).Revision, (await ReadAsync(store, lost)).Owner));
        Assert.Empty(await ReadJournalAsync(store, lost));
        Assert.Null(await store.ReadAsync(orphan.Key, None));
        Assert.NotNull(await store.ReadAsync(fresh.Key, None));
        Assert.Equal(["1:entry"], await ReadJournalAsync(store, mine));
        Assert.Equal(["alive"], (await ClaimMessagesAsync(store, mine)).Select(message => message.Body.Text()));
    }

    [SkippableTheory]
    [InlineData(0, 0, 0, CommitOutcome.Applied)]
    [InlineData(1, 0, 0, CommitOutcome.Fenced)]
    [InlineData(-1, 0, 0, CommitOutcome.Fenced)]
    [InlineData(0, 1, 0, CommitOutcome.Fenced)]
    [InlineData(0, 0, 1, CommitOutcome.Fenced)]
    public async Task An_update_needs_the_stored_epoch_uid_and_revision(int epoch, int revision, int otherUid, CommitOutcome expected)
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row(owner: Make.Silo());
        await ApplyAsync(store, Make.Insert(row));

        ExecutionRow next = row.Next() with
        {
            Epoch = row.Epoch + epoch,
            Revision = 2 + revision,
            Uid = otherUid == 0 ? row.Uid : Guid.CreateVersion7(),
        };
        Assert.Equal(expected, await CommitOneAsync(store, Make.Update(next)));
    }

    [SkippableFact]
    public async Task An_update_of_a_missing_row_is_fenced()
    {
        IExecutionStore store = await OpenAsync();
        Assert.Equal(CommitOutcome.Fenced, await CommitOneAsync(store, Make.Update(Make.Row(owner: Make.Silo()).Next())));
    }

    [SkippableFact]
    public async Task A_name_that_is_taken_refuses_the_whole_unit()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow first = Make.Row("taken");
        await ApplyAsync(store, Make.Insert(first));

        ExecutionRow second = Make.Row("taken");
        ExecutionRow other = Make.Row();
        CommitOutcome[] outcomes = await store.CommitAsync(
            [Make.Insert(second).With(Make.Record(second, 1)).With(Make.Message(first)), Make.Insert(other)], None);

        Assert.Equal([CommitOutcome.AlreadyExists, CommitOutcome.Applied], outcomes);
        Assert.Equal(first.Uid, (await ReadAsync(store, first)).Uid);
        Assert.Empty(await ReadJournalAsync(store, second));
        Assert.Empty(await ClaimMessagesAsync(store, first));
    }

    [SkippableFact]
    public async Task Of_two_units_that_want_one_name_in_one_batch_one_gets_it()
    {
        IExecutionStore store = await OpenAsync();
        CommitOutcome[] outcomes = await store.CommitAsync([Make.Insert(Make.Row("one")), Make.Insert(Make.Row("one"))], None);
        Assert.Equal([CommitOutcome.Applied, CommitOutcome.AlreadyExists], outcomes);
    }

    [SkippableFact]
    public async Task The_same_name_in_another_namespace_is_another_name()
    {
        IExecutionStore store = await OpenAsync();
        await ApplyAsync(store, Make.Insert(Make.Row("one", ns: "a")), Make.Insert(Make.Row("one", ns: "b")));
    }

    [SkippableFact]
    public async Task A_child_whose_name_is_taken_becomes_a_message_to_its_parent()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow parent = Make.Row(owner: Make.Silo());
        await ApplyAsync(store, Make.Insert(parent), Make.Insert(Make.Row("taken")));

        ExecutionRow refused = Make.Row("taken");
        ExecutionRow child = Make.Row("free");
        ExecutionRow twin = Make.Row("free");
        CommitUnit unit = Make.Update(parent.Next()).With(Make.Record(parent, 1), Make.Record(refused, 1), Make.Record(child, 1), Make.Record(twin, 1));
        foreach (ExecutionRow row in new[] { refused, child, twin })
        {
            unit.Rows.Add(new RowWrite { Row = row, IsInsert = true, OnConflict = Make.Message(parent, $"no {row.Uid}") });
        }

        await ApplyAsync(store, unit);
        await ApplyAsync(store, unit);

        Assert.Equal(child.Uid, (await ReadAsync(store, child)).Uid);
        Assert.Equal(["1:entry"], await ReadJournalAsync(store, parent));
        Assert.Equal(["1:entry"], await ReadJournalAsync(store, child));
        Assert.Empty(await ReadJournalAsync(store, refused));
        Assert.Empty(await ReadJournalAsync(store, twin));
        Assert.Equal([$"no {refused.Uid}", $"no {twin.Uid}"], (await ClaimMessagesAsync(store, parent)).Select(message => message.Body.Text()));
    }

    [SkippableFact]
    public async Task A_child_whose_name_is_taken_and_that_has_no_message_refuses_the_unit()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow parent = Make.Row(owner: Make.Silo());
        await ApplyAsync(store, Make.Insert(parent), Make.Insert(Make.Row("taken")));

        CommitUnit unit = Make.Update(parent.Next()).With(Make.Record(parent, 1));
        unit.Rows.Add(new RowWrite { Row = Make.Row("taken"), IsInsert = true });

        Assert.Equal(CommitOutcome.AlreadyExists, await CommitOneAsync(store, unit));
        Assert.Equal(1, (await ReadAsync(store, parent)).Revision);
        Assert.Empty(await ReadJournalAsync(store, parent));
    }

    [SkippableFact]
    public async Task A_batch_sent_twice_is_applied_once()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow old = Make.Row(owner: Make.Silo());
        await ApplyAsync(store, Make.Insert(old));
        ExecutionRow fresh = Make.Row();
        CommitUnit update = Make.Update(old.Next()).With(Make.Record(old, 1)).With(Make.Message(fresh, "once"));
        CommitUnit[] batch = [Make.Insert(fresh).With(Make.Record(fresh, 1)), update, Make.Send(Make.Message(old, "event"))];

        await ApplyAsync(store, batch);
        long version = (await ReadAsync(store, old)).ResourceVersion;
        await ApplyAsync(store, batch);

        Assert.Equal(2, (await ReadAsync(store, old)).Revision);
        Assert.Equal(version, (await ReadAsync(store, old)).ResourceVersion);
        Assert.Equal(["1:entry"], await ReadJournalAsync(store, old));
        Assert.Equal(["1:entry"], await ReadJournalAsync(store, fresh));
        Assert.Equal(["once"], (await ClaimMessagesAsync(store, fresh)).Select(message => message.Body.Text()));
        Assert.Equal(["event"], (await ClaimMessagesAsync(store, old)).Select(message => message.Body.Text()));
    }

    [SkippableFact]
    public async Task A_batch_sent_again_after_its_rows_moved_on_changes_nothing()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row(owner: Make.Silo());
        CommitUnit insert = Make.Insert(row).With(Make.Record(row, 1));
        CommitUnit second = Make.Update(row.Next()).With(Make.Record(row, 2)).With(Make.Message(row, "consumed"));
        await ApplyAsync(store, insert);
        await ApplyAsync(store, second);
        CommitUnit third = Make.Update(row.Next().Next() with { Status = JsonPayload.Parse("3") }).With(Make.Record(row, 3));
        third.Consumed.Add(new MessageReference(row.Key, second.Messages[0].Id));
        await ApplyAsync(store, third);

        await ApplyAsync(store, insert);
        await ApplyAsync(store, second);
        await ApplyAsync(store, third);

        Assert.Equal("3", (await ReadAsync(store, row)).Status.ToString());
        Assert.Equal(["1:entry", "2:entry", "3:entry"], await ReadJournalAsync(store, row));
        Assert.Empty(await ClaimMessagesAsync(store, row));
    }

    [SkippableFact]
    public async Task A_half_new_batch_applies_the_new_half()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow a = Make.Row();
        ExecutionRow b = Make.Row();
        await ApplyAsync(store, Make.Insert(a));
        await ApplyAsync(store, Make.Insert(a), Make.Insert(b));
        Assert.NotNull(await store.ReadAsync(b.Key, None));
    }

    [SkippableFact]
    public async Task An_insert_sent_again_after_a_claim_counts_as_applied()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row();
        await ApplyAsync(store, Make.Insert(row));
        SiloId silo = await Make.LiveSiloAsync(store);
        Assert.Single(await store.ClaimAsync(silo, [row.Key], Make.NoLimits, None));

        await ApplyAsync(store, Make.Insert(row));

        Assert.Equal((silo, 1), ((await ReadAsync(store, row)).Owner, (await ReadAsync(store, row)).Epoch));
    }

    [SkippableFact]
    public async Task A_message_that_requires_its_target_says_what_became_of_it()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow live = Make.Row();
        ExecutionRow ended = Make.Row().Ended();
        await ApplyAsync(store, Make.Insert(live), Make.Insert(ended));

        CommitOutcome[] outcomes = await store.CommitAsync(
            [
                Make.Send(Make.Message(live, "by uid")),
                Make.Send(Make.Message(ended)),
                Make.Send(Make.Message(Make.Row("nowhere"))),
                Make.Send(Make.Message(live) with { TargetUid = Guid.CreateVersion7() }),
                Make.Send(Make.Message(live, "any uid") with { TargetUid = Guid.Empty }),
                Make.Send(Make.Message(ended) with { TargetUid = Guid.Empty }),
                Make.Send(Make.Message(Make.Row("nowhere")) with { TargetUid = Guid.Empty }),
            ],
            None);

        Assert.Equal(
            [
                CommitOutcome.Applied, CommitOutcome.Ended, CommitOutcome.NotFound, CommitOutcome.NotFound,
                CommitOutcome.Applied, CommitOutcome.Ended, CommitOutcome.NotFound,
            ],
            outcomes);
        IReadOnlyList<Message> messages = await ClaimMessagesAsync(store, live);
        Assert.Equal(["by uid", "any uid"], messages.Select(message => message.Body.Text()));
        Assert.All(messages, message => Assert.Equal(live.Uid, message.TargetUid));
    }

    [SkippableFact]
    public async Task A_message_that_requires_its_target_and_is_stored_already_is_applied_even_if_the_target_has_ended()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row(owner: Make.Silo());
        CommitUnit send = Make.Send(Make.Message(row));
        await ApplyAsync(store, Make.Insert(row), send);
        await ApplyAsync(store, Make.Update(row.Next().Ended()));

        Assert.Equal(CommitOutcome.Applied, await CommitOneAsync(store, send));
        Assert.Equal(CommitOutcome.Ended, await CommitOneAsync(store, Make.Send(Make.Message(row))));
    }

    [SkippableFact]
    public async Task A_message_that_requires_its_target_sees_a_target_of_the_same_batch()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row();
        await ApplyAsync(store, Make.Insert(row), Make.Send(Make.Message(row)));
    }

    [SkippableFact]
    public async Task Other_messages_are_stored_whatever_their_target()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow later = Make.Row();
        await ApplyAsync(store, Make.Send(Make.Message(later, "early"), requireTarget: false));
        await ApplyAsync(store, Make.Insert(later));
        Assert.Equal("early", Assert.Single(await ClaimMessagesAsync(store, later)).Body.Text());
    }

    [SkippableFact]
    public async Task A_journal_record_written_before_is_fenced_and_the_rest_of_the_batch_is_applied()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row(owner: Make.Silo());
        await ApplyAsync(store, Make.Insert(row).With(Make.Record(row, 1)));
        ExecutionRow other = Make.Row();

        CommitOutcome[] outcomes = await store.CommitAsync(
            [Make.Insert(other), Make.Update(row.Next()).With(Make.Record(row, 1, "again"))], None);

        Assert.Equal([CommitOutcome.Applied, CommitOutcome.Fenced], outcomes);
        Assert.Equal(1, (await store.ReadAsync(row.Key, None))!.Revision);
        Assert.Equal(["1:entry"], await ReadJournalAsync(store, row));
        Assert.NotNull(await store.ReadAsync(other.Key, None));
    }
}
