using Kontinue.Client;
using Kontinue.Engine.Clustering;
using Kontinue.Engine.Commit;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kontinue.Engine.Tests.Cluster;

public sealed class TimeTests : SilosTest
{
    private static readonly TimeSpan Nap = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_silo_whose_clock_is_wrong_wakes_sleepers_by_the_stores_clock(int hours)
    {
        var time = new ManualTimeProvider();
        var wrong = new ShiftedTime(time) { Wall = TimeSpan.FromHours(hours) };
        Action<KontinueBuilder> code = k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            await ktx.Sleep(Nap);
            return ktx.UtcNow;
        });
        await using TestHost right = await TestHost.StartAsync(code, time: time);
        await using TestHost other = await TestHost.StartAsync(code, right.Shared, wrong, silo: "silo-2");
        DateTimeOffset began = time.GetUtcNow();
        ExecutionKey taken = await right.StartFunctionAsync("f");
        ExecutionKey own = await other.StartFunctionAsync("f");
        await right.WaitForPhaseAsync(taken, ExecutionPhase.Suspended);
        await other.WaitForPhaseAsync(own, ExecutionPhase.Suspended);
        await right.StopAsync();

        foreach (ExecutionKey key in new[] { own, taken })
        {
            Execution ended = await AdvanceToEndAsync(key);
            Assert.InRange(ended.GetResult<DateTimeOffset>() - began, Nap, Nap * 2);
            Assert.InRange(ended.Status!.FinishedAt!.Value - began, Nap, Nap * 2);
        }

        Assert.Contains(other.Log.Lines, line => line.Message.Contains("The store's clock differs", StringComparison.Ordinal));

        async Task<Execution> AdvanceToEndAsync(ExecutionKey key)
        {
            Execution? last = null;
            await Wait.Until(
                async () =>
                {
                    last = await other.Client.GetAsync(key);
                    if (last.Status!.Phase != ExecutionPhase.Completed)
                    {
                        time.Advance(TimeSpan.FromMilliseconds(100));
                    }

                    return last.Status.Phase == ExecutionPhase.Completed;
                },
                () => $"It is {last?.Status?.Phase} at {time.GetUtcNow()}.",
                $"the end of {key}");
            return last!;
        }
    }

    [Fact]
    public async Task A_silo_that_was_stopped_beyond_its_lease_begins_no_step_before_it_has_a_new_one()
    {
        var time = new ShiftedTime(TimeProvider.System);
        var began = new TaskCompletionSource();
        var mayEnd = new TaskCompletionSource();
        List<int> epochs = [];
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", async (KontinueContext ktx) =>
            {
                await ktx.Step("a", () =>
                {
                    began.TrySetResult();
                    return mayEnd.Task;
                });
                int resumptions = ktx.Resumptions;
                await ktx.Step("b", () => epochs.Add(resumptions));
            }),
            new InMemoryStore(), time, o => o.Lease = TimeSpan.FromSeconds(4));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await Wait.For(began.Task);
        time.Stop(TimeSpan.FromSeconds(5));
        mayEnd.SetResult();
        await host.WaitForEndAsync(key);

        // What was in memory has not gone on; it was claimed again.
        Assert.Equal([1], epochs);
    }

    [Fact]
    public async Task The_lease_counts_as_lost_from_the_moment_at_which_three_quarters_of_it_are_over()
    {
        var time = new ManualTimeProvider();
        var silo = new SiloId(Guid.NewGuid());
        var options = new KontinueOptions { Lease = TimeSpan.FromSeconds(40) };
        List<string> calls = [];
        var regained = new TaskCompletionSource();
        using var stop = new CancellationTokenSource();
        var keeper = new LeaseKeeper(
            new InMemoryStore(time), silo, options, () => [], () => default, new StoreClock(time), new StoreHealth(), NullLogger.Instance);
        Assert.False(keeper.IsHeld);
        await keeper.RegisterAsync(CancellationToken.None);

        time.Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromTicks(1));
        Assert.True(keeper.IsHeld);
        int term = keeper.Term;
        time.Advance(TimeSpan.FromTicks(1));
        Assert.False(keeper.IsHeld);

        Task keeping = keeper.KeepAsync(
            () =>
            {
                calls.Add($"lost, held: {keeper.IsHeld}");
            },
            () =>
            {
                calls.Add($"regained, held: {keeper.IsHeld}");
                regained.SetResult();
            },
            stop.Token);
        await Wait.Until(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            return regained.Task.IsCompleted;
        });
        Assert.Equal(["lost, held: False", "regained, held: True"], calls);
        Assert.NotEqual(term, keeper.Term);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keeping);
    }

    [Fact]
    public async Task A_lease_that_ended_by_the_stores_clock_alone_is_lost_and_regained()
    {
        var stores = new ManualTimeProvider();
        await using var kept = new KeptLease(new InMemoryStore(stores), new ManualTimeProvider());
        await kept.BeginAsync();
        int term = kept.Keeper.Term;

        // As after a suspension of the machine that its clocks do not count.
        stores.Advance(kept.Options.Lease);
        Assert.True(kept.Keeper.IsHeld);
        kept.Keeper.Hurry();
        await Wait.For(kept.Regained.Task);
        Assert.Equal(["lost, held: False", "regained, held: True"], kept.Calls);
        Assert.Equal(term + 1, kept.Keeper.Term);
    }

    [Fact]
    public async Task While_the_clocks_contradict_each_other_the_lease_is_not_held_and_nothing_is_let_go_when_it_was_valid()
    {
        var time = new ManualTimeProvider();
        var shifted = new ShiftedTime(time);
        await using var kept = new KeptLease(new InMemoryStore(time), shifted);
        await kept.BeginAsync();
        int term = kept.Keeper.Term;
        shifted.Wall = TimeSpan.FromHours(1);
        Assert.False(kept.Keeper.IsHeld);

        kept.Keeper.Hurry();
        await Wait.For(kept.Regained.Task);
        Assert.Equal(["regained, held: True"], kept.Calls);
        Assert.Equal(term, kept.Keeper.Term);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task While_a_silo_may_have_been_declared_dead_it_begins_nothing_until_the_store_has_answered(bool isDead)
    {
        var time = new ManualTimeProvider();
        var inner = new InMemoryStore(time);
        var store = new CrashableStore(inner);
        await using var kept = new KeptLease(store, time, takeOverDelay: TimeSpan.FromSeconds(4)) { MayEnd = isDead };
        await kept.BeginAsync();
        int term = kept.Keeper.Term;
        Assert.True(await kept.Keeper.MayBeginAsync(term));
        Assert.False(await kept.Keeper.MayBeginAsync(term + 1));

        store.IsAway = true;
        time.Advance(TimeSpan.FromSeconds(4));
        Assert.True(kept.Keeper.Holds(term));
        ValueTask<bool> mayBegin = kept.Keeper.MayBeginAsync(term);
        Assert.False(mayBegin.IsCompleted);
        if (isDead)
        {
            await inner.DeclareDeadAsync(kept.Silo, TimeSpan.FromSeconds(4), CancellationToken.None);
        }

        store.IsAway = false;
        Task<bool> answer = mayBegin.AsTask();
        await Wait.Until(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            return answer.IsCompleted;
        });
        Assert.Equal(!isDead, await answer);
        Assert.Equal(!isDead, kept.Keeper.Holds(term));
    }

    [Fact]
    public async Task A_store_that_is_away_is_not_asked_more_often_by_those_in_a_hurry()
    {
        var time = new ManualTimeProvider();
        var store = new CrashableStore(new InMemoryStore(time));
        await using var kept = new KeptLease(store, time);
        await kept.BeginAsync();
        store.IsAway = true;
        DateTimeOffset until = time.GetUtcNow() + (kept.Options.Lease / 2);
        await Wait.Until(() =>
        {
            kept.Keeper.Hurry();
            time.Advance(TimeSpan.FromMilliseconds(100));
            return time.GetUtcNow() >= until;
        });

        // At once, and then every sixteenth of the lease.
        Assert.InRange(kept.Renewals, 1, 9);
    }

    /// <summary>A lease that is kept until the end of a test, and what is told of it.</summary>
    private sealed class KeptLease : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly List<string> _calls = [];
        private int _renewals;
        private Task _keeping = Task.CompletedTask;

        public KeptLease(IExecutionStore store, TimeProvider time, TimeSpan? takeOverDelay = null) => Keeper = new LeaseKeeper(
            store, Silo, Options, () => [], Load, new StoreClock(time), new StoreHealth(), NullLogger.Instance, takeOverDelay);

        public SiloId Silo { get; } = new(Guid.NewGuid());

        /// <summary>Whether the lease may be lost for good.</summary>
        public bool MayEnd { get; init; }

        public LeaseKeeper Keeper { get; }

        public KontinueOptions Options { get; } = new() { Lease = TimeSpan.FromSeconds(40) };

        public IReadOnlyList<string> Calls => _calls;

        public int Renewals => Volatile.Read(ref _renewals);

        public TaskCompletionSource Regained { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task BeginAsync()
        {
            await Keeper.RegisterAsync(CancellationToken.None);
            _keeping = Keeper.KeepAsync(
                () => _calls.Add($"lost, held: {Keeper.IsHeld}"),
                () =>
                {
                    _calls.Add($"regained, held: {Keeper.IsHeld}");
                    Regained.TrySetResult();
                },
                _stop.Token);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await (MayEnd ? Wait.For(_keeping) : Assert.ThrowsAnyAsync<OperationCanceledException>(() => Wait.For(_keeping)));
            _stop.Dispose();
        }

        private SiloLoad Load()
        {
            Interlocked.Increment(ref _renewals);
            return default;
        }
    }
}
