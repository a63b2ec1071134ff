using Kontinue.Engine.Storage;
using Kontinue.Storage.Tests.Backends;
using Xunit;

namespace Kontinue.Storage.Tests.Contract;

/// <summary>Which silos there are, what they can run, and what belongs to which of them.</summary>
public abstract class SiloContract(StoreBackend backend) : StoreContract(backend)
{
    private static readonly string[] Functions = ["work"];

    [SkippableFact]
    public async Task A_silo_is_read_as_it_was_registered_with_the_load_it_reported_last()
    {
        IExecutionStore store = await OpenAsync();
        SiloId b = await RegisterAsync(store, "b", "gpu");
        SiloId a = await RegisterAsync(store, "a");

        IReadOnlyList<SiloRow> silos = await store.ReadSilosAsync(onlyAlive: false, 10, None);
        Assert.Equal([a, b], silos.Select(silo => silo.Id));
        Assert.Equal(("b", "gpu", "1.0", 100), (silos[1].Name, silos[1].WorkerGroup, silos[1].Version, silos[1].Capacity));
        Assert.Equal((default, true, false), (silos[1].Load, silos[1].IsAlive, silos[1].HasStopped));
        Assert.Equal(silos[1].StartedAt, silos[1].RenewedAt);
        Assert.Equal(Make.LongLease, silos[1].LeaseUntil - silos[1].StartedAt);

        await store.ReportLoadAsync(b, new SiloLoad(1, 2, 3), None);
        SiloRow reported = (await store.ReadSilosAsync(onlyAlive: true, 10, None))[1];
        Assert.Equal(silos[1] with { Load = new SiloLoad(1, 2, 3) }, reported);
        Assert.Equal(LeaseRenewal.Renewed, await store.RenewLeaseAsync(b, 2 * Make.LongLease, new SiloLoad(4, 5, 6), None));
        SiloRow renewed = (await store.ReadSilosAsync(onlyAlive: true, 10, None))[1];
        Assert.Equal(new SiloLoad(4, 5, 6), renewed.Load);
        Assert.Equal(reported.StartedAt, renewed.StartedAt);
        Assert.True(renewed.RenewedAt >= reported.RenewedAt && renewed.LeaseUntil > reported.LeaseUntil);
        Assert.Equal(a, Assert.Single(await store.ReadSilosAsync(onlyAlive: false, 1, None)).Id);
        await store.ReportLoadAsync(Make.Silo(), new SiloLoad(1, 2, 3), None);
        Assert.Equal(2, (await store.ReadSilosAsync(onlyAlive: false, 10, None)).Count);
    }

    [SkippableFact]
    public async Task A_silo_that_left_is_remembered_as_stopped_until_its_name_comes_back()
    {
        IExecutionStore store = await OpenAsync();
        SiloId left = await RegisterAsync(store, "same");
        SiloId other = await RegisterAsync(store, "other");
        await store.UnregisterSiloAsync(left, None);
        await store.ReportLoadAsync(left, new SiloLoad(1, 2, 3), None);

        SiloRow stopped = (await store.ReadSilosAsync(onlyAlive: false, 10, None)).Single(silo => silo.Id == left);
        Assert.Equal((false, true, default), (stopped.IsAlive, stopped.HasStopped, stopped.Load));
        Assert.Equal(other, Assert.Single(await store.ReadSilosAsync(onlyAlive: true, 10, None)).Id);

        SiloId back = await RegisterAsync(store, "same");
        Assert.Equal([other, back], (await store.ReadSilosAsync(onlyAlive: false, 10, None)).Select(silo => silo.Id));
        await store.UnregisterSiloAsync(back, None);
        await store.RegisterSiloAsync(Make.Registration(back, "same", Make.LongLease), None);
        SiloRow again = (await store.ReadSilosAsync(onlyAlive: false, 10, None)).Single(silo => silo.Id == back);
        Assert.Equal((true, false), (again.IsAlive, again.HasStopped));
    }

    [SkippableFact]
    public async Task A_silo_that_was_declared_dead_is_not_renewed_and_keeps_what_it_has_until_it_must_have_noticed()
    {
        IExecutionStore store = await OpenAsync();
        SiloId dead = await RegisterAsync(store, "dead");
        SiloId other = await RegisterAsync(store, "other");
        ExecutionRow row = Make.Row("owned", dead);
        await ApplyAsync(store, Make.Insert(row));
        TimeSpan delay = Make.LongLease / 2;

        TimeSpan wait = await store.DeclareDeadAsync(dead, delay, None);
        Assert.InRange(wait, delay / 2, delay);
        Assert.Equal(LeaseRenewal.Gone, await store.RenewLeaseAsync(dead, Make.LongLease, default, None));
        SiloRow left = (await store.ReadSilosAsync(onlyAlive: true, 10, None)).Single(silo => silo.Id == dead);
        Assert.Equal((true, true, delay), (left.IsAlive, left.HasStopped, left.LeaseUntil - left.RenewedAt));
        Assert.Empty(await store.FindClaimableAsync(other, Functions, Make.Now, 10, None));
        Assert.Empty(await store.ClaimAsync(other, [row.Key], Make.NoLimits, None));

        // No later than it was to be, and sooner.
        Assert.InRange(await store.DeclareDeadAsync(dead, 2 * Make.LongLease, None), TimeSpan.Zero, wait);
        Assert.Equal(TimeSpan.Zero, await store.DeclareDeadAsync(dead, TimeSpan.Zero, None));
        Assert.Equal(row.Key, Assert.Single(await store.ClaimAsync(other, [row.Key], Make.NoLimits, None)).Row.Key);
        Assert.Equal(TimeSpan.Zero, await store.DeclareDeadAsync(dead, delay, None));
        Assert.Equal(TimeSpan.Zero, await store.DeclareDeadAsync(Make.Silo(), delay, None));
    }

    [SkippableFact]
    public async Task A_silo_whose_lease_ran_out_is_dead_but_has_not_stopped()
    {
        IExecutionStore store = await OpenAsync();
        SiloId silo = Make.Silo();
        await store.RegisterSiloAsync(Make.Registration(silo, "weak", TimeSpan.FromMilliseconds(1)), None);
        await Eventually.TrueAsync(
            async () => (await store.ReadSilosAsync(onlyAlive: true, 10, None)).Count == 0, "the lease of 1 ms to run out");
        SiloRow dead = Assert.Single(await store.ReadSilosAsync(onlyAlive: false, 10, None));
        Assert.Equal((false, false), (dead.IsAlive, dead.HasStopped));
        Assert.Equal(LeaseRenewal.Lapsed, await store.RenewLeaseAsync(silo, Make.LongLease, default, None));
        Assert.Equal(silo, Assert.Single(await store.ReadSilosAsync(onlyAlive: true, 10, None)).Id);
        Assert.Equal(LeaseRenewal.Renewed, await store.RenewLeaseAsync(silo, Make.LongLease, default, None));
    }

    [SkippableFact]
    public async Task Two_silos_that_register_one_name_at_once_leave_one()
    {
        IExecutionStore[] stores = [await OpenAsync(), await OpenAsync()];
        for (int round = 0; round < 10; round++)
        {
            await Task.WhenAll(stores.Select(store => Task.Run(() => RegisterAsync(store, "same"))));
            Assert.Single(await stores[0].ReadSilosAsync(onlyAlive: false, 10, None));
        }
    }

    [SkippableFact]
    public async Task Functions_are_read_by_name_and_group_as_they_were_registered_last()
    {
        IExecutionStore store = await OpenAsync();
        SiloId old = await RegisterAsync(store, "1", functions: [("pay", "1"), ("only-old", "1")]);
        await RegisterAsync(store, "2", functions: [("pay", "2")]);
        await RegisterAsync(store, "3", "gpu", [("pay", "3"), ("Draw", "3")]);
        await store.UnregisterSiloAsync(old, None);

        Assert.Equal(["gpu/Draw=3 True", "default/only-old=1 False", "default/pay=2 True", "gpu/pay=3 True"], await ReadFunctionsAsync(store));
        Assert.Equal(["gpu/Draw=3 True"], await ReadFunctionsAsync(store, limit: 1));

        // The same process again, and another of its name: what the former had is forgotten.
        await store.RegisterSiloAsync(Registration(old, "1", "default", [("pay", "4")]), None);
        Assert.Equal(["gpu/Draw=3 True", "default/pay=4 True", "gpu/pay=3 True"], await ReadFunctionsAsync(store));
        await RegisterAsync(store, "3", "gpu", [("Draw", "5")]);
        Assert.Equal(["gpu/Draw=5 True", "default/pay=4 True"], await ReadFunctionsAsync(store));
    }

    [SkippableFact]
    public async Task What_names_a_group_is_found_and_claimed_by_silos_of_that_group_only()
    {
        IExecutionStore store = await OpenAsync();
        SiloId plain = await RegisterAsync(store, "plain");
        SiloId gpu = await RegisterAsync(store, "gpu", "gpu");
        SiloId dead = await RegisterAsync(store, "dead", "gpu");
        await store.UnregisterSiloAsync(dead, None);
        ExecutionRow[] rows =
        [
            Make.Row("any"), Make.Row("gpu") with { WorkerGroup = "gpu" }, Make.Row("orphan", dead) with { WorkerGroup = "gpu" },
            Make.Row("told") with { WorkerGroup = "gpu", WakeAt = null }, Make.Row("default") with { WorkerGroup = "default" },
        ];
        await ApplyAsync(store, [.. rows.Select(row => Make.Insert(row)), Make.Send(Make.Message(rows[3]))]);
        ExecutionKey[] keys = [.. rows.Select(row => row.Key)];

        Assert.Equal(["any", "default"], Sorted(await store.FindClaimableAsync(plain, Functions, Make.Now, 10, None)));
        Assert.Equal(["any", "gpu", "orphan", "told"], Sorted(await store.FindClaimableAsync(gpu, Functions, Make.Now, 10, None)));
        Assert.Equal("gpu", (await ReadAsync(store, rows[1])).WorkerGroup);
        Assert.Equal(["any", "default"], Sorted((await store.ClaimAsync(plain, keys, Make.NoLimits, None)).Select(c => c.Row.Key)));
        Assert.Equal(
            ["gpu", "orphan", "told"],
            Sorted((await store.ClaimAsync(gpu, keys, new Dictionary<string, int>(StringComparer.Ordinal) { ["x"] = 1 }, None)).Select(c => c.Row.Key)));
        Assert.Equal(["gpu", "orphan"], Sorted((await store.ReadWakeUpsAsync(gpu, Make.Now, null, 10, None)).Select(wake => wake.Key)));
    }

    [SkippableFact]
    public async Task New_executions_are_found_ahead_of_their_rank_and_others_are_not()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await RegisterAsync(store, "me");
        DateTimeOffset ahead = Make.Now + StoreArguments.PendingAhead;
        ExecutionRow[] rows =
        [
            Make.Row("new") with { WakeAt = ahead }, Make.Row("soon") with { WakeAt = Make.Now.AddMinutes(1) },
            Make.Row("too-far") with { WakeAt = ahead.AddTicks(10) }, Make.Row("asleep") with { WakeAt = ahead, Phase = ExecutionPhase.Suspended },
            Make.Row("orphan", Make.Silo()) with { WakeAt = ahead, Phase = ExecutionPhase.Pending },
        ];
        await ApplyAsync(store, [.. rows.Select(row => Make.Insert(row))]);

        string[] found = [.. (await store.FindClaimableAsync(me, Functions, Make.Now, 10, None)).Select(key => key.Name)];
        Assert.Equal("soon", found[0]);
        Assert.Equal(["new", "orphan"], found[1..].Order(StringComparer.Ordinal));
    }

    [SkippableFact]
    public async Task A_silo_gives_up_what_it_owns_and_what_is_due_or_told()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await RegisterAsync(store, "me");
        SiloId other = await RegisterAsync(store, "other");
        ExecutionRow told = Make.Row("told", me) with { WakeAt = null };
        ExecutionRow[] given = [Make.Row("due", me), told];
        ExecutionRow[] kept =
        [
            Make.Row("later", me) with { WakeAt = Make.Now.AddTicks(10) }, Make.Row("never", me) with { WakeAt = null }, Make.Row("ended", me).Ended(),
            Make.Row("held", me) with { Held = true }, Make.Row("others", other),
        ];
        await ApplyAsync(store, [.. given.Concat(kept).Select(row => Make.Insert(row)), Make.Send(Make.Message(told))]);
        long version = (await ReadAsync(store, told)).ResourceVersion;

        ExecutionKey[] keys = [.. given.Concat(kept).Select(row => row.Key), new("default", "missing"), told.Key];
        Assert.Equal(2, await store.ReleaseAsync(me, keys, Make.Now, None));
        Assert.Equal(0, await store.ReleaseAsync(me, keys, Make.Now, None));
        Assert.Equal(0, await store.ReleaseAsync(me, [], Make.Now, None));

        ExecutionRow released = await ReadAsync(store, told);
        Assert.Equal((null, 1, 1), (released.Owner, released.Epoch, released.Revision));
        Assert.True(released.ResourceVersion > version);
        Assert.Equal(me, (await ReadAsync(store, kept[0])).Owner);
        Assert.Equal(["due", "told"], Sorted((await store.ClaimAsync(other, keys[..^2], Make.NoLimits, None))
            .Where(c => given.Any(row => row.Uid == c.Row.Uid)).Select(c => c.Row.Key)));
    }

    private static string[] Sorted(IEnumerable<ExecutionKey> keys) => [.. keys.Select(key => key.Name).Order(StringComparer.Ordinal)];

    private static async Task<string[]> ReadFunctionsAsync(IExecutionStore store, int limit = 100) =>
        [.. (await store.ReadFunctionsAsync(limit, None)).Select(f => $"{f.WorkerGroup}/{f.Name}={f.Definition} {f.IsAlive}")];

    private static async Task<SiloId> RegisterAsync(
        IExecutionStore store, string name, string group = "default", (string Name, string Definition)[]? functions = null)
    {
        SiloId silo = Make.Silo();
        await store.RegisterSiloAsync(Registration(silo, name, group, functions ?? []), None);
        return silo;
    }

    private static SiloRegistration Registration(SiloId silo, string name, string group, (string Name, string Definition)[] functions) =>
        Make.Registration(silo, name, Make.LongLease) with
        {
            WorkerGroup = group,
            Functions = [.. functions.Select(f => new FunctionRegistration(f.Name, JsonPayload.Parse(f.Definition)))],
        };
}
