using Kontinue.Client;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Signals;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Cluster;

public sealed class SignalTests : SilosTest
{
    [Theory]
    [InlineData(60_000)]
    [InlineData(0)]
    public async Task What_is_told_through_another_silo_reaches_the_owner_at_once(int residency)
    {
        await using TestHost one = await StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Event<int>("e")),
            o => o.SuspendedResidency = TimeSpan.FromMilliseconds(residency));
        await using TestHost two = await one.StartBesideAsync("silo-2");
        ExecutionKey key = await one.StartFunctionAsync("f");
        await one.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        if (residency == 0)
        {
            await Wait.Until(() => one.Engine.ResidentCount == 0);
        }

        await two.Client.SendEventAsync(key, "e", JsonPayload.From(8));

        Assert.Equal(8, await one.ResultAsync<int>(key));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_silo_without_a_place_passes_on_what_is_for_others(bool whileItGivesUpItsOwn)
    {
        var mayEnd = new TaskCompletionSource();
        await using TestHost one = await StartAsync(
            k =>
            {
                k.AddFunction("f", (KontinueContext ktx) => ktx.Event<int>("e"));
                k.AddFunction("busy", (KontinueContext ktx) => ktx.Step("a", () => mayEnd.Task));
            },
            o => o.MaxConcurrentExecutions = 1);
        ExecutionKey key = await one.StartFunctionAsync("f");
        await one.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await using TestHost two = await one.StartBesideAsync("silo-2");
        await two.StartFunctionAsync("busy", name: "busy");
        await two.WaitForAsync(TestHost.Key("busy"), e => e.Status!.Silo == "silo-2", "the start on silo-2");
        Task SendAsync() => two.Client.SendEventAsync(key, "e", JsonPayload.From(9));
        if (whileItGivesUpItsOwn)
        {
            int sent = 0;
            two.Store.BeforeFind = () => Interlocked.Increment(ref sent) == 1 ? SendAsync() : Task.CompletedTask;
            ((ILocalSilo)two.Engine).LookForWork();
        }
        else
        {
            await SendAsync();
        }

        Assert.Equal(9, await one.ResultAsync<int>(key));
        mayEnd.SetResult();
    }

    [Fact]
    public async Task What_is_retried_through_a_silo_that_cannot_run_it_begins_elsewhere_at_once()
    {
        bool mayEnd = false;
        await using TestHost one = await StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => Volatile.Read(ref mayEnd) ? 1 : throw new NonRetryableException("Not yet.")));
        ExecutionKey key = await one.StartFunctionAsync("f");
        await one.WaitForPhaseAsync(key, ExecutionPhase.Failed);
        await using TestHost two = await one.StartBesideAsync("silo-2", WithSignals(k => k.AddFunction("another", (KontinueContext ktx) => 1)));
        await two.RunAsync<int>("another");
        Volatile.Write(ref mayEnd, true);
        await two.Client.RetryAsync(key);

        Assert.Equal(1, await one.ResultAsync<int>(key));
    }

    [Fact]
    public async Task A_caller_hears_of_the_end_through_whichever_silo()
    {
        var mayEnd = new TaskCompletionSource();
        await using TestHost one = await StartAsync(k => k.AddFunction("f", (KontinueContext ktx) => ktx.Step("a", async () =>
        {
            await mayEnd.Task;
            return 5;
        })));
        await using TestHost two = await one.StartBesideAsync("silo-2");
        ExecutionKey key = await one.StartFunctionAsync("f");
        await one.WaitForPhaseAsync(key, ExecutionPhase.Executing);
        long began = TimeProvider.System.GetTimestamp();
        Task<Execution> waiting = two.Client.WaitAsync(key, TimeSpan.FromMinutes(2));
        Assert.False(waiting.IsCompleted);
        mayEnd.SetResult();

        Assert.Equal(5, (await Wait.For(waiting)).GetResult<int>());

        // Without a signal it looks after 30 s.
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(25));
    }

    [Fact]
    public async Task A_clean_stop_hands_over_at_once()
    {
        int begun = 0;
        await using TestHost one = await StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Step("a", async ct =>
            {
                Interlocked.Increment(ref begun);
                await Task.Delay(Timeout.Infinite, ct);
                return "one";
            })),
            o => o.ShutdownGrace = TimeSpan.Zero);
        List<ExecutionKey> keys = [];
        for (int i = 0; i < 5; i++)
        {
            keys.Add(await one.StartFunctionAsync("f"));
        }

        await Wait.Until(() => begun == 5);
        await using TestHost two = await one.StartBesideAsync(
            "silo-2", WithSignals(k => k.AddFunction("f", (KontinueContext ktx) => ktx.Step("a", () => "two"))));
        await one.StopAsync();

        foreach (ExecutionKey key in keys)
        {
            Assert.Equal("two", await two.ResultAsync<string>(key));
        }
    }

    [Fact]
    public async Task What_has_no_place_here_begins_elsewhere_at_once()
    {
        var mayEnd = new TaskCompletionSource();
        await using TestHost one = await StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Step("a", () => mayEnd.Task)), o => o.MaxConcurrentExecutions = 1);
        await using TestHost two = await one.StartBesideAsync("silo-2");
        ExecutionKey first = await one.StartFunctionAsync("f");
        await one.WaitForPhaseAsync(first, ExecutionPhase.Executing);
        ExecutionKey second = await one.StartFunctionAsync("f");

        Assert.Equal("silo-2", (await one.WaitForPhaseAsync(second, ExecutionPhase.Executing)).Status!.Silo);
        mayEnd.SetResult();
        await one.WaitForEndAsync(first);
        await two.WaitForEndAsync(second);
    }

    [Fact]
    public async Task A_silo_that_was_replaced_stops_for_good_and_hears_nothing_more()
    {
        List<RecordingBus> buses = [];
        var hub = new InMemorySignalHub();
        await using TestHost host = await TestHost.StartAsync(
            k =>
            {
                k.UseSignals(_ =>
                {
                    buses.Add(new RecordingBus(hub.CreateBus()));
                    return buses[^1];
                });
                k.AddFunction("f", (KontinueContext ktx) => 1);
            },
            options: o => o.Lease = TimeSpan.FromSeconds(1));
        HostInstance zombie = await host.CrashAsync();
        await Wait.Until(() => buses[0].IsDisposed);

        Assert.False(zombie.Health.IsReady);
        Assert.Contains("Another process has registered as silo 'silo-1'", zombie.Health.Message, StringComparison.Ordinal);
        Assert.False(zombie.Engine.IsAccepting);
        Assert.False(buses[1].IsDisposed);
        Assert.Equal(1, await host.RunAsync<int>("f"));
    }

    [Fact]
    public async Task Thousands_who_wait_ask_the_store_few_at_a_time()
    {
        await using TestHost one = await TestHost.StartAsync(
            k => k.AddFunction("waits", async (KontinueContext ktx) => await ktx.Event<int>("go")), options: o => o.SweepInterval = TimeSpan.FromMilliseconds(20));
        ExecutionKey key = await one.StartFunctionAsync("waits");
        await one.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int asking = 0, read = 0;
        one.Store.BeforeRead = () =>
        {
            Interlocked.Increment(ref read);
            return Task.CompletedTask;
        };
        Task<Kontinue.Resources.Execution>[] waits = [.. Enumerable.Range(0, 200).Select(_ => one.Client.WaitAsync(key, TimeSpan.FromMinutes(1)))];
        await Wait.Until(() => Volatile.Read(ref read) >= 200);
        one.Store.BeforeRead = () =>
        {
            Interlocked.Increment(ref asking);
            return mayAnswer.Task;
        };
        await Wait.Until(() => Volatile.Read(ref asking) == 4);

        // All of them have been due for a question several times by now.
        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        Assert.Equal(4, Volatile.Read(ref asking));
        one.Store.BeforeRead = null;
        mayAnswer.SetResult();
        await one.Client.SendEventAsync(key, "go", JsonPayload.From(1));
        await Wait.For(Task.WhenAll(waits));
    }

    [Fact]
    public async Task A_silo_that_was_replaced_after_its_lease_had_ended_stops_for_good_too()
    {
        List<RecordingBus> buses = [];
        var hub = new InMemorySignalHub();
        await using TestHost host = await TestHost.StartAsync(
            k => k.UseSignals(_ =>
            {
                buses.Add(new RecordingBus(hub.CreateBus()));
                return buses[^1];
            }),
            options: o => o.Lease = TimeSpan.FromSeconds(1));
        HostInstance cutOff = host.Current;
        int term = cutOff.Engine.LeaseTerm;
        cutOff.Store.IsAway = true;
        await Wait.Until(() => cutOff.Engine.LeaseTerm > term);
        await host.CrashAsync();
        cutOff.Store.IsAway = false;

        await Wait.Until(() => buses[0].IsDisposed);
        Assert.False(cutOff.Engine.IsAccepting);
    }

    private sealed class RecordingBus(ISignalBus inner) : ISignalBus
    {
        private volatile bool _isDisposed;

        public bool IsDisposed => _isDisposed;

        public Task StartAsync(
            SiloId silo, string workerGroup, Action<IReadOnlyList<Signal>> onSignals, Action onGap, CancellationToken cancellationToken) =>
            inner.StartAsync(silo, workerGroup, onSignals, onGap, cancellationToken);

        public void Send(in Signal signal) => inner.Send(signal);

        public async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            _isDisposed = true;
        }
    }
}
