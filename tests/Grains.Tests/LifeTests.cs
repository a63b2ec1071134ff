using Kontinue.Engine.Hosting;
using Kontinue.Grains.Client.Contracts;
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
