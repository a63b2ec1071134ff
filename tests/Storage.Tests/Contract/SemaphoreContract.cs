using Kontinue.Engine.Storage;
using Kontinue.Storage.Tests.Backends;
using Xunit;

namespace Kontinue.Storage.Tests.Contract;

/// <summary>Who is let in, when, and what gives a permit back.</summary>
public abstract class SemaphoreContract(StoreBackend backend) : StoreContract(backend)
{
    private const string A = "function/default/work";
    private const string B = "mutex/default/it's \"a\\b\", {c}";
    private static readonly string[] Functions = ["work"];

    [SkippableFact]
    public async Task A_new_execution_waits_for_its_first_semaphore_and_holds_all_from_the_claim_to_its_end()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store);
        ExecutionRow row = Waiting("row", 0, A, B);
        await ApplyAsync(store, Make.Insert(row));
        ExecutionRow stored = await ReadAsync(store, row);
        Assert.Equal(A, stored.AwaitedSemaphore);
        Assert.Equal([A, B], stored.Semaphores);
        Assert.Equal(["row: A of 0, needs 2"], await FindAsync(store, me, A, B));

        ClaimedExecution claimed = Assert.Single(await store.ClaimAsync(me, [row.Key], Limits((A, 1), (B, 1)), None));

        Assert.Equal((me, 1, null), (claimed.Row.Owner, claimed.Row.Epoch, claimed.Row.AwaitedSemaphore));
        Assert.Equal([A, B], claimed.Row.Semaphores);
        Assert.Equal(["row"], await HoldersAsync(store, A));
        Assert.Equal(["row"], await HoldersAsync(store, B));
        ExecutionRow suspended = claimed.Row.Next() with { Phase = ExecutionPhase.Suspended };
        await ApplyAsync(store, Make.Update(suspended));
        Assert.Equal(["row"], await HoldersAsync(store, A));

        await ApplyAsync(store, Make.Update(suspended.Next().Ended()));
        Assert.Empty(await HoldersAsync(store, A));
        Assert.Empty(await HoldersAsync(store, B));
        Assert.Null((await ReadAsync(store, row)).AwaitedSemaphore);
        Assert.Empty(await store.ReadAwaitedSemaphoresAsync(null, 10, None));
    }

    [SkippableFact]
    public async Task As_many_are_let_in_as_there_are_permits_the_lowest_ranks_first()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store);
        ExecutionRow[] rows = [.. Enumerable.Range(0, 5).Select(i => Waiting($"{i}", 5 - i, A))];
        await ApplyAsync(store, [.. rows.Select(row => Make.Insert(row))]);

        Assert.Equal(["3", "4"], await ClaimAsync(store, me, Limits((A, 2)), rows));
        Assert.Empty(await ClaimAsync(store, me, Limits((A, 2)), rows[..3]));
        Assert.Equal(["2"], await ClaimAsync(store, me, Limits((A, 3)), rows[..3]));

        // A lower limit lets nobody in and puts nobody out.
        Assert.Empty(await ClaimAsync(store, me, Limits((A, 1)), rows[..2]));
        Assert.Equal(3, (await HoldersAsync(store, A)).Length);
        Assert.Equal(["1: A of 3, needs 1", "0: A of 3, needs 1"], await FindAsync(store, me, A));
    }

    [SkippableFact]
    public async Task Who_is_left_out_waits_for_the_first_semaphore_without_a_permit()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store);
        ExecutionRow holder = Waiting("holder", 0, B);
        ExecutionRow both = Waiting("both", 1, A, B);
        ExecutionRow other = Waiting("other", 2, A);
        await ApplyAsync(store, Make.Insert(holder), Make.Insert(both), Make.Insert(other));
        Assert.Equal(["holder"], await ClaimAsync(store, me, Limits((B, 1)), holder));

        long version = (await ReadAsync(store, both)).ResourceVersion;
        Assert.Empty(await ClaimAsync(store, me, Limits((A, 1), (B, 1)), both));
        ExecutionRow waiting = await ReadAsync(store, both);
        Assert.Equal((B, null, 0), (waiting.AwaitedSemaphore, waiting.Owner, waiting.Epoch));
        Assert.True(waiting.ResourceVersion > version);
        Assert.Empty(await ClaimAsync(store, me, Limits((A, 1), (B, 1)), both));
        Assert.Equal(waiting.ResourceVersion, (await ReadAsync(store, both)).ResourceVersion);
        Assert.Empty(await HoldersAsync(store, A));

        // It keeps nobody out where it could be let in.
        Assert.Equal(["other"], await ClaimAsync(store, me, Limits((A, 1), (B, 1)), both, other));
        await EndAsync(store, other);
        await EndAsync(store, holder);
        Assert.Equal(["both"], await ClaimAsync(store, me, Limits((A, 1), (B, 1)), both));
    }

    [SkippableFact]
    public async Task Nobody_is_let_in_whose_limits_are_not_all_known()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store);
        ExecutionRow row = Waiting("row", 0, A, B);
        await ApplyAsync(store, Make.Insert(row));

        Assert.Empty(await ClaimAsync(store, me, Make.NoLimits, row));
        Assert.Empty(await ClaimAsync(store, me, Limits((A, 1)), row));
        Assert.Equal(A, (await ReadAsync(store, row)).AwaitedSemaphore);
        Assert.Empty(await HoldersAsync(store, A));
        Assert.Equal(["row"], await ClaimAsync(store, me, Limits((A, 1), (B, 1)), row));
    }

    [SkippableFact]
    public async Task A_message_lets_a_waiting_execution_be_claimed_though_not_let_in()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store);
        ExecutionRow holder = Waiting("holder", 0, A);
        ExecutionRow told = Waiting("told", 1, A);
        await ApplyAsync(store, Make.Insert(holder), Make.Insert(told).With(Make.Message(told)));
        Assert.Equal(["told"], await DueAsync(store, me));
        Assert.Equal(["holder"], await ClaimAsync(store, me, Limits((A, 1)), holder));

        ClaimedExecution unlimited = Assert.Single(await store.ClaimAsync(me, [told.Key], Make.NoLimits, None));
        ClaimedExecution limited = Assert.Single(await store.ClaimAsync(me, [told.Key], Limits((A, 1)), None));

        Assert.Equal((A, 1), (unlimited.Row.AwaitedSemaphore, unlimited.Messages.Count));
        Assert.Equal((A, me, 2), (limited.Row.AwaitedSemaphore, limited.Row.Owner, limited.Row.Epoch));
        Assert.Equal(["holder"], await HoldersAsync(store, A));
        Assert.Empty(await store.ReadWakeUpsAsync(me, Make.Now.AddDays(1), null, 10, None)
            is { } wakes ? wakes.Where(wake => wake.Key == told.Key) : []);
        await EndAsync(store, holder);
        ClaimedExecution letIn = Assert.Single(await store.ClaimAsync(me, [told.Key], Limits((A, 1)), None));
        Assert.Null(letIn.Row.AwaitedSemaphore);
        Assert.Equal(["told"], await HoldersAsync(store, A));
    }

    [SkippableFact]
    public async Task A_dead_silos_executions_keep_their_permits_and_their_next_owner_needs_no_limit()
    {
        IExecutionStore store = await OpenAsync();
        SiloId gone = await Make.LiveSiloAsync(store, "gone");
        SiloId me = await Make.LiveSiloAsync(store, "me");
        ExecutionRow first = Waiting("first", 0, A);
        ExecutionRow second = Waiting("second", 1, A);
        await ApplyAsync(store, Make.Insert(first), Make.Insert(second));
        Assert.Equal(["first"], await ClaimAsync(store, gone, Limits((A, 1)), first));
        await store.UnregisterSiloAsync(gone, None);

        Assert.Empty(await ClaimAsync(store, me, Limits((A, 1)), second));
        Assert.Equal(["first"], await DueAsync(store, me));
        Assert.Equal(["first"], await ClaimAsync(store, me, Make.NoLimits, first));
        Assert.Equal(["first"], await HoldersAsync(store, A));
    }

    [SkippableFact]
    public async Task A_fenced_end_gives_nothing_back_and_a_repeated_one_nothing_twice()
    {
        IExecutionStore store = await OpenAsync();
        SiloId gone = await Make.LiveSiloAsync(store, "gone");
        SiloId me = await Make.LiveSiloAsync(store, "me");
        ExecutionRow row = Waiting("row", 0, A);
        await ApplyAsync(store, Make.Insert(row));
        ExecutionRow old = Assert.Single(await store.ClaimAsync(gone, [row.Key], Limits((A, 1)), None)).Row;
        await store.UnregisterSiloAsync(gone, None);
        ExecutionRow current = Assert.Single(await store.ClaimAsync(me, [row.Key], Make.NoLimits, None)).Row;

        Assert.Equal(CommitOutcome.Fenced, await CommitOneAsync(store, Make.Update(old.Next().Ended())));
        Assert.Equal(["row"], await HoldersAsync(store, A));
        CommitUnit end = Make.Update(current.Next().Ended());
        await ApplyAsync(store, end);
        ExecutionRow next = Waiting("next", 0, A);
        await ApplyAsync(store, Make.Insert(next));
        Assert.Equal(["next"], await ClaimAsync(store, me, Limits((A, 1)), next));
        await ApplyAsync(store, end);
        Assert.Equal(["next"], await HoldersAsync(store, A));
    }

    [SkippableFact]
    public async Task An_end_beside_a_refused_unit_gives_its_permit_back()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store);
        ExecutionRow row = Waiting("row", 0, A);
        await ApplyAsync(store, Make.Insert(row));
        ExecutionRow claimed = Assert.Single(await store.ClaimAsync(me, [row.Key], Limits((A, 1)), None)).Row;

        CommitOutcome[] outcomes = await store.CommitAsync([Make.Insert(Make.Row("row")), Make.Update(claimed.Next().Ended())], None);

        Assert.Equal([CommitOutcome.AlreadyExists, CommitOutcome.Applied], outcomes);
        Assert.Empty(await HoldersAsync(store, A));
    }

    [SkippableFact]
    public async Task A_deletion_gives_permits_back_forced_or_not()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store);
        ExecutionRow forced = Waiting("forced", 0, A, B);
        ExecutionRow kept = Waiting("kept", 1, A);
        await ApplyAsync(store, Make.Insert(forced), Make.Insert(kept));
        Assert.Equal(["forced", "kept"], await ClaimAsync(store, me, Limits((A, 2), (B, 1)), forced, kept));

        Assert.Equal(0, await store.DeleteAsync([Make.Deletion(forced)], None));
        Assert.Equal(["forced", "kept"], await HoldersAsync(store, A));
        Assert.Equal(1, await store.DeleteAsync([Make.Deletion(forced, force: true)], None));
        Assert.Equal(["kept"], await HoldersAsync(store, A));
        Assert.Empty(await HoldersAsync(store, B));
    }

    [SkippableFact]
    public async Task An_ended_execution_that_goes_on_must_be_let_in_anew()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store);
        ExecutionRow row = Waiting("row", 0, A, B);
        ExecutionRow plain = Make.Row("plain");
        await ApplyAsync(store, Make.Insert(row), Make.Insert(plain));
        await store.ClaimAsync(me, [row.Key, plain.Key], Limits((A, 1), (B, 1)), None);
        await EndAsync(store, row);
        await EndAsync(store, plain);

        foreach (ExecutionRow ended in new[] { row, plain })
        {
            await ApplyAsync(store, Make.Update(
                (await ReadAsync(store, ended)).Next() with { Phase = ExecutionPhase.Pending, WakeAt = Make.Now, FinishedAt = null },
                write => write.ReleasesOwner = true));
        }

        Assert.Equal((A, null), ((await ReadAsync(store, row)).AwaitedSemaphore, (await ReadAsync(store, plain)).AwaitedSemaphore));
        Assert.Empty(await HoldersAsync(store, A));
        Assert.Equal(["plain"], await ClaimAsync(store, me, Make.NoLimits, row, plain));
        Assert.Equal(["row"], await ClaimAsync(store, me, Limits((A, 1), (B, 1)), row));
    }

    [SkippableFact]
    public async Task Waiting_executions_are_found_by_semaphore_in_the_order_of_their_ranks()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store, "me");
        SiloId other = await Make.LiveSiloAsync(store, "other");
        ExecutionRow[] rows =
        [
            Waiting("a2", 2, A), Waiting("a1", 1, A, B) with { WorkerGroup = "default" }, Waiting("a3", 3, A), Waiting("b1", 1, B),
        ];
        ExecutionRow[] others =
        [
            Waiting("foreign", 0, A) with { WorkerGroup = "gpu" }, Waiting("unknown", 0, A) with { Function = "unknown" },
            Waiting("held", 0, A) with { Held = true }, Waiting("ended", 0, A).Ended(), Make.Row("plain"),
        ];
        ExecutionRow owned = Waiting("owned", 0, A);
        await ApplyAsync(store, [.. rows.Concat(others).Select(row => Make.Insert(row)), Make.Insert(owned).With(Make.Message(owned))]);
        Assert.Equal(["owned"], await ClaimAsync(store, other, Make.NoLimits, owned));

        Assert.Equal(["a1: A of 0, needs 2", "a2: A of 0, needs 1", "a3: A of 0, needs 1", "b1: B of 0, needs 1"], await FindAsync(store, me, B, A, A));
        Assert.Equal(["a1", "b1"], (await store.FindWaitingAsync(me, Functions, [A, B], 1, None)).Select(w => w.Key.Name));
        Assert.Equal("unknown", Assert.Single(await store.FindWaitingAsync(me, ["unknown"], [A], 10, None)).Function);
        Assert.Equal(["foreign", "a2", "a3"], (await store.FindWaitingAsync(
            await GroupSiloAsync(store, "gpu"), Functions, [A], 10, None)).Select(w => w.Key.Name));
        Assert.Empty(await store.FindWaitingAsync(me, Functions, [], 10, None));
        Assert.Empty(await store.FindWaitingAsync(me, Functions, ["mutex/default/other"], 10, None));
        Assert.Equal(["plain"], await DueAsync(store, me));
        await store.UnregisterSiloAsync(other, None);
        Assert.Equal(["owned", "a1", "a2", "a3"], (await store.FindWaitingAsync(me, Functions, [A], 10, None)).Select(w => w.Key.Name));
    }

    [SkippableFact]
    public async Task Awaited_semaphores_and_holders_are_read_in_order_and_in_pages()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store);
        ExecutionRow[] rows = [Waiting("1", 0, "m/b"), Waiting("2", 0, "m/B"), Waiting("3", 0, "m/b"), Waiting("4", 0, "m/c"), Waiting("5", 0, "m/é")];
        await ApplyAsync(store, [.. rows.Select(row => Make.Insert(row))]);

        Assert.Equal(["m/B", "m/b", "m/c", "m/é"], await store.ReadAwaitedSemaphoresAsync(null, 10, None));
        Assert.Equal(["m/b", "m/c"], await store.ReadAwaitedSemaphoresAsync("m/B", 2, None));
        Assert.Empty(await store.ReadAwaitedSemaphoresAsync("m/é", 10, None));
        Assert.Equal(["1", "3"], await ClaimAsync(store, me, Limits(("m/b", 5)), rows));
        Assert.Equal(["1", "3"], await HoldersAsync(store, "m/b"));
        Assert.Equal("1", Assert.Single(await store.ReadHoldersAsync("m/b", 1, None)).Name);
        Assert.Equal(["m/B", "m/c", "m/é"], await store.ReadAwaitedSemaphoresAsync(null, 10, None));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.FindWaitingAsync(me, Functions, [A], 1001, None));
        await Assert.ThrowsAsync<ArgumentException>(() => store.FindWaitingAsync(me, Functions, new string[1001], 1, None));
    }

    private static ExecutionRow Waiting(string name, int rank, params string[] semaphores) =>
        Make.Row(name) with { WakeAt = Make.Now.AddSeconds(rank), Semaphores = semaphores };

    private static Dictionary<string, int> Limits(params (string Semaphore, int Permits)[] limits) =>
        limits.ToDictionary(limit => limit.Semaphore, limit => limit.Permits, StringComparer.Ordinal);

    private static async Task<SiloId> GroupSiloAsync(IExecutionStore store, string group)
    {
        SiloId silo = Make.Silo();
        await store.RegisterSiloAsync(Make.Registration(silo, $"silo-of-{group}", Make.LongLease) with { WorkerGroup = group }, None);
        return silo;
    }

    private static async Task EndAsync(IExecutionStore store, ExecutionRow row) =>
        await ApplyAsync(store, Make.Update((await ReadAsync(store, row)).Next().Ended()));

    private static async Task<string[]> ClaimAsync(
        IExecutionStore store, SiloId silo, IReadOnlyDictionary<string, int> limits, params ExecutionRow[] rows) =>
        [.. (await store.ClaimAsync(silo, [.. rows.Select(row => row.Key)], limits, None)).Select(c => c.Row.Key.Name).Order(StringComparer.Ordinal)];

    private static async Task<string[]> HoldersAsync(IExecutionStore store, string semaphore) =>
        [.. (await store.ReadHoldersAsync(semaphore, 100, None)).Select(key => key.Name)];

    private static async Task<string[]> FindAsync(IExecutionStore store, SiloId silo, params string[] semaphores) =>
        [.. (await store.FindWaitingAsync(silo, Functions, semaphores, 100, None)).Select(
            w => $"{w.Key.Name}: {(string.Equals(w.Awaited, A, StringComparison.Ordinal) ? 'A' : 'B')} of {w.Held}, needs {w.Semaphores.Count}")];

    private static async Task<string[]> DueAsync(IExecutionStore store, SiloId silo) =>
        [.. (await store.FindClaimableAsync(silo, Functions, Make.Now.AddHours(1), 100, None)).Select(key => key.Name)];
}
