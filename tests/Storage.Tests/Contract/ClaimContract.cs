using Kontinue.Engine.Storage;
using Kontinue.Storage.Tests.Backends;
using Xunit;

namespace Kontinue.Storage.Tests.Contract;

public abstract class ClaimContract(StoreBackend backend) : StoreContract(backend)
{
    private static readonly string[] Functions = ["work"];

    [SkippableFact]
    public async Task A_claim_raises_the_epoch_and_brings_all_that_is_needed()
    {
        IExecutionStore store = await OpenAsync();
        SiloId silo = await Make.LiveSiloAsync(store);
        ExecutionRow row = Make.Row() with { JournalSequence = 3 };
        ExecutionRow bare = Make.Row();
        Message[] messages = [Make.Message(row, "1"), Make.Message(row, "2"), Make.Message(row, "dead") with { TargetUid = Guid.NewGuid() }];
        await ApplyAsync(
            store,
            Make.Insert(row).With([.. Enumerable.Range(1, 3).Select(i => Make.Record(row, i))]).With([messages[1], messages[0], messages[2]]),
            Make.Insert(bare));
        long before = (await ReadAsync(store, row)).ResourceVersion;

        IReadOnlyList<ClaimedExecution> claimed = await store.ClaimAsync(silo, [row.Key, bare.Key, new("default", "missing"), row.Key], Make.NoLimits, None);

        Assert.Equal(2, claimed.Count);
        ClaimedExecution full = claimed.Single(c => c.Row.Uid == row.Uid);
        Assert.Equal((silo, 1, 1, row.WakeAt), (full.Row.Owner, full.Row.Epoch, full.Row.Revision, full.Row.WakeAt));
        Assert.True(full.Row.ResourceVersion > before);
        Assert.Equal([1, 2, 3], full.Journal.Select(record => record.Sequence));
        Assert.All(full.Journal, record => Assert.Equal(row.Uid, record.Uid));
        Assert.Equal(((Message[])[messages[1], messages[0]]).Select(m => (m.Target, m.TargetUid, m.Id, m.SentAt)), full.Messages.Select(m => (m.Target, m.TargetUid, m.Id, m.SentAt)));
        ClaimedExecution empty = claimed.Single(c => c.Row.Uid == bare.Uid);
        Assert.Empty(empty.Journal);
        Assert.Empty(empty.Messages);
        Assert.Equal((await ReadAsync(store, row)).ResourceVersion, full.Row.ResourceVersion);
    }

    [SkippableFact]
    public async Task A_claim_takes_what_is_free_its_own_or_a_dead_silos_and_leaves_the_rest()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store, "me");
        SiloId other = await Make.LiveSiloAsync(store, "other");
        SiloId gone = await Make.LiveSiloAsync(store, "gone");
        await store.UnregisterSiloAsync(gone, None);
        ExecutionRow[] takes = [Make.Row("unowned"), Make.Row("own", me), Make.Row("gone", gone), Make.Row("unheard-of", Make.Silo())];
        ExecutionRow[] leaves =
            [Make.Row("live", other), Make.Row("ended").Ended(), Make.Row("held") with { Held = true }, Make.Row("own-ended", me).Ended()];
        await ApplyAsync(store, [.. takes.Concat(leaves).Select(row => Make.Insert(row))]);

        IReadOnlyList<ClaimedExecution> claimed = await store.ClaimAsync(me, [.. leaves.Concat(takes).Select(row => row.Key)], Make.NoLimits, None);

        Assert.Equal(takes.Select(row => row.Key.Name).Order(StringComparer.Ordinal), claimed.Select(c => c.Row.Key.Name).Order(StringComparer.Ordinal));
        Assert.All(claimed, c => Assert.Equal(takes.Single(row => row.Uid == c.Row.Uid).Epoch + 1, c.Row.Epoch));
        Assert.Equal(other, (await ReadAsync(store, leaves[0])).Owner);
    }

    [SkippableFact]
    public async Task A_silo_without_a_lease_gets_nothing()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row();
        await ApplyAsync(store, Make.Insert(row));
        Assert.Empty(await store.ClaimAsync(Make.Silo(), [row.Key], Make.NoLimits, None));
        Assert.Empty(await store.ClaimAsync(Make.Silo(), [], Make.NoLimits, None));
    }

    [SkippableFact]
    public async Task A_lease_that_runs_out_frees_the_executions_and_a_renewal_keeps_them()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store, "me");
        SiloId weak = Make.Silo();
        await Eventually.TrueAsync(
            async () =>
            {
                await store.RegisterSiloAsync(Make.Registration(weak, "weak", TimeSpan.FromMilliseconds(30)), None);
                return await store.RenewLeaseAsync(weak, Make.LongLease, default, None) == LeaseRenewal.Renewed;
            },
            "the lease of 30 ms to be renewed before it is over, as it may be where the machine is busy");
        ExecutionRow row = Make.Row(owner: weak);
        await ApplyAsync(store, Make.Insert(row));
        Assert.Empty(await store.ClaimAsync(me, [row.Key], Make.NoLimits, None));

        Assert.Equal(LeaseRenewal.Renewed, await store.RenewLeaseAsync(weak, TimeSpan.FromMilliseconds(30), default, None));
        await Eventually.TrueAsync(async () => (await store.ClaimAsync(me, [row.Key], Make.NoLimits, None)).Count == 1, "the lease of 30 ms to run out");

        Assert.Equal(CommitOutcome.Fenced, await CommitOneAsync(store, Make.Update(row.Next())));
    }

    [SkippableFact]
    public async Task A_silo_that_comes_back_under_its_name_ends_its_former_lease()
    {
        IExecutionStore store = await OpenAsync();
        SiloId before = await Make.LiveSiloAsync(store, "silo-0");
        SiloId bystander = await Make.LiveSiloAsync(store, "silo-1");
        ExecutionRow row = Make.Row(owner: before);
        await ApplyAsync(store, Make.Insert(row));

        SiloId after = await Make.LiveSiloAsync(store, "silo-0");

        Assert.Equal(LeaseRenewal.Gone, await store.RenewLeaseAsync(before, Make.LongLease, default, None));
        Assert.Equal(LeaseRenewal.Renewed, await store.RenewLeaseAsync(bystander, Make.LongLease, default, None));
        Assert.Equal(LeaseRenewal.Renewed, await store.RenewLeaseAsync(after, Make.LongLease, default, None));
        Assert.Single(await store.ClaimAsync(after, [row.Key], Make.NoLimits, None));
    }

    [SkippableFact]
    public async Task Registering_twice_is_registering_once_and_a_silo_that_left_cannot_renew()
    {
        IExecutionStore store = await OpenAsync();
        SiloId silo = await Make.LiveSiloAsync(store);
        await store.RegisterSiloAsync(Make.Registration(silo, "a", Make.LongLease), None);
        Assert.Equal(LeaseRenewal.Renewed, await store.RenewLeaseAsync(silo, Make.LongLease, default, None));
        await store.UnregisterSiloAsync(silo, None);
        await store.UnregisterSiloAsync(silo, None);
        Assert.Equal(LeaseRenewal.Gone, await store.RenewLeaseAsync(silo, Make.LongLease, default, None));
        Assert.Equal(LeaseRenewal.Gone, await store.RenewLeaseAsync(Make.Silo(), Make.LongLease, default, None));
    }

    [SkippableFact]
    public async Task Due_executions_are_found_if_nobody_alive_owns_them()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store, "me");
        SiloId other = await Make.LiveSiloAsync(store, "other");
        SiloId dead = Make.Silo();
        SiloId dead2 = Make.Silo();
        ExecutionRow[] due =
        [
            Make.Row("1") with { WakeAt = Make.Now.AddMinutes(-4) },
            Make.Row("2", dead) with { WakeAt = Make.Now.AddMinutes(-3) },
            Make.Row("3", dead2) with { WakeAt = Make.Now.AddMinutes(-2) },
            Make.Row("4") with { WakeAt = Make.Now },
        ];
        ExecutionRow[] others =
        [
            Make.Row("later") with { Phase = ExecutionPhase.Suspended, WakeAt = Make.Now.AddTicks(10) },
            Make.Row("later-dead", dead) with { WakeAt = Make.Now.AddTicks(10) },
            Make.Row("never") with { WakeAt = null },
            Make.Row("mine", me),
            Make.Row("others", other),
            Make.Row("held") with { Held = true },
            Make.Row("held-dead", dead) with { Held = true },
            Make.Row("ended") with { Phase = ExecutionPhase.Failed },
            Make.Row("unknown") with { Function = "unknown" },
            Make.Row("unknown-dead", dead) with { Function = "unknown" },
        ];
        await ApplyAsync(store, [.. others.Concat(due.Reverse()).Select(row => Make.Insert(row))]);

        Assert.Equal(["1", "2", "3", "4"], await FindAsync(store, me));
        Assert.Equal(["1", "2"], await FindAsync(store, me, limit: 2));
        Assert.Empty(await store.FindClaimableAsync(me, [], Make.Now, 10, None));
        Assert.Equal("unknown", Assert.Single(await store.FindClaimableAsync(me, ["unknown", "x'y"], Make.Now, 1, None)).Name);
    }

    [SkippableFact]
    public async Task Executions_with_messages_are_found_whatever_their_time()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store, "me");
        SiloId other = await Make.LiveSiloAsync(store, "other");
        ExecutionRow[] told =
        [
            Make.Row("a-unowned") with { WakeAt = null },
            Make.Row("b-mine", me) with { WakeAt = Make.Now.AddYears(1) },
            Make.Row("c-dead", Make.Silo()) with { WakeAt = null },
        ];
        ExecutionRow[] others =
        [
            Make.Row("others", other), Make.Row("held") with { Held = true, WakeAt = null }, Make.Row("ended").Ended(),
            Make.Row("unknown") with { Function = "unknown" },
        ];
        ExecutionRow stale = Make.Row("stale") with { WakeAt = null };
        await ApplyAsync(store, [.. told.Concat(others).Select(row => Make.Insert(row).With(Make.Message(row)))]);
        await ApplyAsync(store, Make.Insert(stale).With(Make.Message(stale) with { TargetUid = Guid.NewGuid() }));

        Assert.Equal(["a-unowned", "b-mine", "c-dead"], await FindAsync(store, me));
        Assert.Equal(["a-unowned"], await FindAsync(store, me, limit: 1));
    }

    [SkippableFact]
    public async Task An_execution_both_due_and_told_is_found_once_and_due_ones_come_first()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store, "me");
        ExecutionRow told = Make.Row("told") with { WakeAt = null };
        ExecutionRow both = Make.Row("both");
        await ApplyAsync(store, Make.Insert(told).With(Make.Message(told), Make.Message(told)), Make.Insert(both).With(Make.Message(both)));

        Assert.Equal(["both", "told"], await FindAsync(store, me));
    }

    [SkippableFact]
    public async Task A_consumed_message_does_not_make_an_execution_claimable()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store, "me");
        ExecutionRow row = Make.Row("row", me) with { WakeAt = null };
        Message message = Make.Message(row);
        await ApplyAsync(store, Make.Insert(row).With(message));
        CommitUnit consume = Make.Update(row.Next());
        consume.Consumed.Add(new MessageReference(row.Key, message.Id));
        await ApplyAsync(store, consume);

        Assert.Empty(await FindAsync(store, me));
    }

    [SkippableFact]
    public async Task Stored_messages_are_read_by_target_in_the_order_they_were_stored_whoever_owns_it()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow a = Make.Row("a", Make.Silo());
        ExecutionRow b = Make.Row("b") with { WakeAt = null };
        ExecutionRow other = Make.Row("other");
        ExecutionRow quoted = Make.Row("it's \"quoted\"", ns: "n");
        Message[] messages =
        [
            Make.Message(a, "1"), Make.Message(a, "2"), Make.Message(b, "3"), Make.Message(b, "consumed"), Make.Message(quoted, "4"),
        ];
        Message stale = Make.Message(a, "stale") with { TargetUid = Guid.NewGuid() };
        await ApplyAsync(
            store,
            Make.Insert(quoted).With(messages[4]), Make.Insert(b).With(messages[3], messages[2]), Make.Insert(a).With(messages[1], stale, messages[0]),
            Make.Insert(other).With(Make.Message(other)), Make.Send(Make.Message(Make.Row("gone")), requireTarget: false));
        CommitUnit consume = Make.Update(b.Next());
        consume.Consumed.Add(new MessageReference(b.Key, messages[3].Id));
        await store.CommitAsync([consume], None);
        ExecutionKey[] keys = [b.Key, quoted.Key, new("default", "gone"), new("default", "missing"), a.Key, b.Key];

        IReadOnlyList<Message> all = await store.ReadMessagesAsync(keys, 100, None);

        Assert.Equal(["2", "1", "3", "4"], all.Select(message => message.Body.Text()));
        Assert.Equal((a.Key, a.Uid, messages[1].Id, messages[1].SentAt), (all[0].Target, all[0].TargetUid, all[0].Id, all[0].SentAt));
        Assert.Equal(["2", "1", "3"], (await store.ReadMessagesAsync(keys, 3, None)).Select(message => message.Body.Text()));
        Assert.Empty(await store.ReadMessagesAsync([], 100, None));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.ReadMessagesAsync(keys, 0, None));
        await Assert.ThrowsAsync<ArgumentException>(() => store.ReadMessagesAsync(new ExecutionKey[1001], 1, None));
    }

    [SkippableFact]
    public async Task New_ones_of_low_rank_are_found_though_a_dead_silo_owns_them_or_the_answer_of_a_claim_was_lost()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store);
        SiloId dead = Make.Silo();
        DateTimeOffset within = Make.Now + StoreArguments.PendingAhead;
        ExecutionRow New(string name, SiloId owner, DateTimeOffset at) => Make.Row(name, owner) with { Phase = ExecutionPhase.Pending, WakeAt = at };
        ExecutionRow[] rows =
        [
            New("dead", dead, within), New("dead-later", dead, within.AddSeconds(1)), Make.Row("dead-sleeps", dead) with { WakeAt = Make.Now.AddMinutes(1) },
            New("mine", me, within), New("mine-later", me, within.AddSeconds(1)), Make.Row("mine-sleeps", me) with { WakeAt = Make.Now.AddMinutes(1) },
            New("mine-due", me, Make.Now.AddMinutes(-1)),
        ];
        await ApplyAsync(store, [.. rows.Select(row => Make.Insert(row))]);

        Assert.Equal(["dead"], await FindAsync(store, me));
        Assert.Equal(
            [new WakeUp(rows[6].Key, Make.Now.AddMinutes(-1)), new WakeUp(rows[3].Key, within)], await store.ReadWakeUpsAsync(me, Make.Now, null, 10, None));
    }

    [SkippableFact]
    public async Task Messages_nobody_will_read_are_deleted_when_they_are_old()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow live = Make.Row("live");
        ExecutionRow ended = Make.Row("ended").Ended();
        Message kept = Make.Message(live, "kept");
        await ApplyAsync(
            store,
            Make.Insert(live).With(kept, Make.Message(live) with { TargetUid = Guid.NewGuid() }),
            Make.Insert(ended).With(Make.Message(ended), Make.Message(ended)),
            Make.Send(Make.Message(Make.Row("gone")), requireTarget: false),
            Make.Send(Make.Message(Make.Row("gone")) with { SentAt = Make.Now.AddTicks(10) }, requireTarget: false));

        Assert.Equal(0, await store.DeleteDeadMessagesAsync(Make.Now, 100, None));
        Assert.Equal(3, await store.DeleteDeadMessagesAsync(Make.Now.AddTicks(10), 3, None));
        Assert.Equal(1, await store.DeleteDeadMessagesAsync(Make.Now.AddTicks(10), 100, None));
        Assert.Equal(1, await store.DeleteDeadMessagesAsync(Make.Now.AddTicks(20), 100, None));
        Assert.Equal(kept.Id, Assert.Single(await ClaimMessagesAsync(store, live)).Id);
    }

    private static async Task<string[]> FindAsync(IExecutionStore store, SiloId silo, int limit = 100) =>
        [.. (await store.FindClaimableAsync(silo, Functions, Make.Now, limit, None)).Select(key => key.Name)];
}
