using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

public sealed class StepTests
{
    private static readonly StepOptions ThreeTries = new() { Retry = RetryPolicy.Constant(3, TimeSpan.FromMinutes(1)) };

    [Fact]
    public async Task A_step_runs_once_and_its_value_is_remembered_over_a_restart()
    {
        int runs = 0;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            int value = await ktx.Step("a", () => Interlocked.Increment(ref runs) + 41);
            await ktx.Suspend("gate");
            return value;
        }));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);

        await host.RestartAsync();
        await host.Client.ResumeAsync(key);

        Assert.Equal(42, await host.ResultAsync<int>(key));
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task Steps_of_one_name_are_told_apart_by_their_occurrence()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            int sum = 0;
            for (int i = 1; i <= 3; i++)
            {
                int add = i;
                sum += await ktx.Step("add", () => add);
            }

            return sum;
        }));
        ExecutionKey key = await host.StartFunctionAsync("f");

        Assert.Equal(6, await host.ResultAsync<int>(key));
        Assert.Equal(["add", "add#2", "add#3"], (await host.JournalAsync(key)).Select(e => e.Name));
        Execution shown = await host.Client.GetAsync(key);
        Assert.Equal("2", shown.Status!.State!["add#2"].ToString());
    }

    [Fact]
    public async Task A_value_goes_through_JSON_also_the_first_time()
    {
        var given = new List<int> { 1 };
        List<int>? got = null;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            got = await ktx.Step("a", () => given);
            return got.Count;
        }));

        Assert.Equal(1, await host.RunAsync<int>("f"));
        Assert.Equal(given, got);
        Assert.NotSame(given, got);
    }

    [Fact]
    public async Task A_failed_step_is_tried_again_after_its_backoff_and_its_counter_survives_a_restart()
    {
        var time = new ManualTimeProvider();
        var tries = new List<DateTimeOffset>();
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Step("a", () =>
            {
                tries.Add(time.GetUtcNow());
                return tries.Count < 3 ? throw new InvalidOperationException("not yet") : tries.Count;
            }, ThreeTries)), time: time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);

        await host.RestartAsync();
        await host.AdvanceUntilAsync(() => tries.Count == 2, TimeSpan.FromSeconds(1), "the second try");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await host.RestartAsync();
        await host.AdvanceToEndAsync(key, TimeSpan.FromSeconds(1));

        Assert.Equal(3, await host.ResultAsync<int>(key));
        Assert.True(tries[1] - tries[0] >= TimeSpan.FromMinutes(1));
        Assert.True(tries[2] - tries[1] >= TimeSpan.FromMinutes(1));
        Assert.Equal(["StepRetry", "StepRetry", "StepCompleted"], (await host.JournalAsync(key)).Select(e => e.Kind));
    }

    [Fact]
    public async Task A_step_without_attempts_left_fails_the_function_and_the_error_says_where()
    {
        var time = new ManualTimeProvider();
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Step("a", () => throw new InvalidOperationException("broken"), ThreeTries)),
            time: time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        Execution ended = await host.AdvanceToEndAsync(key, TimeSpan.FromSeconds(10));

        ExecutionError error = ended.Status!.Error!;
        Assert.Equal((ErrorKind.Execution, "broken", true, "a"), (error.Kind, error.Message, error.Retryable, error.Step));
        Assert.Equal(["StepRetry", "StepRetry", "StepFailed"], (await host.JournalAsync(key)).Select(e => e.Kind));
    }

    [Fact]
    public async Task A_failure_that_is_not_retryable_ends_the_step_at_once()
    {
        int runs = 0;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", (KontinueContext ktx) => ktx.Step("a", () =>
        {
            runs++;
            throw new NonRetryableException("never");
        }, ThreeTries)));
        Execution ended = await host.WaitForEndAsync(await host.StartFunctionAsync("f"));

        Assert.Equal(1, runs);
        Assert.False(ended.Status!.Error!.Retryable);
    }

    [Fact]
    public async Task A_caught_step_failure_leads_the_same_way_on_replay()
    {
        var paths = new List<string>();
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            string path;
            try
            {
                await ktx.Step("a", () => throw new InvalidOperationException("broken"));
                path = "went well";
            }
            catch (StepFailedException e)
            {
                path = $"{e.Step}: {e.Message} {e.Error.Type}";
            }

            lock (paths)
            {
                paths.Add(path);
            }

            await ktx.Suspend("gate");
            return path;
        }));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await host.RestartAsync();
        await host.Client.ResumeAsync(key);

        Assert.Equal("a: broken System.InvalidOperationException", await host.ResultAsync<string>(key));
        Assert.Equal(2, paths.Count);
        Assert.Equal(paths[0], paths[1]);
    }

    [Fact]
    public async Task An_attempt_that_overruns_fails_with_a_timeout_and_its_late_result_is_dropped()
    {
        var time = new ManualTimeProvider();
        var late = new TaskCompletionSource<int>();
        var canceled = new TaskCompletionSource();
        int runs = 0;
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Step("a", ct =>
            {
                if (Interlocked.Increment(ref runs) > 1)
                {
                    return Task.FromResult(2);
                }

                ct.Register(() => canceled.TrySetResult());
                return late.Task;
            }, new StepOptions { Timeout = TimeSpan.FromSeconds(5), Retry = RetryPolicy.Constant(2, TimeSpan.Zero) })), time: time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        await Wait.Until(() => runs == 1);
        await host.AdvanceUntilAsync(() => canceled.Task.IsCompleted, TimeSpan.FromSeconds(1), "the token's end");
        late.SetResult(1);
        await host.AdvanceToEndAsync(key, TimeSpan.FromMilliseconds(100));

        Assert.Equal(2, await host.ResultAsync<int>(key));
        Assert.Equal(ErrorKind.Timeout, (await host.JournalAsync(key))[0].Error!.Kind);
    }

    [Fact]
    public async Task A_token_whose_callback_throws_does_not_lose_the_step()
    {
        var time = new ManualTimeProvider();
        int runs = 0;
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Step("a", ct =>
            {
                runs++;
                ct.Register(() => throw new InvalidOperationException("a careless callback"));
                return new TaskCompletionSource<int>().Task;
            }, new StepOptions { Timeout = TimeSpan.FromSeconds(5) })), time: time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        await Wait.Until(() => runs == 1);
        Execution ended = await host.AdvanceToEndAsync(key, TimeSpan.FromSeconds(1));

        Assert.Equal(ErrorKind.Timeout, ended.Status!.Error!.Kind);
    }

    [Fact]
    public async Task No_more_steps_run_at_once_than_allowed()
    {
        int running = 0, most = 0;
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", async (KontinueContext ktx) =>
            {
                await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ktx.Step("a", async () =>
                {
                    int now = Interlocked.Increment(ref running);
                    InterlockedMax(ref most, now);
                    await Task.Yield();
                    Interlocked.Decrement(ref running);
                })));
            }), options: o => o.MaxConcurrentSteps = 3);
        await host.RunAsync<object>("f");

        Assert.InRange(most, 1, 3);
    }

    private static void InterlockedMax(ref int most, int now)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < now && Interlocked.CompareExchange(ref most, now, seen) != seen)
        {
        }
    }
}
