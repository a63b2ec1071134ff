using Kontinue.Engine.Commit;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Messages;
using Kontinue.Engine.Runtime;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

/// <summary>Nothing is acknowledged and nothing follows before it is durable.</summary>
public sealed class DurabilityTests
{
    [Fact]
    public async Task A_step_behind_something_foreign_waits_for_the_commit_of_the_step_before_it()
    {
        var aMayEnd = new TaskCompletionSource();
        var outside = new TaskCompletionSource();
        bool waitsOutside = false, asksB = false, ranB = false;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            await ktx.Step("a", () => aMayEnd.Task);
            Volatile.Write(ref waitsOutside, true);
            await outside.Task;
            Volatile.Write(ref asksB, true);
            await ktx.Step("b", () => Volatile.Write(ref ranB, true));
        }));
        ExecutionKey key = await host.StartFunctionAsync("f");
        int calls = host.Store.Calls;
        host.Store.Block();
        aMayEnd.SetResult();
        await Wait.Until(() => Volatile.Read(ref waitsOutside) && host.Store.Calls > calls);

        outside.SetResult();
        await Wait.Until(() => Volatile.Read(ref asksB));
        for (int i = 0; i < 100; i++)
        {
            // A chance for a step that must not run: whatever is queued on the thread pool comes before this.
            await Task.Run(() => { });
        }

        Assert.False(Volatile.Read(ref ranB));
        host.Store.Release();
        await host.WaitForEndAsync(key);
        Assert.True(ranB);
    }

    [Fact]
    public async Task What_an_execution_says_on_its_way_out_is_delivered_also_when_it_has_left_in_the_same_commit()
    {
        // Nobody looks for lost messages in this test.
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Event<int>("e")), options: o => o.SweepInterval = TimeSpan.FromHours(1));
        ExecutionKey key = await host.StartFunctionAsync("f");
        Execution listener = await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        ExecutionRuntime leaving = await StartRuntimeAsync(host, "leaving");

        // Two turns in one commit: the first one made it leave, the second one had something to say and made it leave too.
        var message = new Message(
            key, listener.Metadata.Uid!.Value, Guid.CreateVersion7(), host.Engine.Now,
            new MessageBody { Kind = MessageKind.Event, Name = "e", Value = JsonPayload.From(5) }.Serialize());
        var part = new Participation(null, new RowWrite { Row = (await host.Shared.ReadAsync(leaving.Key, CancellationToken.None))!, IsInsert = false });
        part.Effects.AddRange([new Effect(EffectKind.Close), new Effect(EffectKind.Route, message), new Effect(EffectKind.Close)]);
        Assert.True(leaving.Post(new Input(InputKind.Committed, part)));

        Assert.Equal(5, await host.ResultAsync<int>(key));
        await Wait.Until(() => !leaving.Post(new Input(InputKind.Tick)));
    }

    private static async Task<ExecutionRuntime> StartRuntimeAsync(TestHost host, string name)
    {
        var spec = new StoredSpec { Arguments = JsonPayload.EmptyObject };
        var row = new ExecutionRow
        {
            Key = TestHost.Key(name), Uid = Guid.CreateVersion7(), Function = "f", Phase = ExecutionPhase.Pending, Owner = host.Engine.Silo, Epoch = 1,
            CreatedAt = host.Engine.Now, WakeAt = host.Engine.Now, Spec = spec.Serialize(), Status = StoredStatus.InitialJson,
        };
        var created = new TaskCompletionSource<CommitOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var runtime = ExecutionRuntime.New(host.Engine, row, spec, StoredStatus.Initial, created);
        runtime.Begin();
        Assert.Equal(CommitOutcome.Applied, await Wait.For(created.Task));
        return runtime;
    }

    [Fact]
    public async Task An_execution_that_starts_and_ends_within_one_batch_is_one_row_written_once()
    {
        // No time goes by: after some milliseconds of it the row would be written before the first turn is over.
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", (KontinueContext _) => Task.FromResult(1)), time: new ManualTimeProvider());
        ExecutionKey key = await host.StartFunctionAsync("f", name: "once");
        await host.WaitForEndAsync(key);

        Assert.Equal([new WrittenRow(key, true, ExecutionPhase.Completed)], host.Store.Written);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_that_fails_is_repeated_and_takes_effect_once(bool before)
    {
        int runs = 0;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction(
            "f", async (KontinueContext ktx) =>
            {
                int a = await ktx.Step("a", () => Interlocked.Increment(ref runs));
                return a + await ktx.Step("b", () => Interlocked.Increment(ref runs));
            }));
        if (before)
        {
            host.Store.FailBefore(3);
        }
        else
        {
            host.Store.FailAfter(3);
        }

        Assert.Equal(3, await host.RunAsync<int>("f"));
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task While_the_store_is_away_requests_are_refused_and_what_runs_goes_on_when_it_is_back()
    {
        var mayEnd = new TaskCompletionSource();
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", async (KontinueContext ktx) =>
            {
                await ktx.Step("a", () => mayEnd.Task);
                return 7;
            }).AddFunction("g", (KontinueContext _) => 1), options: o => o.RequestTimeout = TimeSpan.FromSeconds(2));
        ExecutionKey key = await host.StartFunctionAsync("f");
        host.Store.IsAway = true;
        mayEnd.SetResult();
        await Wait.Until(() => !host.Current.Health.IsReady);

        await Assert.ThrowsAsync<UnavailableException>(() => host.StartFunctionAsync("g", name: "refused"));
        host.Store.IsAway = false;

        Assert.Equal(7, await host.ResultAsync<int>(key));
        Assert.True(host.Current.Health.IsReady);
        Assert.Null(await host.Shared.ReadAsync(TestHost.Key("refused"), default));
    }

    [Fact]
    public async Task A_host_of_which_a_part_has_ended_by_a_defect_says_so_and_hands_over_when_it_is_stopped()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", (KontinueContext ktx) => ktx.Event<int>("go")));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        Assert.True(host.Current.Health.IsAlive);
        host.Store.BeforeFind = () => throw new InvalidOperationException("A defect.");
        ((ILocalSilo)host.Engine).LookForWork();
        await Wait.Until(() => !host.Current.Health.IsAlive);

        Assert.False(host.Current.Health.IsReady);
        Assert.False(((ILocalSilo)host.Engine).IsAccepting);
        host.Store.BeforeFind = null;
        await host.StopAsync();
        Assert.Empty(await host.Shared.ReadSilosAsync(onlyAlive: true, 10, CancellationToken.None));
    }

    [Fact]
    public async Task A_change_that_the_store_rejects_does_not_hold_up_the_others()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", (KontinueContext _) => Task.FromResult(1)));
        host.Store.IsPoison = unit => unit.Rows.Any(row => row.Row.Key.Name == "poison");
        host.Store.Block();
        Task<ExecutionKey>[] starts = [.. new[] { "a", "poison", "b" }.Select(name => host.StartFunctionAsync("f", name: name))];
        host.Store.Release();

        await starts[0];
        await starts[2];
        KontinueException e = await Assert.ThrowsAnyAsync<KontinueException>(() => starts[1]);
        Assert.Equal(ErrorKind.Internal, e.Kind);
        await host.WaitForEndAsync(TestHost.Key("a"));
        await host.WaitForEndAsync(TestHost.Key("b"));
        Assert.Null(await host.Shared.ReadAsync(TestHost.Key("poison"), default));
    }

    [Fact]
    public async Task Of_two_creations_of_one_name_the_second_is_refused_and_runs_nothing()
    {
        int runs = 0;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction(
            "f", (KontinueContext ktx) => ktx.Step("a", () => Interlocked.Increment(ref runs))));
        ExecutionKey key = await host.StartFunctionAsync("f", name: "same");
        await host.WaitForEndAsync(key);

        var e = await Assert.ThrowsAsync<ExecutionAlreadyExistsException>(() => host.StartFunctionAsync("f", name: "same"));

        ExecutionRow? row = await host.Shared.ReadAsync(key, default);
        Assert.Equal(row!.Uid, e.ExistingUid);
        Assert.Equal(1, runs);
        Assert.Equal(1, row.Epoch);
    }

    [Fact]
    public async Task Of_many_creations_of_one_name_at_once_exactly_one_is_accepted()
    {
        int runs = 0;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction(
            "f", (KontinueContext ktx) => ktx.Step("a", () => Interlocked.Increment(ref runs))));
        Task<bool>[] tries = [.. Enumerable.Range(0, 20).Select(_ => Task.Run(async () =>
        {
            try
            {
                await host.StartFunctionAsync("f", name: "same");
                return true;
            }
            catch (ExecutionAlreadyExistsException)
            {
                return false;
            }
        }))];
        bool[] accepted = await Wait.For(Task.WhenAll(tries));

        Assert.Single(accepted, won => won);
        await host.WaitForEndAsync(TestHost.Key("same"));
        Assert.Equal(1, runs);
    }
}
