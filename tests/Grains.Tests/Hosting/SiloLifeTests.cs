using Kontinue.Client;
using Kontinue.Engine.Storage;
using Kontinue.Grains.Client.Contracts;
using Kontinue.Grains.Placement;
using Kontinue.Grains.Signals;
using Kontinue.Hosting.Conformance;
using Kontinue.Resources;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Kontinue.Grains.Tests.Hosting;

public sealed class SiloLifeTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Who_waits_is_let_go_before_a_silo_stops()
    {
        await using GrainHosts host = await GrainHosts.StartAsync(Waiting(), count: 2);
        InProcessSilo silo = host.Silos[1];
        ExecutionKey key = await CreateOnAsync(host, silo, "one");
        Task<Execution> wait = host.Grain(key).WaitAsync(TimeSpan.FromMinutes(5), CancellationToken.None);
        await Eventually.HoldsAsync(() => silo.Activations == 1);

        await silo.StopAsync().WaitAsync(Eventually.Deadline);
        Assert.Equal(ExecutionPhase.Suspended, (await wait.WaitAsync(Eventually.Deadline)).Status!.Phase);
    }

    [Fact]
    public async Task Who_watches_is_let_go_before_a_silo_stops()
    {
        await using GrainHosts host = await GrainHosts.StartAsync(Waiting(), count: 2);
        InProcessSilo silo = host.Silos[1];
        await using IAsyncEnumerator<ExecutionEvent> events = await WatchAtAsync(host, silo);
        Task<bool> last = EndAsync(events);
        await silo.StopAsync().WaitAsync(Eventually.Deadline);

        // It ended, and did not fail.
        Assert.False(await last.WaitAsync(Eventually.Deadline));
    }

    [Fact]
    public async Task Who_watches_is_let_go_when_the_process_is_told_to_stop_and_its_silo_has_not_heard_of_it()
    {
        await using GrainHosts host = await GrainHosts.StartAsync(Waiting(), count: 2);
        InProcessSilo silo = host.Silos[1];
        await using IAsyncEnumerator<ExecutionEvent> events = await WatchAtAsync(host, silo);
        Task<bool> last = EndAsync(events);
        host.Service<IHostApplicationLifetime>(silo).StopApplication();
        Assert.False(await last.WaitAsync(Eventually.Deadline));
    }

    [Fact]
    public async Task A_hint_that_meets_an_activation_beside_the_owner_is_passed_on()
    {
        await using GrainHosts host = await GrainHosts.StartAsync(Waiting(o => o.SweepInterval = TimeSpan.FromMinutes(10)), count: 3);
        InProcessSilo owner = host.Silos[0];
        ExecutionKey? astray = null;
        Task<Execution>? wait = null;
        for (int i = 0; astray is null; i++)
        {
            // Without an activation, and then with one that is placed as if it were to be created: on any silo.
            ExecutionKey key = await CreateOnAsync(host, owner, $"e{i}");
            GrainCalls.SetCreation("waits", workerGroup: null);
            wait = host.Grain(key).WaitAsync(Long, CancellationToken.None);
            GrainCalls.ClearCreation();
            await Eventually.HoldsAsync(() => host.Silos.Any(silo => host.Service<Activations>(silo).Contains(key)));
            astray = host.Service<Activations>(owner).Contains(key) ? null : key;
        }

        InProcessSilo third = host.Silos.First(silo => silo != owner && !host.Service<Activations>(silo).Contains(astray.Value));
        await Eventually.HoldsAsync(() => owner.Residents == 0);
        await host.Service<IKontinueClient>(third).SendEventAsync(astray.Value, "go", JsonPayload.From(7));
        Assert.Equal("7", (await wait!.WaitAsync(Eventually.Deadline)).Status!.Result.ToString());
    }

    [Fact]
    public async Task What_a_dead_silo_had_is_released_also_when_the_store_is_away_at_first()
    {
        HostSetup setup = Waiting() with { Lease = TimeSpan.FromMinutes(5) };
        await using GrainHosts host = await GrainHosts.StartAsync(setup, count: 3);
        InProcessSilo dead = host.Silos[2];
        SiloId id = dead.Engine.Id;
        InProcessSilo[] living = [.. host.Silos.Where(silo => silo != dead)];
        foreach (InProcessSilo silo in living)
        {
            silo.Store.Cut();
        }

        SiloAddress address = host.Service<ILocalSiloDetails>(dead).SiloAddress;
        await dead.KillAsync();
        await Eventually.HoldsAsync(() => living.All(silo => IsDead(host.Service<IClusterMembershipService>(silo), address)));
        foreach (InProcessSilo silo in living)
        {
            silo.Store.Mend();
        }

        await Eventually.HoldsAsync(async () =>
            (await setup.Store.ReadSilosAsync(onlyAlive: true, 100, CancellationToken.None)).All(row => row.Id != id));
    }

    [Fact]
    public async Task A_silo_whose_name_another_process_has_taken_asks_its_process_to_stop()
    {
        HostSetup setup = Waiting() with { Lease = TimeSpan.FromSeconds(2) };
        await using GrainHosts host = await GrainHosts.StartAsync(setup, count: 2);
        InProcessSilo silo = host.Silos[1];
        string name = host.Service<ILocalSiloDetails>(silo).Name;
        CancellationToken stopping = host.Service<IHostApplicationLifetime>(silo).ApplicationStopping;
        await setup.Store.RegisterSiloAsync(
            new SiloRegistration(new SiloId(Guid.NewGuid()), name, "default", "", TimeSpan.FromMinutes(1), 1, []), CancellationToken.None);
        await Eventually.HoldsAsync(() => stopping.IsCancellationRequested);
    }

    [Fact]
    public async Task A_silo_says_who_it_is_when_it_is_asked()
    {
        await using GrainHosts host = await GrainHosts.StartAsync(Waiting(), count: 2);
        SiloAddress other = host.Service<ILocalSiloDetails>(host.Silos[1]).SiloAddress;
        SiloCatalog catalog = host.Service<SiloCatalog>(host.Silos[0]);
        Dictionary<string, string> said = await host.Service<SignalServiceClient>(host.Silos[0]).Of(other).DescribeAsync().WaitAsync(Eventually.Deadline);
        SiloCard card = catalog.Learn(other, said)!;
        Assert.Equal(host.Silos[1].Engine.Id, card.Id);
        Assert.True(card.Has("waits", "default"));
    }

    /// <summary>A watch that runs in a silo, and has told of something.</summary>
    private static async Task<IAsyncEnumerator<ExecutionEvent>> WatchAtAsync(GrainHosts host, InProcessSilo silo)
    {
        // Asked for from there first, so that it is there.
        var key = Guid.NewGuid();
        await host.Service<IGrainFactory>(silo).GetGrain<IQueryGrain>(key).ListFunctionsAsync(CancellationToken.None);
        string version = (await host.Service<IKontinueClient>(silo).ListAsync(new ListQuery())).Metadata.ResourceVersion!;
        IAsyncEnumerator<ExecutionEvent> events =
            host.Cluster.Client.GetGrain<IQueryGrain>(key).WatchAsync(new WatchQuery { ResourceVersion = version }, CancellationToken.None).GetAsyncEnumerator();
        ValueTask<bool> next = events.MoveNextAsync();
        await CreateOnAsync(host, silo, "one");
        Assert.True(await next);
        return events;
    }

    /// <summary>Reads to the end. Where the silo stops between two calls, Orleans says with the second one that there is no more.</summary>
    private static async Task<bool> EndAsync(IAsyncEnumerator<ExecutionEvent> events)
    {
        try
        {
            while (await events.MoveNextAsync())
            {
            }
        }
        catch (EnumerationAbortedException)
        {
        }

        return false;
    }

    private static HostSetup Waiting(Action<Engine.KontinueOptions>? options = null) => new(
        k => k.AddFunction("waits", (KontinueContext ktx) => ktx.Event<int>("go")),
        o =>
        {
            o.SuspendedResidency = TimeSpan.Zero;
            options?.Invoke(o);
        });

    private static async Task<ExecutionKey> CreateOnAsync(GrainHosts host, InProcessSilo silo, string name) =>
        (await host.Service<IKontinueClient>(silo).CreateAsync(new Execution
        {
            Metadata = new ObjectMetadata { Name = name }, Spec = new ExecutionSpec { Function = "waits" },
        })).Key;

    private static bool IsDead(IClusterMembershipService membership, SiloAddress silo) =>
        !membership.CurrentSnapshot.Members.TryGetValue(silo, out ClusterMember? member) || member.Status == Orleans.Runtime.SiloStatus.Dead;
}
