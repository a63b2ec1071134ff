using Kontinue.Engine.Messages;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

public sealed class OwnershipTests
{
    private sealed record Taken(string Values);

    [Fact]
    public async Task A_zombies_writes_are_refused_and_what_was_to_follow_them_is_dropped()
    {
        int a = 0, b = 0;
        var mayEnd = new TaskCompletionSource();
        var began = new TaskCompletionSource();
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            int value = await ktx.Step("a", async () =>
            {
                int run = Interlocked.Increment(ref a);
                if (run == 1)
                {
                    began.SetResult();
                    await mayEnd.Task;
                }

                return run;
            });
            await ktx.Step("b", () => Interlocked.Increment(ref b));
            return value;
        }));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await Wait.For(began.Task);
        HostInstance zombie = await host.CrashAsync();

        Assert.Equal(2, await host.ResultAsync<int>(key));
        mayEnd.SetResult();
        await Wait.Until(() => zombie.Engine.ResidentCount == 0);
        Assert.Equal((2, 1), (a, b));
        Assert.Equal(2, (await host.Client.GetAsync(key)).Status!.Result.To<int>());
    }

    [Fact]
    public async Task A_clean_stop_hands_over_at_once()
    {
        await using TestHost one = await TestHost.StartAsync(k => k.AddFunction("f", (KontinueContext ktx) => ktx.Suspend<int>("gate")));
        ExecutionKey key = await one.StartFunctionAsync("f");
        await one.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await using TestHost two = await one.StartBesideAsync("silo-2");
        await one.StopAsync();
        await two.Client.ResumeAsync(key, payload: JsonPayload.From(4));

        Assert.Equal(4, await two.ResultAsync<int>(key));
    }

    [Fact]
    public async Task A_silo_that_cannot_renew_its_lease_is_taken_over()
    {
        var time = new ManualTimeProvider();
        int runs = 0;
        await using TestHost one = await TestHost.StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Step("a", async ct =>
            {
                if (Interlocked.Increment(ref runs) == 1)
                {
                    await Task.Delay(Timeout.Infinite, ct);
                }

                return runs;
            })), time: time);
        ExecutionKey key = await one.StartFunctionAsync("f");
        await Wait.Until(() => runs == 1);
        await using TestHost two = await one.StartBesideAsync("silo-2");
        one.Store.IsAway = true;
        await two.AdvanceToEndAsync(key, TimeSpan.FromSeconds(1));

        Assert.Equal(2, await two.ResultAsync<int>(key));
        await Wait.Until(() => one.Engine.ResidentCount == 0);
    }

    [Fact]
    public async Task Running_steps_may_end_when_the_host_stops()
    {
        var began = new TaskCompletionSource();
        var mayEnd = new TaskCompletionSource();
        int runs = 0;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", (KontinueContext ktx) => ktx.Step("a", async () =>
        {
            began.TrySetResult();
            await mayEnd.Task;
            return Interlocked.Increment(ref runs);
        })));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await Wait.For(began.Task);
        Task restart = host.RestartAsync();
        mayEnd.SetResult();
        await Wait.For(restart);

        Assert.Equal(1, await host.ResultAsync<int>(key));
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task A_stopping_host_keeps_its_lease_as_long_as_it_waits_for_its_steps()
    {
        var time = new ManualTimeProvider();
        var began = new TaskCompletionSource();
        var mayEnd = new TaskCompletionSource();
        int runs = 0;
        await using TestHost one = await TestHost.StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Step("a", async () =>
            {
                Interlocked.Increment(ref runs);
                began.TrySetResult();
                await mayEnd.Task;
            })),
            time: time, options: o => o.ShutdownGrace = TimeSpan.FromHours(1));
        ExecutionKey key = await one.StartFunctionAsync("f");
        await Wait.For(began.Task);
        await using TestHost two = await one.StartBesideAsync("silo-2");
        Task stop = one.StopAsync();
        DateTimeOffset stopped = time.GetUtcNow();

        // At once, so that the others do not count on its room.
        await Wait.Until(
            async () => (await one.Shared.ReadSilosAsync(onlyAlive: true, 10, default)).Any(row => row.Name == "silo-1" && row.Load.Executing == row.Capacity),
            () => "", "the stopping silo to say that it has no room");

        // Well beyond the lease of 40 s.
        await Wait.Until(
            async () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(100));
                IReadOnlyList<SiloRow> silos = await one.Shared.ReadSilosAsync(onlyAlive: false, 10, default);
                return Volatile.Read(ref runs) > 1 || silos.Single(row => row.Name == "silo-1").RenewedAt > stopped + TimeSpan.FromMinutes(1);
            },
            () => $"It is {time.GetUtcNow()}.",
            "the lease to be renewed");
        mayEnd.SetResult();
        await Wait.For(stop);
        await two.AdvanceToEndAsync(key, TimeSpan.FromMilliseconds(100));
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task A_message_that_nobody_delivered_is_found()
    {
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Event<int>("e")),
            options: o => o.SuspendedResidency = TimeSpan.FromMilliseconds(100));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        var body = new MessageBody { Kind = MessageKind.Event, Name = "e", Value = JsonPayload.From(6) };
        var unit = new CommitUnit { RequireTarget = true };
        unit.Messages.Add(new Message(key, Guid.Empty, Guid.CreateVersion7(), TimeProvider.System.GetUtcNow(), body.Serialize()));
        await host.Shared.CommitAsync([unit], default);

        Assert.Equal(6, await host.ResultAsync<int>(key));
    }

    [Fact]
    public async Task An_event_sent_through_another_silo_reaches_the_owner()
    {
        await using TestHost one = await TestHost.StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Event<int>("e")),
            options: o => o.SuspendedResidency = TimeSpan.FromMilliseconds(100));
        ExecutionKey key = await one.StartFunctionAsync("f");
        await one.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await using TestHost two = await one.StartBesideAsync("silo-2");
        await two.Client.SendEventAsync(key, "e", JsonPayload.From(8));

        Assert.Equal(8, await two.ResultAsync<int>(key));
    }

    [Fact]
    public async Task A_cancel_through_another_silo_reaches_a_busy_execution_also_when_its_owner_has_no_place_left()
    {
        var began = new TaskCompletionSource();
        await using TestHost one = await TestHost.StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Step("a", async ct =>
            {
                began.TrySetResult();
                await Task.Delay(Timeout.Infinite, ct);
            })).AddFunction("g", (KontinueContext ktx) => ktx.Step("a", ct => Task.Delay(Timeout.Infinite, ct))),
            options: o => o.MaxConcurrentExecutions = 1);
        ExecutionKey key = await one.StartFunctionAsync("f");
        await Wait.For(began.Task);

        // More than one look into the store brings, all of them due before the message.
        await Task.WhenAll(Enumerable.Range(0, 150).Select(_ => Task.Run(() => one.StartFunctionAsync("g"))));
        await using TestHost two = await one.StartBesideAsync("silo-2", k => k.AddFunction("h", () => 1));
        await two.Client.CancelAsync(key);

        Assert.Equal(ExecutionPhase.Canceled, (await one.WaitForEndAsync(key)).Status!.Phase);
    }

    [Fact]
    public async Task Events_and_resumes_through_another_silo_reach_executions_in_memory_once()
    {
        await using TestHost one = await TestHost.StartAsync(
            k => k.AddFunction("f", async (KontinueContext ktx) =>
            {
                int sum = 0;
                for (int i = 0; i < 3; i++)
                {
                    sum += await ktx.Event<int>("e");
                }

                return sum + await ktx.Suspend<int>("gate");
            }),
            options: o => o.SuspendedResidency = TimeSpan.FromHours(1));
        ExecutionKey key = await one.StartFunctionAsync("f");
        await one.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await using TestHost two = await one.StartBesideAsync("silo-2");
        foreach (int value in new[] { 1, 10, 100 })
        {
            await two.Client.SendEventAsync(key, "e", JsonPayload.From(value));
        }

        await one.WaitForAsync(key, e => e.Status!.WaitingFor is { Count: > 0 } waits && waits[0].Name == "gate", "the gate");
        Assert.Equal(1, one.Engine.ResidentCount);
        await two.Client.ResumeAsync(key, payload: JsonPayload.From(1000));

        Assert.Equal(1111, await one.ResultAsync<int>(key));
        Assert.Equal(1, (await one.Shared.ReadAsync(key, default))!.Epoch);
    }

    [Fact]
    public async Task A_message_that_is_found_while_it_is_being_consumed_is_not_taken_by_the_next_run()
    {
        await using TestHost one = await TestHost.StartAsync(
            k => k.AddFunction("f", async (KontinueContext ktx, Taken taken) =>
            {
                string all = taken.Values + await ktx.Event<int>("e");
                return all.Length == 4 ? all : throw ktx.ContinueAsNew(new Taken(all));
            }),
            options: o =>
            {
                o.SweepInterval = TimeSpan.FromMilliseconds(10);
                o.SuspendedResidency = TimeSpan.FromHours(1);
            });
        await using TestHost two = await one.StartBesideAsync("silo-2");
        ExecutionKey key = await one.StartFunctionAsync("f", new Taken(""));
        await one.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        for (int i = 1; i <= 4; i++)
        {
            // What the event leads to hangs, and the sweeps find it again and again.
            one.Store.Block();
            int calls = one.Store.Calls;
            await two.Client.SendEventAsync(key, "e", JsonPayload.From(i));
            await Wait.Until(() => one.Store.Calls > calls);
            await Task.Delay(50);
            one.Store.Release();
        }

        Assert.Equal("1234", await one.ResultAsync<string>(key));
    }

    [Fact]
    public async Task No_more_executions_run_at_once_than_allowed_and_the_rest_waits_as_rows()
    {
        int running = 0;
        var mayEnd = new TaskCompletionSource();
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Step("a", async () =>
            {
                Interlocked.Increment(ref running);
                await mayEnd.Task;
            })), options: o => o.MaxConcurrentExecutions = 3);
        ExecutionKey[] keys = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => host.StartFunctionAsync("f"))));
        await Wait.Until(() => Volatile.Read(ref running) == 3);
        Assert.Equal(3, host.Engine.ResidentCount);
        IReadOnlyList<ExecutionRow> rows = await host.Shared.ListAsync(new RowQuery { Limit = 100, Phase = ExecutionPhase.Pending }, default);
        Assert.Equal(17, rows.Count);
        mayEnd.SetResult();
        foreach (ExecutionKey key in keys)
        {
            Assert.Equal(ExecutionPhase.Completed, (await host.WaitForEndAsync(key)).Status!.Phase);
        }
    }
}
