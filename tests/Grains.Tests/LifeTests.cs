using Kontinue.Engine.Hosting;
using Kontinue.Grains.Client.Contracts;
using Kontinue.Grains.Placement;
using Kontinue.Grains.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Grains.Tests;

public sealed class LifeTests
{
    [Fact]
    public async Task An_execution_runs_as_a_grain_and_answers_who_waits()
    {
        await using TestSilos silos = await TestSilos.StartAsync(2, k => k.AddFunction("f", (KontinueContext _) => Task.FromResult(42)));
        Execution ended = await silos.CreateAsync("f", "one", TimeSpan.FromSeconds(20));
        Assert.Equal(ExecutionPhase.Completed, ended.Status!.Phase);
        Assert.Equal("42", ended.Status.Result.ToString());
    }

    [Fact]
    public async Task An_error_arrives_as_the_same_error()
    {
        await using TestSilos silos = await TestSilos.StartAsync(1, k => k.AddFunction("f", (KontinueContext _) => Task.FromResult(42)));
        ExecutionNotFoundException e = await Assert.ThrowsAsync<ExecutionNotFoundException>(
            () => silos.Grains.GetExecution(TestSilos.Key("none")).GetAsync(CancellationToken.None));
        Assert.Equal(TestSilos.Key("none"), e.Key);
    }

    [Fact]
    public async Task A_grain_creates_no_execution_of_another_name()
    {
        await using TestSilos silos = await TestSilos.StartAsync(1, k => k.AddFunction("f", (KontinueContext _) => Task.FromResult(42)));
        var other = new Execution { Metadata = new ObjectMetadata { Name = "two" }, Spec = new ExecutionSpec { Function = "f" } };
        InvalidRequestException e = await Assert.ThrowsAsync<InvalidRequestException>(
            () => silos.Grains.GetExecution(TestSilos.Key("one")).CreateAsync(other, TimeSpan.Zero, CancellationToken.None));
        Assert.Equal("metadata.name", e.Field);
    }

    [Fact]
    public async Task What_waits_and_what_has_ended_has_no_activation()
    {
        await using TestSilos silos = await TestSilos.StartAsync(2, k => k
            .Configure(o => o.SuspendedResidency = TimeSpan.Zero)
            .AddFunction("f", (KontinueContext _) => Task.FromResult(42))
            .AddFunction("waits", async (KontinueContext ktx) => await ktx.Event<int>("go")));
        for (int i = 0; i < 20; i++)
        {
            await silos.CreateAsync("f", $"f{i}", TimeSpan.FromSeconds(20));
            await silos.CreateAsync("waits", $"w{i}", TimeSpan.Zero);
            await silos.WaitForPhaseAsync($"w{i}", ExecutionPhase.Suspended);
        }

        await TestSilos.UntilAsync(() => Task.FromResult(silos.Parts<Activations>().All(a => a.Count == 0)), "the activations to leave");
        await silos.Grains.GetExecution(TestSilos.Key("w3")).SendEventAsync(new EventRequest { Name = "go", Payload = JsonPayload.From(3) }, CancellationToken.None);
        await silos.WaitForPhaseAsync("w3", ExecutionPhase.Completed);
    }

    [Fact]
    public async Task A_grain_is_placed_where_its_owner_is()
    {
        var mayEnd = new TaskCompletionSource();
        await using TestSilos silos = await TestSilos.StartAsync(3, k => k.AddFunction("busy", (KontinueContext ktx) => ktx.Step("a", () => mayEnd.Task)));
        for (int i = 0; i < 12; i++)
        {
            await silos.CreateAsync("busy", $"b{i}", TimeSpan.Zero);
            await silos.Grains.GetExecution(TestSilos.Key($"b{i}")).GetAsync(CancellationToken.None);
        }

        Assert.All(Enumerable.Range(0, 12), i => Assert.Single(silos.Parts<ILocalSilo>(), silo => silo.IsHere(TestSilos.Key($"b{i}"))));
        foreach ((ILocalSilo silo, Activations grains) in silos.Parts<ILocalSilo>().Zip(silos.Parts<Activations>()))
        {
            Assert.All(Enumerable.Range(0, 12), i => Assert.Equal(silo.IsHere(TestSilos.Key($"b{i}")), grains.Contains(TestSilos.Key($"b{i}"))));
        }

        mayEnd.SetResult();
        for (int i = 0; i < 12; i++)
        {
            await silos.WaitForPhaseAsync($"b{i}", ExecutionPhase.Completed);
        }
    }

    [Fact]
    public async Task An_execution_is_placed_on_a_silo_that_has_its_function()
    {
        await using TestSilos silos = await TestSilos.StartAsync(3, k => k.AddFunction("f", (KontinueContext _) => Task.FromResult(42)), more: (index, k) =>
        {
            if (index == 1)
            {
                k.Configure(o => o.WorkerGroup = "others").AddFunction("special", (KontinueContext _) => Task.FromResult(7));
            }
        });
        for (int i = 0; i < 10; i++)
        {
            Execution ended = await silos.CreateAsync("special", $"s{i}", TimeSpan.FromSeconds(20));
            Assert.Equal("7", ended.Status!.Result.ToString());
        }
    }

    [Fact]
    public async Task A_silo_that_stops_in_order_hands_over()
    {
        await using TestSilos silos = await TestSilos.StartAsync(3, k => k.AddFunction("waits", async (KontinueContext ktx) => await ktx.Event<int>("go")));
        for (int i = 0; i < 20; i++)
        {
            await silos.CreateAsync("waits", $"w{i}", TimeSpan.Zero);
        }

        await silos.Cluster.StopSiloAsync(silos.Cluster.SecondarySilos[0]);
        for (int i = 0; i < 20; i++)
        {
            await silos.Grains.GetExecution(TestSilos.Key($"w{i}")).SendEventAsync(
                new EventRequest { Name = "go", Payload = JsonPayload.From(i) }, CancellationToken.None);
        }

        for (int i = 0; i < 20; i++)
        {
            await silos.WaitForPhaseAsync($"w{i}", ExecutionPhase.Completed);
        }
    }

    [Fact]
    public async Task A_step_that_blocks_its_thread_delays_no_call()
    {
        using var mayEnd = new ManualResetEventSlim();
        await using TestSilos silos = await TestSilos.StartAsync(1, k => k.AddFunction("blocks", (KontinueContext ktx) => ktx.Step("a", () => mayEnd.Wait())));
        await silos.CreateAsync("blocks", "one", TimeSpan.Zero);
        Execution seen = await silos.Grains.GetExecution(TestSilos.Key("one")).GetAsync(CancellationToken.None);
        Assert.False(seen.Status!.Phase.IsTerminal());
        mayEnd.Set();
        await silos.WaitForPhaseAsync("one", ExecutionPhase.Completed);
    }

    [Fact]
    public async Task What_a_killed_silo_ran_goes_on_elsewhere()
    {
        await using TestSilos silos = await TestSilos.StartAsync(3, k => k.AddFunction(
            "waits", async (KontinueContext ktx) => await ktx.Event<int>("go")));
        for (int i = 0; i < 30; i++)
        {
            await silos.CreateAsync("waits", $"w{i}", TimeSpan.Zero);
        }

        await silos.Cluster.KillSiloAsync(silos.Cluster.SecondarySilos[0]);
        for (int i = 0; i < 30; i++)
        {
            await silos.Grains.GetExecution(TestSilos.Key($"w{i}")).SendEventAsync(
                new EventRequest { Name = "go", Payload = JsonPayload.From(i) }, CancellationToken.None);
        }

        for (int i = 0; i < 30; i++)
        {
            Execution ended = await silos.Grains.GetExecution(TestSilos.Key($"w{i}")).WaitAsync(TimeSpan.FromSeconds(60), CancellationToken.None);
            Assert.Equal(ExecutionPhase.Completed, ended.Status!.Phase);
        }
    }
}
