using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

public sealed class ContinueAsNewTests
{
    private sealed record Round(int N);

    [Fact]
    public async Task A_function_that_continues_as_new_has_new_arguments_and_an_empty_journal()
    {
        int steps = 0;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx, Round round) =>
        {
            await ktx.Step("a", () => Interlocked.Increment(ref steps));
            return round.N < 3 ? throw ktx.ContinueAsNew(new Round(round.N + 1)) : round.N;
        }));
        ExecutionKey key = await host.StartFunctionAsync("f", new Round(0));

        Assert.Equal(3, await host.ResultAsync<int>(key));
        Assert.Equal(4, steps);
        Execution ended = await host.Client.GetAsync(key);
        Assert.Equal(1, ended.Metadata.Generation);
        Assert.Equal("""{"n":3}""", ended.Spec.Arguments.ToString());
        Assert.Single(await host.JournalAsync(key), e => e.Kind == "StepCompleted");
    }

    [Fact]
    public async Task Events_that_were_not_taken_are_kept()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx, Round round) =>
        {
            if (round.N == 0)
            {
                await ktx.Suspend("gate");
                await ktx.Event<string>("e");
                throw ktx.ContinueAsNew(new Round(1));
            }

            return await ktx.Event<string>("e");
        }));
        ExecutionKey key = await host.StartFunctionAsync("f", new Round(0));
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await host.Client.SendEventAsync(key, "e", JsonPayload.From("taken"));
        await host.Client.SendEventAsync(key, "e", JsonPayload.From("kept"));
        await host.Client.ResumeAsync(key, "gate");

        Assert.Equal("kept", await host.ResultAsync<string>(key));
    }

    [Fact]
    public async Task The_new_runs_time_and_its_attempts_clock_begin_when_it_begins()
    {
        var time = new ManualTimeProvider();
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", async (KontinueContext ktx, Round round) =>
            {
                DateTimeOffset began = ktx.UtcNow;
                if (round.N == 1)
                {
                    await ktx.Event<string>("e", TimeSpan.FromMinutes(30));
                }

                await ktx.Sleep(TimeSpan.FromMinutes(50));
                return round.N == 0 ? throw ktx.ContinueAsNew(new Round(1)) : began;
            }, f => f.AttemptTimeout = TimeSpan.FromMinutes(45)), time: time);
        ExecutionKey key = await host.StartFunctionAsync("f", new Round(0));
        await host.AdvanceUntilAsync(() => host.Client.GetAsync(key).Result.Spec.Arguments.ToString() == """{"n":1}""", TimeSpan.FromSeconds(10), "a new run");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await host.RestartAsync();
        await host.Client.SendEventAsync(key, "e", JsonPayload.From("x"));
        await host.AdvanceToEndAsync(key, TimeSpan.FromSeconds(10));

        Assert.True(await host.ResultAsync<DateTimeOffset>(key) >= ManualTimeProvider.Start.AddMinutes(50));
    }

    [Fact]
    public async Task A_canceled_function_does_not_escape_by_continuing_as_new()
    {
        var began = new TaskCompletionSource();
        var mayEnd = new TaskCompletionSource();
        int runs = 0;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx, Round round) =>
        {
            if (Interlocked.Increment(ref runs) > 1)
            {
                return 0;
            }

            await ktx.Step("a", async () =>
            {
                began.SetResult();
                await mayEnd.Task;
            });
            throw ktx.ContinueAsNew(new Round(round.N + 1));
        }));
        ExecutionKey key = await host.StartFunctionAsync("f", new Round(0));
        await Wait.For(began.Task);
        await host.Client.CancelAsync(key);
        await Wait.Until(async () => (await host.JournalAsync(key)).Any(e => e.Kind == "CancelRequested"), () => "", "the request");
        mayEnd.SetResult();

        Assert.Equal(ExecutionPhase.Canceled, (await host.WaitForEndAsync(key)).Status!.Phase);
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task A_cancellation_between_two_runs_is_the_end()
    {
        int runs = 0;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx, Round round) =>
        {
            if (Interlocked.Increment(ref runs) > 1)
            {
                return 1;
            }

            await ktx.Suspend("gate");
            throw ktx.ContinueAsNew(new Round(round.N + 1));
        }));
        ExecutionKey key = await host.StartFunctionAsync("f", new Round(0));
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        int calls = host.Store.Calls;
        host.Store.Block();
        Task resumed = host.Client.ResumeAsync(key);
        Task canceled = host.Client.CancelAsync(key);
        await Wait.Until(() => host.Store.Calls > calls);
        host.Store.Release();
        await Wait.For(Task.WhenAll(resumed, canceled));
        Execution ended = await host.WaitForEndAsync(key);

        Assert.Equal(ended.Status!.Phase == ExecutionPhase.Completed ? 2 : 1, runs);
        await host.RestartAsync();
        Assert.Equal(ended.Status.Phase, (await host.Client.GetAsync(key)).Status!.Phase);
    }
}
