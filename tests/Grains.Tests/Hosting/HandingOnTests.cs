using Kontinue.Client;
using Kontinue.Grains.Client.Contracts;
using Kontinue.Hosting.Conformance;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Grains.Tests.Hosting;

/// <summary>Doors whose silo cannot run what is created: it runs on the other one, at once.</summary>
public sealed class HandingOnTests
{
    private const int Doors = 20;

    private readonly TaskCompletionSource _mayEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public Task Of_a_silo_that_is_full() => TryAsync(async (host, silo) =>
    {
        await host.Service<IKontinueClient>(silo).CreateAsync(New("busy", "fills"));
        await Eventually.HoldsAsync(() => silo.Engine.RoomOf(silo.Engine.Id) == 0);
    });

    [Fact]
    public Task Of_a_silo_without_a_lease() => TryAsync(async (_, silo) =>
    {
        silo.CutOff();
        await Eventually.HoldsAsync(() => silo.Engine.RoomOf(silo.Engine.Id) < 0);
    });

    [Fact]
    public Task Of_a_silo_that_stops() => TryAsync(async (host, silo) =>
    {
        // It waits for the step, as long as it may.
        await host.Service<IKontinueClient>(silo).CreateAsync(New("busy", "holds"));
        _ = silo.StopAsync();
        await Eventually.HoldsAsync(() => !silo.Engine.IsAccepting);
    });

    private async Task TryAsync(Func<GrainHosts, InProcessSilo, Task> spoil)
    {
        int started = 0;
        var setup = new HostSetup(
            k => k.AddFunction("quick", (KontinueContext _) => Task.FromResult(1)).AddFunction("busy", (KontinueContext ktx) => ktx.Step("a", () => _mayEnd.Task)),
            o => o.MaxConcurrentExecutions = Interlocked.Increment(ref started) == 1 ? 1 : 1000);
        await using GrainHosts host = await GrainHosts.StartAsync(setup with { Lease = TimeSpan.FromSeconds(2) }, count: 2);
        try
        {
            InProcessSilo silo = host.Silos.Single(s => s.Engine.RoomOf(s.Engine.Id) == 1);
            InProcessSilo other = host.Silos.Single(s => s != silo);

            // A door has its silo run what it lets in.
            List<int> there = [];
            for (int i = 0; i < Doors; i++)
            {
                Execution ended = await Door(host, i, "quick").CreateAsync(New("quick", $"q{i}"), Eventually.Deadline, CancellationToken.None);
                if (ended.Status!.Silo == silo.Name)
                {
                    there.Add(i);
                }
            }

            Assert.NotEmpty(there);
            await spoil(host, silo);
            foreach (int i in there)
            {
                await Door(host, i, "quick").CreateAsync(New("busy", $"b{i}"), TimeSpan.Zero, CancellationToken.None);
                Assert.True(other.Engine.IsHere(new ExecutionKey(ExecutionKey.DefaultNamespace, $"b{i}")), $"b{i} does not run on the other silo.");
            }
        }
        finally
        {
            _mayEnd.SetResult();
        }
    }

    private static IDoorGrain Door(GrainHosts host, int number, string function) =>
        host.Cluster.Client.GetGrain<IDoorGrain>(new DoorKey($"t{number}", function, WorkerGroup: null).ToString());

    private static Execution New(string function, string name) => new()
    {
        Metadata = new ObjectMetadata { Name = name, Namespace = ExecutionKey.DefaultNamespace }, Spec = new ExecutionSpec { Function = function },
    };
}
