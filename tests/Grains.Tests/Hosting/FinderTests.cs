using Kontinue.Client;
using Kontinue.Engine.Storage;
using Kontinue.Grains.Sweeping;
using Kontinue.Hosting.Conformance;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Grains.Tests.Hosting;

/// <summary>The silo of a group that looks for what nobody runs, and deals it out.</summary>
public sealed class FinderTests
{
    [Fact]
    public async Task Nothing_is_dealt_to_a_silo_that_lacks_the_function()
    {
        const int Waiting = 5;
        const int Looks = 20;
        var mayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int started = 0;

        // The first silo, which is the finder, has a function and one place; the second one has no end of places.
        var setup = new HostSetup(
            k =>
            {
                k.AddFunction("old", (KontinueContext _) => Task.FromResult(1));
                if (Interlocked.Increment(ref started) == 1)
                {
                    k.AddFunction("new", (KontinueContext ktx) => ktx.Step("a", () => mayEnd.Task));
                    k.Configure(o => o.MaxConcurrentExecutions = 1);
                }
            });
        await using GrainHosts host = await GrainHosts.StartAsync(setup, count: 1);
        InProcessSilo finder = host.Silos[0];
        await Eventually.HoldsAsync(() => host.Service<GrainAssigner>(finder).IsFinder);
        await host.StartSiloAsync();
        InProcessSilo other = host.Silos[1];
        await Eventually.HoldsAsync(() => finder.Engine.RoomOf(other.Engine.Id) > 1);

        var client = host.Service<IKontinueClient>(finder);
        for (int i = 0; i <= Waiting; i++)
        {
            await client.CreateAsync(New("new", $"n{i}"));
        }

        // Long enough to have been dealt out several times.
        int looks = 0;
        finder.Store.PassedOn = method => looks += method == nameof(IExecutionStore.FindClaimableAsync) ? 1 : 0;
        await Eventually.HoldsAsync(() => Volatile.Read(ref looks) >= Looks);
        for (int i = 1; i <= Waiting; i++)
        {
            ExecutionRow row = (await setup.Store.ReadAsync(Key($"n{i}"), CancellationToken.None))!;
            Assert.Equal((ExecutionPhase.Pending, 0L), (row.Phase, row.Epoch));
        }

        mayEnd.SetResult();
        for (int i = 0; i <= Waiting; i++)
        {
            Assert.Equal(ExecutionPhase.Completed, (await host.WaitAsync(Key($"n{i}"), Eventually.Deadline)).Status!.Phase);
        }
    }

    [Fact]
    public async Task A_finder_without_a_lease_is_not_the_finder_any_more()
    {
        var setup = new HostSetup(k => k.AddFunction("old", (KontinueContext _) => Task.FromResult(1)));
        await using GrainHosts host = await GrainHosts.StartAsync(setup with { Lease = TimeSpan.FromSeconds(2) }, count: 3);
        await Eventually.HoldsAsync(() => host.Silos.Any(silo => host.Service<GrainAssigner>(silo).IsFinder));
        InProcessSilo cut = host.Silos.First(silo => host.Service<GrainAssigner>(silo).IsFinder);
        cut.CutOff();
        await Eventually.HoldsAsync(() => host.Silos.Any(silo => silo != cut && host.Service<GrainAssigner>(silo).IsFinder));
        Assert.False(host.Service<GrainAssigner>(cut).IsFinder);
    }

    private static ExecutionKey Key(string name) => new(ExecutionKey.DefaultNamespace, name);

    private static Execution New(string function, string name) => new()
    {
        Metadata = new ObjectMetadata { Name = name }, Spec = new ExecutionSpec { Function = function },
    };
}
