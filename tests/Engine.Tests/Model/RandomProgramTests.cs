using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Kontinue.Engine.Tests.Model;

/// <summary>Random programs give the same results with crashes as without, and no committed step runs again.</summary>
public sealed class RandomProgramTests
{
    private const int Programs = 30;

    /// <summary>Four; more with KONTINUE_MODEL_SEEDS.</summary>
    public static TheoryData<int> Seeds => [.. Enumerable.Range(
        1, int.TryParse(Environment.GetEnvironmentVariable("KONTINUE_MODEL_SEEDS"), out int count) ? count : 4)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Crashes_do_not_change_results(int seed)
    {
        var random = new Random(seed);
        var store = new InMemoryStore();
        var model = new ModelFunction(store);
        await using TestHost host = await TestHost.StartAsync(
            k =>
            {
                k.Services.AddSingleton<Life>();
                k.AddFunction(ModelFunction.Name, model.RunAsync, f => f.Retry = RetryPolicy.Constant(3, TimeSpan.FromMilliseconds(1)));
            },
            store,
            options: o =>
            {
                o.MaxConcurrentExecutions = 10;
                o.MaxResidentSuspended = 5;
                o.SuspendedResidency = TimeSpan.FromMilliseconds(random.Next(1, 50));
                o.ShutdownGrace = TimeSpan.FromMilliseconds(50);
            });
        ProgramSeed[] programs = [.. Enumerable.Range(0, Programs).Select(i => new ProgramSeed((seed * 1000) + i, 0))];
        foreach (ProgramSeed program in programs)
        {
            ExecutionKey key = await host.StartFunctionAsync(ModelFunction.Name, program, NameOf(program));
            for (int i = RandomProgram.CountEvents(program); i > 0; i--)
            {
                await host.Client.SendEventAsync(key, "e", JsonPayload.From(1));
            }
        }

        for (int strike = 0; strike < 8; strike++)
        {
            await StrikeAsync(host, random);
        }

        foreach (ProgramSeed program in programs)
        {
            Execution ended = await host.WaitForEndAsync(TestHost.Key(NameOf(program)));
            Assert.True(ended.Status!.Phase == ExecutionPhase.Completed, $"{program}: {ended.Status.Error}");
            Assert.Equal(RandomProgram.Expect(program), ended.Status.Result.To<long>());
        }

        Assert.Empty(model.Violations);
    }

    private static string NameOf(ProgramSeed program) => $"program-{program.Seed}";

    private static async Task StrikeAsync(TestHost host, Random random)
    {
        // Strikes are spread over the run by counting commits, not by time; a run that is over strikes at nothing.
        int until = host.Store.Calls + random.Next(1, 10);
        Task<bool> enough = Wait.Until(() => host.Store.Calls >= until).ContinueWith(t => t.IsCompletedSuccessfully, TaskScheduler.Default);
        Task idle = Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        await Task.WhenAny(enough, idle);
        switch (random.Next(4))
        {
            case 0:
                host.Store.FailBefore(random.Next(1, 3));
                break;
            case 1:
                host.Store.FailAfter(random.Next(1, 3));
                break;
            case 2:
                await host.RestartAsync();
                break;
            default:
                host.Current.Service<Life>().IsOver = true;
                host.Store.IsAway = true;
                await host.CrashAsync();
                break;
        }
    }
}
