using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Cluster;

public sealed class SharingTests : SilosTest
{
    private sealed record Arguments(int Number);

    [Fact]
    public async Task Executions_that_come_to_one_silo_are_spread_over_the_group()
    {
        var mayEnd = new TaskCompletionSource();
        await using TestHost one = await StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Step("a", () => mayEnd.Task)),
            o =>
            {
                o.MaxConcurrentExecutions = 40;
                o.SweepInterval = TimeSpan.FromSeconds(1);
            });
        await using TestHost two = await one.StartBesideAsync("silo-2");
        List<ExecutionKey> keys = [];
        for (int i = 0; i < 60; i++)
        {
            keys.Add(await one.StartFunctionAsync("f"));
        }

        await Wait.Until(() => one.Engine.Steps.Running + two.Engine.Steps.Running == 60);
        Assert.InRange(one.Engine.Steps.Running, 20, 40);
        mayEnd.SetResult();
        foreach (ExecutionKey key in keys)
        {
            await one.WaitForEndAsync(key);
        }
    }

    [Fact]
    public async Task A_silo_gives_up_what_is_due_and_finds_no_place()
    {
        var mayEnd = new TaskCompletionSource();
        await using TestHost one = await StartAsync(
            k =>
            {
                k.AddFunction("busy", (KontinueContext ktx) => ktx.Step("a", () => mayEnd.Task));
                k.AddFunction("sleeper", async (KontinueContext ktx) =>
                {
                    await ktx.Sleep(TimeSpan.FromSeconds(2));
                    await ktx.Step("b", () => { });
                    return 1;
                });
            },
            o =>
            {
                o.MaxConcurrentExecutions = 1;
                o.SuspendedResidency = TimeSpan.Zero;
                o.SweepInterval = TimeSpan.FromMilliseconds(50);
            });
        ExecutionKey sleeper = await one.StartFunctionAsync("sleeper");
        await one.WaitForPhaseAsync(sleeper, ExecutionPhase.Suspended);
        ExecutionKey busy = await one.StartFunctionAsync("busy");
        await one.WaitForPhaseAsync(busy, ExecutionPhase.Executing);
        await using TestHost two = await one.StartBesideAsync("silo-2");

        Assert.Equal(1, await two.ResultAsync<int>(sleeper));
        Assert.Equal(ExecutionPhase.Executing, (await one.Client.GetAsync(busy)).Status!.Phase);
        mayEnd.SetResult();
        await one.WaitForEndAsync(busy);
    }

    [Fact]
    public async Task A_restart_of_all_silos_one_by_one_loses_nothing()
    {
        await using TestHost one = await StartAsync(
            k => k.AddFunction("f", async (KontinueContext ktx, Arguments arguments) =>
            {
                int a = await ktx.Step("a", async () =>
                {
                    await Task.Yield();
                    return arguments.Number;
                });
                await ktx.Sleep(TimeSpan.FromMilliseconds(20));
                return await ktx.Step("b", () => a + 1);
            }),
            o => o.SweepInterval = TimeSpan.FromMilliseconds(50));
        await using TestHost two = await one.StartBesideAsync("silo-2");
        List<ExecutionKey> keys = [];
        for (int round = 0; round < 2; round++)
        {
            await StartSomeAsync(one);
            await one.RestartAsync();
            await StartSomeAsync(two);
            await two.RestartAsync();
        }

        for (int i = 0; i < keys.Count; i++)
        {
            Assert.Equal(i + 1, await one.ResultAsync<int>(keys[i]));
        }

        async Task StartSomeAsync(TestHost host)
        {
            for (int i = 0; i < 20; i++)
            {
                keys.Add(await host.StartFunctionAsync("f", new Arguments(keys.Count)));
            }
        }
    }
}
