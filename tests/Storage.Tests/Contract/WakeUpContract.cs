using Kontinue.Engine.Storage;
using Kontinue.Storage.Tests.Backends;
using Xunit;

namespace Kontinue.Storage.Tests.Contract;

/// <summary>What is to be taken up again: at its time, or because it is held no longer.</summary>
public abstract class WakeUpContract(StoreBackend backend) : StoreContract(backend)
{
    private static readonly string[] Functions = ["work"];

    [SkippableFact]
    public async Task A_silo_reads_its_own_wake_ups_soonest_first()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = Make.Silo();
        ExecutionRow[] rows =
        [
            Make.Row("c", me) with { WakeAt = Make.Now.AddSeconds(3) },
            Make.Row("a", me) with { WakeAt = Make.Now.AddSeconds(1) },
            Make.Row("b", me) with { WakeAt = Make.Now.AddSeconds(2) },
            Make.Row("late", me) with { WakeAt = Make.Now.AddSeconds(3).AddTicks(10) },
            Make.Row("never", me) with { WakeAt = null },
            Make.Row("not-mine", Make.Silo()),
            Make.Row("nobodys"),
        ];
        await ApplyAsync(store, [.. rows.Select(row => Make.Insert(row))]);

        IReadOnlyList<WakeUp> all = await store.ReadWakeUpsAsync(me, Make.Now.AddSeconds(3), null, 10, None);
        IReadOnlyList<WakeUp> two = await store.ReadWakeUpsAsync(me, Make.Now.AddSeconds(3), null, 2, None);

        Assert.Equal([("a", Make.Now.AddSeconds(1)), ("b", Make.Now.AddSeconds(2)), ("c", Make.Now.AddSeconds(3))], all.Select(w => (w.Key.Name, w.At)));
        Assert.Equal(["a", "b"], two.Select(w => w.Key.Name));
    }

    [SkippableFact]
    public async Task Wake_ups_are_read_on_behind_one_that_was_told_also_among_those_of_one_time()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store);
        (string Namespace, string Name, int Second, string? Group)[] all =
        [
            ("n", "b", 1, null), ("n", "c", 1, "default"), ("o", "a", 1, null), ("n", "a", 2, "default"), ("n", "d", 3, null),
        ];
        await ApplyAsync(store, [.. all.Reverse().Select(one => Make.Insert(
            Make.Row(one.Name, me, one.Namespace) with { WakeAt = Make.Now.AddSeconds(one.Second), WorkerGroup = one.Group }))]);

        List<WakeUp> told = [];
        IReadOnlyList<WakeUp> page;
        do
        {
            page = await store.ReadWakeUpsAsync(me, Make.Now.AddSeconds(3), told.Count == 0 ? null : told[^1], 2, None);
            told.AddRange(page);
        }
        while (page.Count == 2);

        Assert.Equal(all.Select(one => (one.Namespace, one.Name)), told.Select(wake => (wake.Key.Namespace, wake.Key.Name)));
    }

    [SkippableFact]
    public async Task Held_executions_are_released_to_anybody()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store, "me");
        SiloId other = await Make.LiveSiloAsync(store, "other");
        ExecutionRow held = Make.Row("held", other) with { Held = true, WakeAt = null };
        ExecutionRow unknown = Make.Row("unknown", other) with { Held = true, WakeAt = null, Function = "unknown" };
        ExecutionRow normal = Make.Row("normal", other);
        await ApplyAsync(store, Make.Insert(held), Make.Insert(unknown), Make.Insert(normal));
        long version = (await ReadAsync(store, held)).ResourceVersion;

        Assert.Equal(1, await store.ReleaseHeldAsync(me, Functions, Make.Now, 10, None));
        Assert.Equal(0, await store.ReleaseHeldAsync(me, Functions, Make.Now, 10, None));

        ExecutionRow released = await ReadAsync(store, held);
        Assert.Equal((false, null, Make.Now, 1), (released.Held, released.Owner, released.WakeAt, released.Epoch));
        Assert.True(released.ResourceVersion > version);
        Assert.Equal(other, (await ReadAsync(store, normal)).Owner);
        Assert.True((await ReadAsync(store, unknown)).Held);
        Assert.Equal(["held"], (await store.FindClaimableAsync(me, Functions, Make.Now, 10, None)).Select(key => key.Name));
    }

    [SkippableFact]
    public async Task Held_executions_are_released_some_at_a_time_and_none_of_another_group()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store);
        ExecutionRow[] rows = [.. new[] { null, "default", null, "gpu", "gpu" }.Select(group => Make.Row() with { Held = true, WakeAt = null, WorkerGroup = group })];
        await ApplyAsync(store, [.. rows.Select(row => Make.Insert(row))]);

        Assert.Equal(2, await store.ReleaseHeldAsync(me, Functions, Make.Now, 2, None));
        Assert.Equal(1, await store.ReleaseHeldAsync(me, Functions, Make.Now, 2, None));
        Assert.Equal(0, await store.ReleaseHeldAsync(me, Functions, Make.Now, 2, None));
        foreach (ExecutionRow row in rows)
        {
            Assert.Equal(row.WorkerGroup == "gpu", (await ReadAsync(store, row)).Held);
        }

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.ReleaseHeldAsync(me, Functions, Make.Now, 0, None));
    }

    [SkippableFact]
    public async Task One_held_execution_is_released_and_no_other_of_its_function()
    {
        IExecutionStore store = await OpenAsync();
        SiloId me = await Make.LiveSiloAsync(store, "me");
        ExecutionRow one = Make.Row("one", me) with { Held = true, WakeAt = null };
        ExecutionRow other = Make.Row("other", me) with { Held = true, WakeAt = null };
        ExecutionRow normal = Make.Row("normal", me);
        ExecutionRow ended = Make.Row("ended").Ended() with { Held = true };
        await ApplyAsync(store, Make.Insert(one), Make.Insert(other), Make.Insert(normal), Make.Insert(ended));
        long version = (await ReadAsync(store, one)).ResourceVersion;

        Assert.False(await store.ReleaseHeldAsync(one.Key, Guid.NewGuid(), Make.Now, None));
        Assert.False(await store.ReleaseHeldAsync(normal.Key, normal.Uid, Make.Now, None));
        Assert.False(await store.ReleaseHeldAsync(ended.Key, ended.Uid, Make.Now, None));
        Assert.True(await store.ReleaseHeldAsync(one.Key, one.Uid, Make.Now, None));
        Assert.False(await store.ReleaseHeldAsync(one.Key, one.Uid, Make.Now, None));

        ExecutionRow released = await ReadAsync(store, one);
        Assert.Equal((false, null, Make.Now, 1), (released.Held, released.Owner, released.WakeAt, released.Epoch));
        Assert.True(released.ResourceVersion > version);
        Assert.True((await ReadAsync(store, other)).Held);
        Assert.Equal(me, (await ReadAsync(store, normal)).Owner);
    }
}
