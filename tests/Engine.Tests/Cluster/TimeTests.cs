using Kontinue.Client;
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
}
