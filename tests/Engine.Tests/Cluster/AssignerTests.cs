using System.Collections.Concurrent;
using Kontinue.Engine.Claiming;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Messages;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Kontinue.Engine.Tests.Cluster;

/// <summary>A host that decides by itself where executions run: the engine finds and claims, it chooses.</summary>
public sealed class AssignerTests : SilosTest
{
    private readonly FakeAssigner _assigner = new();
    private readonly TaskCompletionSource _mayEnd = new();

    [Fact]
    public async Task What_nobody_runs_is_run_where_it_is_assigned()
    {
        await using TestHost one = await StartAsync(Code, OnePlace);
        await using TestHost two = await one.StartBesideAsync("silo-2");
        _assigner.Chosen = two.Engine;
        ExecutionKey busy = await one.StartFunctionAsync("busy");
        ExecutionKey key = await one.StartFunctionAsync("f");
        ((ILocalSilo)one.Engine).LookForWork();

        Assert.Equal(1, await one.ResultAsync<int>(key));
        Assert.Contains(key, _assigner.Assigned);
        _mayEnd.SetResult();
        await one.WaitForEndAsync(busy);
    }

    [Fact]
    public async Task What_is_assigned_to_nobody_stays_a_row_until_a_silo_is_woken_for_it()
    {
        await using TestHost one = await StartAsync(Code, OnePlace);
        await using TestHost two = await one.StartBesideAsync("silo-2");
        ExecutionKey busy = await one.StartFunctionAsync("busy");
        ExecutionKey key = await one.StartFunctionAsync("f");
        ((ILocalSilo)two.Engine).LookForWork();
        await Wait.Until(() => _assigner.Assigned.Contains(key));

        Assert.Equal(ExecutionPhase.Pending, (await one.Client.GetAsync(key)).Status!.Phase);
        ((ILocalSilo)two.Engine).Wake([key]);
        Assert.Equal(1, await one.ResultAsync<int>(key));
        _mayEnd.SetResult();
        await one.WaitForEndAsync(busy);
    }

    [Fact]
    public async Task The_assigner_hears_what_leaves_memory()
    {
        await using TestHost one = await StartAsync(Code);
        ExecutionKey key = await one.StartFunctionAsync("f");
        await one.WaitForEndAsync(key);
        await Wait.Until(() => _assigner.Gone.ContainsKey(key));
        Assert.Null(_assigner.Gone[key]);
    }

    [Fact]
    public async Task The_assigner_hears_when_one_that_sleeps_is_due()
    {
        await using TestHost one = await StartAsync(Code, options => options.SuspendedResidency = TimeSpan.Zero);
        ExecutionKey key = await one.StartFunctionAsync("sleeps");
        await Wait.Until(() => _assigner.Gone.ContainsKey(key));
        Assert.Equal((await one.Shared.ReadAsync(key, CancellationToken.None))!.WakeAt, _assigner.Gone[key]);
    }

    [Fact]
    public async Task A_silo_knows_its_own_room_and_what_others_said_of_theirs()
    {
        await using TestHost one = await StartAsync(Code, OnePlace);
        await using TestHost two = await one.StartBesideAsync("silo-2");
        ILocalSilo silo = one.Engine;
        await Wait.Until(() => silo.RoomOf(two.Engine.Silo) == 1);

        Assert.Equal(1, silo.RoomOf(silo.Id));
        Assert.Null(silo.RoomOf(default));
        await two.StopAsync();
        await Wait.Until(() => silo.RoomOf(two.Engine.Silo) == -1);
        ExecutionKey busy = await one.StartFunctionAsync("busy");
        await Wait.Until(() => silo.RoomOf(silo.Id) == 0);
        _mayEnd.SetResult();
        await one.WaitForEndAsync(busy);
    }

    [Fact]
    public async Task What_is_woken_where_it_cannot_be_claimed_is_passed_on_to_its_owner()
    {
        await using TestHost one = await StartAsync(Code);
        await using TestHost two = await one.StartBesideAsync("silo-2");
        ExecutionKey key = await one.StartFunctionAsync("listens");
        await one.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await Wait.Until(() => two.Engine.Cluster.HasOthers && one.Engine.Cluster.HasOthers);
        await StoreEventAsync(one, key);

        ((ILocalSilo)two.Engine).Wake([key], orTell: true);
        Assert.Equal(7, await one.ResultAsync<int>(key));
    }

    [Fact]
    public async Task A_silo_that_was_declared_dead_while_it_stood_still_begins_no_step_that_another_one_may_have_done()
    {
        var time = new ShiftedTime(TimeProvider.System);
        var began = new TaskCompletionSource();
        ConcurrentQueue<int> runs = [];
        _assigner.TakeOverDelay = TimeSpan.FromSeconds(1);
        await using TestHost one = await TestHost.StartAsync(
            WithSignals(k => Code(k.AddFunction("f2", async (KontinueContext ktx) =>
            {
                await ktx.Step("a", () =>
                {
                    began.TrySetResult();
                    return _mayEnd.Task;
                });
                int resumptions = ktx.Resumptions;
                await ktx.Step("b", () => runs.Enqueue(resumptions));
            }))),
            new InMemoryStore(), time, o => (o.Lease, o.SweepInterval) = (TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(100)));
        ExecutionKey key = await one.StartFunctionAsync("f2");
        await Wait.For(began.Task);

        // Longer than it may go on without asking, and far from the end of its lease.
        await one.Shared.DeclareDeadAsync(one.Engine.Silo, TimeSpan.FromSeconds(1), CancellationToken.None);
        time.Stop(TimeSpan.FromSeconds(5));
        _mayEnd.SetResult();
        await Wait.Until(() => !((ILocalSilo)one.Engine).IsAccepting);
        await using TestHost two = await one.StartBesideAsync("silo-2");
        _assigner.Chosen = two.Engine;
        await two.WaitForEndAsync(key);

        Assert.Equal([1], runs);
    }

    [Fact]
    public void A_silo_that_its_host_starts_is_no_part_of_the_applications_start()
    {
        var services = new ServiceCollection();
        services.AddKontinue(k => k.UseStore(_ => new InMemoryStore(TimeProvider.System)).StartWithApplication = false);

        Assert.DoesNotContain(services, service => service.ServiceType == typeof(IHostedService));
        Assert.Contains(services, service => service.ServiceType == typeof(ILocalSilo));
    }

    /// <summary>As if the silo that was told of it had died before it passed it on.</summary>
    private static async Task StoreEventAsync(TestHost host, ExecutionKey key)
    {
        Guid uid = (await host.Shared.ReadAsync(key, CancellationToken.None))!.Uid;
        var unit = new CommitUnit { RequireTarget = true };
        unit.Messages.Add(new Message(
            key, uid, Guid.CreateVersion7(), DateTimeOffset.UnixEpoch,
            new MessageBody { Kind = MessageKind.Event, Name = "go", Value = JsonPayload.From(7) }.Serialize()));
        Assert.Equal([CommitOutcome.Applied], await host.Shared.CommitAsync([unit], CancellationToken.None));
    }

    private static void OnePlace(KontinueOptions options) => options.MaxConcurrentExecutions = 1;

    private void Code(KontinueBuilder k) => k.UseAssigner(_ => _assigner)
        .AddFunction("f", (KontinueContext _) => Task.FromResult(1))
        .AddFunction("sleeps", (KontinueContext ktx) => ktx.Sleep(TimeSpan.FromHours(1)))
        .AddFunction("listens", (KontinueContext ktx) => ktx.Event<int>("go"))
        .AddFunction("busy", (KontinueContext ktx) => ktx.Step("a", () => _mayEnd.Task));

    private sealed class FakeAssigner : IExecutionAssigner
    {
        public bool IsFinder { get; set; } = true;

        public TimeSpan? TakeOverDelay { get; set; }

        public ILocalSilo? Chosen { get; set; }

        public ConcurrentQueue<ExecutionKey> Assigned { get; } = [];

        public ConcurrentDictionary<ExecutionKey, DateTimeOffset?> Gone { get; } = [];

        public void Assign(IReadOnlyList<ExecutionKey> keys)
        {
            foreach (ExecutionKey key in keys)
            {
                Assigned.Enqueue(key);
            }

            Chosen?.Wake(keys);
        }

        public void Left(ExecutionKey key, DateTimeOffset? wakeAt) => Gone[key] = wakeAt;
    }
}
