using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

public sealed class RetryTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task A_failed_attempt_is_followed_by_another_and_finished_steps_are_kept()
    {
        int steps = 0;
        var attempts = new List<int>();
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            int a = await ktx.Step("a", () => Interlocked.Increment(ref steps));
            attempts.Add(ktx.Attempt);
            return ktx.Attempt < 3 ? throw new InvalidOperationException("broken " + ktx.Attempt) : a;
        }), time: _time);
        ExecutionKey key = await host.StartFunctionAsync(new ExecutionSpec
        {
            Function = "f", Retry = new RetrySpec { Retries = 2, Backoff = TimeSpan.FromMinutes(1), Multiplier = 2 },
        });
        Execution waiting = await host.WaitForPhaseAsync(key, ExecutionPhase.Backoff);
        Assert.Equal("broken 1", waiting.Status!.Error!.Message);
        Assert.Equal(ManualTimeProvider.Start.AddMinutes(1), waiting.Status.WakeAt);
        await host.RestartAsync();
        Execution ended = await host.AdvanceToEndAsync(key, TimeSpan.FromSeconds(1));

        Assert.Equal(ExecutionPhase.Completed, ended.Status!.Phase);
        Assert.Equal((1, 3), (steps, ended.Status.Attempts));
        Assert.Equal([1, 2, 3], attempts);
        Assert.True(ended.Status.FinishedAt >= ManualTimeProvider.Start.AddMinutes(3));
    }

    [Fact]
    public async Task A_backoff_of_zero_stays_zero()
    {
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Attempt < 20 ? throw new InvalidOperationException("broken") : ktx.Attempt),
            time: _time);
        ExecutionKey key = await host.StartFunctionAsync(new ExecutionSpec
        {
            Function = "f", Retry = new RetrySpec { Retries = 19, Backoff = TimeSpan.Zero },
        });
        Execution ended = await host.AdvanceToEndAsync(key, TimeSpan.FromMilliseconds(1));

        Assert.Equal(20, ended.Status!.Result.To<int>());
        Assert.True(ended.Status!.FinishedAt < ManualTimeProvider.Start.AddSeconds(4), $"It took until {ended.Status.FinishedAt}.");
    }

    [Fact]
    public async Task When_no_attempt_is_left_the_last_failure_is_the_executions()
    {
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", Task (KontinueContext ktx) => throw new InvalidOperationException("broken " + ktx.Attempt),
                f => f.Retry = RetryPolicy.Constant(2, TimeSpan.FromSeconds(1))), time: _time);
        Execution ended = await host.AdvanceToEndAsync(await host.StartFunctionAsync("f"), TimeSpan.FromMilliseconds(100));

        Assert.Equal((ExecutionPhase.Failed, "broken 2", 2), (ended.Status!.Phase, ended.Status.Error!.Message, ended.Status.Attempts));
    }

    [Fact]
    public async Task A_resume_ends_a_backoff()
    {
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Attempt == 1 ? throw new InvalidOperationException("broken") : ktx.Attempt,
                f => f.Retry = RetryPolicy.Constant(2, TimeSpan.FromDays(1))), time: _time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Backoff);
        await host.Client.ResumeAsync(key);

        Assert.Equal(2, await host.ResultAsync<int>(key));
    }

    [Theory]
    [InlineData(ChildPolicy.None, 1)]
    [InlineData(ChildPolicy.RetryFailed, 2)]
    public async Task A_retry_runs_failed_children_again_if_the_policy_says_so(ChildPolicy policy, int expected)
    {
        int good = 0, bad = 0;
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("good", (KontinueContext ktx) => ktx.Step("s", () => Interlocked.Increment(ref good)))
            .AddFunction("bad", (KontinueContext ktx) => ktx.Step("s", () =>
                Interlocked.Increment(ref bad) == 1 ? throw new NonRetryableException("broken") : bad))
            .AddFunction("f", async (KontinueContext ktx) =>
            {
                await ktx.Execute<int>("good");
                try
                {
                    return await ktx.Execute<int>("bad");
                }
                catch (ChildFailedException e) when (ktx.Attempt == 1)
                {
                    throw new InvalidOperationException("again", e);
                }
            }), time: _time);
        ExecutionKey key = await host.StartFunctionAsync(new ExecutionSpec
        {
            Function = "f", Retry = new RetrySpec { Retries = 1, Backoff = TimeSpan.FromSeconds(1), ChildPolicy = policy },
        });
        Execution ended = await host.AdvanceToEndAsync(key, TimeSpan.FromMilliseconds(100));

        Assert.Equal((1, expected), (good, bad));
        Assert.Equal(policy == ChildPolicy.None ? ErrorKind.ChildFailed : null, ended.Status!.Error?.Kind);
    }

    [Fact]
    public async Task An_attempt_that_takes_too_long_is_retried_and_its_step_is_told()
    {
        var told = new TaskCompletionSource();
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            await ktx.Step("a", ct =>
            {
                if (ktx.Attempt > 1)
                {
                    return Task.CompletedTask;
                }

                ct.Register(() => told.SetResult());
                return Task.Delay(Timeout.Infinite, ct);
            });
            return ktx.Attempt;
        }, f =>
        {
            f.AttemptTimeout = TimeSpan.FromMinutes(1);
            f.Retry = RetryPolicy.Constant(2, TimeSpan.FromSeconds(1));
        }), time: _time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.AdvanceToEndAsync(key, TimeSpan.FromSeconds(1));

        await Wait.For(told.Task);
        Assert.Equal(2, await host.ResultAsync<int>(key));
        JournalFailure(ErrorKind.Timeout, await host.JournalAsync(key));
    }

    [Fact]
    public async Task The_attempts_clock_stops_while_it_sleeps_or_waits_for_a_person()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            await ktx.Sleep(TimeSpan.FromHours(1));
            await ktx.Suspend("gate");
            return await ktx.Event<int>("e");
        }, f => f.AttemptTimeout = TimeSpan.FromMinutes(1)), time: _time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.AdvanceUntilAsync(
            () => host.Client.GetAsync(key).Result.Status!.WaitingFor?.Any(w => w.Name == "gate") == true, TimeSpan.FromSeconds(10), "the gate");
        _time.Advance(TimeSpan.FromHours(1));
        await host.Client.ResumeAsync(key);
        Execution ended = await host.AdvanceToEndAsync(key, TimeSpan.FromSeconds(1));

        // A wait for an event counts.
        Assert.Equal((ErrorKind.Timeout, true), (ended.Status!.Error!.Kind, ended.Status.Error.Retryable));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_overall_timeout_counts_over_all_attempts_also_in_backoff(bool restart)
    {
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", Task (KontinueContext _) => throw new InvalidOperationException("broken")), time: _time);
        ExecutionKey key = await host.StartFunctionAsync(new ExecutionSpec
        {
            Function = "f",
            Retry = new RetrySpec { Retries = 9, Backoff = TimeSpan.FromMinutes(40) },
            Timeout = new TimeoutSpec { Overall = TimeSpan.FromHours(1) },
        });
        await host.WaitForPhaseAsync(key, ExecutionPhase.Backoff);
        if (restart)
        {
            await host.RestartAsync();
        }

        Execution ended = await host.AdvanceToEndAsync(key, TimeSpan.FromSeconds(10));
        Assert.Equal((ErrorKind.Timeout, false), (ended.Status!.Error!.Kind, ended.Status.Error.Retryable));
        Assert.Contains("overall timeout of 1h", ended.Status.Error.Message, StringComparison.Ordinal);
        Assert.InRange(ended.Status.FinishedAt!.Value, ManualTimeProvider.Start.AddHours(1), ManualTimeProvider.Start.AddHours(1.1));
    }

    private static void JournalFailure(ErrorKind kind, IReadOnlyList<JournalEntry> journal) =>
        Assert.Equal(kind, journal.First(e => e.Kind == "AttemptFailed").Error!.Kind);
}
