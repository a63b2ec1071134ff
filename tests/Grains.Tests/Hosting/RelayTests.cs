using System.Collections.Concurrent;
using Kontinue.Client;
using Kontinue.Grains.Client.Contracts;
using Kontinue.Grains.Executions;
using Kontinue.Grains.Placement;
using Kontinue.Grains.Signals;
using Kontinue.Grains.Sleeping;
using Kontinue.Hosting.Conformance;
using Kontinue.Resources;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Placement;
using Xunit;

namespace Kontinue.Grains.Tests.Hosting;

/// <summary>A silo that has lost its lease, and is called because callers remember that an execution was there.</summary>
public sealed class RelayTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<string> _placed = [];

    /// <summary>Each call, and what it gives for an execution that waits, on a silo that can answer.</summary>
    private static readonly Dictionary<string, Func<IExecutionGrain, ExecutionKey, Task<string>>> Calls = new()
    {
        ["create"] = (grain, key) => KindAsync(() => CreateAsync(grain, key)),
        ["try-create"] = (grain, key) => KindAsync(() => grain.TryCreateAsync(Waiting(key.Name), CancellationToken.None)),
        ["get"] = async (grain, _) => (await grain.GetAsync(CancellationToken.None)).Status!.Phase.ToString(),
        ["wait"] = async (grain, _) => (await grain.WaitAsync(TimeSpan.Zero, CancellationToken.None)).Status!.Phase.ToString(),
        ["resume"] = (grain, _) => KindAsync(() => grain.ResumeAsync(new ResumeRequest { Payload = JsonPayload.From(5) }, CancellationToken.None)),
        ["cancel"] = (grain, _) => EndAsync(grain, () => grain.CancelAsync(new CancelRequest(), CancellationToken.None)),
        ["event"] = (grain, _) => EndAsync(grain, () => grain.SendEventAsync(new EventRequest { Name = "go", Payload = JsonPayload.From(7) }, CancellationToken.None)),
        ["retry"] = (grain, _) => KindAsync(() => grain.RetryAsync(new RetryRequest(), CancellationToken.None)),
        ["skip"] = (grain, _) => EndAsync(grain, () => grain.SkipAsync(new SkipRequest(), CancellationToken.None)),
        ["resubmit"] = (grain, key) => KindAsync(() => grain.ResubmitAsync(new ResubmitRequest { Name = $"{key.Name}-again" }, CancellationToken.None)),
        ["update"] = async (grain, _) =>
        {
            Execution now = await grain.GetAsync(CancellationToken.None);
            Execution then = now with { Metadata = now.Metadata with { Labels = new Dictionary<string, string> { ["a"] = "b" } } };
            return (await grain.UpdateAsync(now, then, CancellationToken.None)).Metadata.Labels!["a"];
        },
        ["delete"] = (grain, _) => KindAsync(() => grain.DeleteAsync(new DeleteRequest(), CancellationToken.None)),
        ["journal"] = async (grain, _) => (await grain.ReadJournalAsync(0, 10, CancellationToken.None)).Items.Count > 0 ? "read" : "empty",
    };

    [Fact]
    public async Task Whatever_is_asked_of_a_silo_without_a_lease_another_one_answers_the_same()
    {
        var setup = new HostSetup(k => k.AddFunction("waits", (KontinueContext ktx) => ktx.Event<int>("go")));
        await using GrainHosts host = await StartAsync(setup);
        (InProcessSilo other, InProcessSilo zombie) = (host.Silos[0], host.Silos[1]);
        Dictionary<string, string> expected = [];
        foreach (string call in Calls.Keys)
        {
            ExecutionKey asked = await CreateOnAsync(host, other, $"{call}-there");
            expected[call] = await Calls[call](host.Grain(asked), asked);
            await CreateOnAsync(host, other, call);
        }

        zombie.CutOff();
        await Eventually.HoldsAsync(() => zombie.Engine.RoomOf(zombie.Engine.Id) < 0);
        RequestContext.Set(Astray.Silo, host.Service<ILocalSiloDetails>(zombie).SiloAddress);
        foreach ((string call, Func<IExecutionGrain, ExecutionKey, Task<string>> make) in Calls)
        {
            Assert.Equal((call, expected[call]), (call, await make(host.Grain(Key(call)), Key(call))));
        }
    }

    [Fact]
    public async Task A_reminder_that_comes_to_it_is_passed_on()
    {
        var setup = new HostSetup(k => k.AddFunction("waits", (KontinueContext ktx) => ktx.Sleep(TimeSpan.FromSeconds(8))), o =>
        {
            o.SuspendedResidency = TimeSpan.Zero;
            o.SweepInterval = TimeSpan.FromMinutes(10);
        });
        await using GrainHosts host = await StartAsync(setup);
        InProcessSilo zombie = host.Silos[1];
        ExecutionKey key = await CreateOnAsync(host, zombie, "sleeps");
        await Eventually.HoldsAsync(() => !zombie.Engine.IsHere(key));
        zombie.CutOff();
        await Eventually.HoldsAsync(async () => zombie.Engine.RoomOf(zombie.Engine.Id) < 0 && await IsDueAsync());

        RequestContext.Set(Astray.Silo, host.Service<ILocalSiloDetails>(zombie).SiloAddress);
        await host.Cluster.Client.GetGrain<ISleeperGrain>(key.ToString()).ReceiveReminder("wake", default);
        await Eventually.HoldsAsync(async () => (await setup.Store.ReadAsync(key, CancellationToken.None))!.Phase == ExecutionPhase.Completed);

        async Task<bool> IsDueAsync() => (await setup.Store.ReadAsync(key, CancellationToken.None))!.WakeAt < TimeProvider.System.GetUtcNow();
    }

    [Fact]
    public async Task Who_waits_through_it_is_let_go_when_it_stops()
    {
        await using GrainHosts host = await StartAsync(new HostSetup(k => k.AddFunction("waits", (KontinueContext ktx) => ktx.Event<int>("go"))));
        (InProcessSilo other, InProcessSilo zombie) = (host.Silos[0], host.Silos[1]);
        ExecutionKey there = await CreateOnAsync(host, other, "there");
        zombie.CutOff();
        await Eventually.HoldsAsync(() => zombie.Engine.RoomOf(zombie.Engine.Id) < 0);
        RequestContext.Set(Astray.Silo, host.Service<ILocalSiloDetails>(zombie).SiloAddress);
        Task<Execution> waited = host.Grain(there).WaitAsync(Long, CancellationToken.None);
        GrainCalls.SetCreation("waits", workerGroup: null);
        Task<Execution> created = host.Grain(Key("new")).CreateAsync(Waiting("new"), Long, CancellationToken.None);
        GrainCalls.ClearCreation();
        RequestContext.Clear();
        IManagementGrain management = host.Cluster.Client.GetGrain<IManagementGrain>(0);
        await Eventually.HoldsAsync(
            async () => (await management.GetDetailedGrainStatistics()).Count(grain => Relays.IsRelay(grain.GrainId.Key.ToString()!)) == 2 && other.Engine.IsHere(Key("new")));

        Task stopped = zombie.StopAsync();
        Assert.False((await waited).Status!.Phase.IsTerminal());
        Assert.True((await Assert.ThrowsAsync<UnavailableException>(() => created)).MayHaveBeenDone);
        await stopped;
    }

    [Fact]
    public async Task A_wake_up_does_not_go_round_while_no_silo_has_a_lease()
    {
        await using GrainHosts host = await StartAsync(new HostSetup(k => k.AddFunction("waits", (KontinueContext ktx) => ktx.Event<int>("go"))));
        ExecutionKey key = await CreateOnAsync(host, host.Silos[0], "waits");
        foreach (InProcessSilo silo in host.Silos)
        {
            silo.CutOff();
        }

        await Eventually.HoldsAsync(() => host.Silos.All(silo => silo.Engine.RoomOf(silo.Engine.Id) < 0));
        _placed.Clear();
        await host.Grain(key).WakeAsync();

        // Hints are on their way for some milliseconds: it could have gone round many times meanwhile.
        SignalServiceClient services = host.Service<SignalServiceClient>(host.Silos[0]);
        SiloAddress other = host.Service<ILocalSiloDetails>(host.Silos[1]).SiloAddress;
        for (int i = 0; i < 1000; i++)
        {
            await services.Of(other).DescribeAsync();
        }

        Assert.Single(_placed, key.ToString());
    }

    private Task<GrainHosts> StartAsync(HostSetup setup) => GrainHosts.StartAsync(
        setup with { Lease = TimeSpan.FromSeconds(2) }, count: 2, silo => silo.Services.AddKeyedSingleton<IPlacementDirector>(
            typeof(ExecutionPlacement), (services, _) => new Astray(ActivatorUtilities.CreateInstance<ExecutionPlacementDirector>(services), _placed)));

    private static ExecutionKey Key(string name) => new(ExecutionKey.DefaultNamespace, name);

    private static Execution Waiting(string name) => new()
    {
        Metadata = new ObjectMetadata { Name = name, Namespace = ExecutionKey.DefaultNamespace }, Spec = new ExecutionSpec { Function = "waits" },
    };

    /// <summary>Creates one that waits, and returns when it does.</summary>
    private static async Task<ExecutionKey> CreateOnAsync(GrainHosts host, InProcessSilo silo, string name)
    {
        var client = host.Service<IKontinueClient>(silo);
        ExecutionKey key = (await client.CreateAsync(Waiting(name))).Key;
        await Eventually.HoldsAsync(async () => (await client.GetAsync(key)).Status!.Phase == ExecutionPhase.Suspended);
        return key;
    }

    private static async Task CreateAsync(IExecutionGrain grain, ExecutionKey key)
    {
        GrainCalls.SetCreation("waits", workerGroup: null);
        try
        {
            await grain.CreateAsync(Waiting(key.Name), TimeSpan.Zero, CancellationToken.None);
        }
        finally
        {
            GrainCalls.ClearCreation();
        }
    }

    private static async Task<string> EndAsync(IExecutionGrain grain, Func<Task> call)
    {
        await call();
        return (await grain.WaitAsync(Long, CancellationToken.None)).Status!.Phase.ToString();
    }

    /// <summary>What is refused is refused for the same reason.</summary>
    private static async Task<string> KindAsync(Func<Task> call)
    {
        try
        {
            await call();
            return "done";
        }
        catch (KontinueException refused)
        {
            return refused.GetType().Name;
        }
    }

    /// <summary>Places executions' own grains on a silo that a call names, as if callers remembered it.</summary>
    private sealed class Astray(ExecutionPlacementDirector inner, ConcurrentQueue<string> placed) : IPlacementDirector
    {
        public const string Silo = "kontinue.test-silo";

        public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
        {
            string key = target.GrainIdentity.Key.ToString()!;
            placed.Enqueue(key);
            return target.RequestContextData?.GetValueOrDefault(Silo) is SiloAddress silo && !Relays.IsRelay(key)
                ? Task.FromResult(silo)
                : inner.OnAddActivation(strategy, target, context);
        }
    }
}
