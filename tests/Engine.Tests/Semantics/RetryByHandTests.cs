using Kontinue.Engine.Messages;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

public sealed class RetryByHandTests
{
    private readonly ManualTimeProvider _time = new();

    private static async Task<ExecutionConflictException> ConflictAsync(TestHost host, ExecutionKey key) =>
        await Assert.ThrowsAsync<ExecutionConflictException>(() => host.Client.RetryAsync(key));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failed_execution_runs_again_and_keeps_its_finished_steps(bool restart)
    {
        int steps = 0;
        bool isFixed = false;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            int a = await ktx.Step("a", () => Interlocked.Increment(ref steps));
            await ktx.Step("b", () => isFixed ? Task.CompletedTask : throw new NonRetryableException("broken"));
            return (a * 10) + ktx.Attempt;
        }));
        ExecutionKey key = await host.StartFunctionAsync("f");
        Execution failed = await host.WaitForEndAsync(key);
        Assert.Equal((ExecutionPhase.Failed, "broken"), (failed.Status!.Phase, failed.Status.Error!.Message));
        if (restart)
        {
            await host.RestartAsync();
        }

        isFixed = true;
        await Wait.For(host.Client.RetryAsync(key));

        Assert.Equal(12, await host.ResultAsync<int>(key));
        Execution ended = await host.Client.GetAsync(key);
        Assert.Equal((1, 2, null), (steps, ended.Status!.Attempts, ended.Status.Error));
        Assert.Equal(failed.Metadata.Uid, ended.Metadata.Uid);
        JournalEntry retry = Assert.Single(await host.JournalAsync(key), e => e.Kind == "AttemptFailed");
        Assert.Equal((1, "broken"), (retry.Attempt, retry.Error!.Message));
    }

    [Fact]
    public async Task A_canceled_execution_runs_again_as_if_it_had_not_been_canceled()
    {
        int works = 0;
        var began = new TaskCompletionSource();
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            await ktx.Step("work", async ct =>
            {
                if (Interlocked.Increment(ref works) == 1)
                {
                    began.SetResult();
                    await Task.Delay(Timeout.Infinite, ct);
                }
            });
            await ktx.Sleep(TimeSpan.FromMilliseconds(1));
            return ktx.CancellationToken.IsCancellationRequested;
        }));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await Wait.For(began.Task);
        await host.Client.CancelAsync(key, "enough");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Canceled);
        await host.Client.RetryAsync(key);

        Assert.False(await host.ResultAsync<bool>(key));
        Assert.Equal(2, works);
    }

    [Fact]
    public async Task An_execution_that_was_canceled_before_it_began_can_be_retried()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("g", (KontinueContext _) => 1));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.Client.CancelAsync(key);
        await host.WaitForPhaseAsync(key, ExecutionPhase.Canceled);
        await host.RestartAsync(k => k.AddFunction("f", (KontinueContext _) => 7));
        await host.Client.RetryAsync(key);

        Assert.Equal(7, await host.ResultAsync<int>(key));
    }

    [Fact]
    public async Task A_request_that_came_after_the_end_is_none_to_the_next_attempt()
    {
        bool isFixed = false;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction(
            "f", (KontinueContext ktx) => isFixed ? ktx.Attempt : throw new NonRetryableException("broken")));
        ExecutionKey key = await host.StartFunctionAsync("f");
        Execution failed = await host.WaitForEndAsync(key);
        var late = new CommitUnit();
        late.Messages.Add(new Message(
            key, failed.Metadata.Uid!.Value, Guid.CreateVersion7(), failed.Status!.FinishedAt!.Value,
            new MessageBody { Kind = MessageKind.Cancel, Name = "too late" }.Serialize()));
        await host.Shared.CommitAsync([late], CancellationToken.None);
        isFixed = true;
        await host.Client.RetryAsync(key);

        Assert.Equal(2, await host.ResultAsync<int>(key));
    }

    [Theory]
    [InlineData(null, 2)]
    [InlineData(ChildPolicy.RetryFailed, 2)]
    [InlineData(ChildPolicy.None, 1)]
    public async Task Failed_children_run_again_unless_that_is_not_wanted(ChildPolicy? policy, int expected)
    {
        int good = 0, bad = 0;
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("good", (KontinueContext ktx) => ktx.Step("s", () => Interlocked.Increment(ref good)))
            .AddFunction("bad", (KontinueContext ktx) => ktx.Step("s", () =>
                Interlocked.Increment(ref bad) == 1 ? throw new NonRetryableException("broken") : bad))
            .AddFunction("f", async (KontinueContext ktx) => await ktx.Execute<int>("good") + await ktx.Execute<int>("bad")));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Failed);
        await host.Client.RetryAsync(key, policy);
        Execution ended = await host.WaitForAsync(key, e => e.Status is { Attempts: 2, Phase: ExecutionPhase.Completed or ExecutionPhase.Failed }, "the end");

        Assert.Equal((1, expected), (good, bad));
        Assert.Equal(policy == ChildPolicy.None ? ErrorKind.ChildFailed : null, ended.Status!.Error?.Kind);
    }

    [Fact]
    public async Task Children_that_the_end_took_along_run_again_and_those_that_went_on_alone_do_not()
    {
        int attached = 0, spawned = 0;
        bool isFixed = false;
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("attached", async (KontinueContext ktx) =>
            {
                if (Interlocked.Increment(ref attached) == 1)
                {
                    await ktx.Suspend("gate");
                }

                return 1;
            })
            .AddFunction("spawned", async (KontinueContext ktx) =>
            {
                Interlocked.Increment(ref spawned);
                await ktx.Suspend("gate");
                return 2;
            })
            .AddFunction("f", async (KontinueContext ktx) =>
            {
                Task<int> a = ktx.Execute<int>("attached", options: new ChildOptions { Name = "a" });
                ChildExecution<int> b = ktx.Spawn<int>("spawned", options: new ChildOptions { Name = "b" });
                await ktx.Event<int>("go");
                return isFixed ? (await a * 10) + await b.Result : throw new NonRetryableException("broken");
            }));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(TestHost.Key("a"), ExecutionPhase.Suspended);
        await host.WaitForPhaseAsync(TestHost.Key("b"), ExecutionPhase.Suspended);
        await host.Client.SendEventAsync(key, "go", JsonPayload.From(1));
        await host.WaitForPhaseAsync(key, ExecutionPhase.Failed);
        await host.WaitForPhaseAsync(TestHost.Key("a"), ExecutionPhase.Canceled);

        // It ends while there is nobody to tell.
        await host.Client.ResumeAsync(TestHost.Key("b"));
        await host.WaitForPhaseAsync(TestHost.Key("b"), ExecutionPhase.Completed);
        await host.RestartAsync();
        await host.Shared.DeleteDeadMessagesAsync(DateTimeOffset.MaxValue, 100, CancellationToken.None);
        isFixed = true;
        await host.Client.RetryAsync(key, ChildPolicy.None);

        Assert.Equal(12, await host.ResultAsync<int>(key));
        Assert.Equal((2, 1), (attached, spawned));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_failed_child_that_succeeds_later_is_not_run_again_by_its_parent(bool skip)
    {
        int runs = 0;
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("child", (KontinueContext _) =>
                Interlocked.Increment(ref runs) == 1 ? throw new NonRetryableException("broken") : 5)
            .AddFunction("f", (KontinueContext ktx) => ktx.Execute<int>("child", options: new ChildOptions { Name = "c" })));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Failed);
        await (skip ? host.Client.SkipAsync(TestHost.Key("c"), JsonPayload.From(6)) : host.Client.RetryAsync(TestHost.Key("c")));
        await host.WaitForPhaseAsync(TestHost.Key("c"), skip ? ExecutionPhase.Skipped : ExecutionPhase.Completed);
        await host.Client.RetryAsync(key);

        Assert.Equal(skip ? 6 : 5, await host.ResultAsync<int>(key));
        Assert.Equal(skip ? 1 : 2, runs);
        Assert.Null(await host.Shared.ReadAsync(TestHost.Key("c-2"), CancellationToken.None));
    }

    [Fact]
    public async Task A_retry_ends_a_backoff_and_runs_failed_children_again()
    {
        int children = 0;
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("child", (KontinueContext _) =>
                Interlocked.Increment(ref children) == 1 ? throw new NonRetryableException("broken") : 5)
            .AddFunction("f", async (KontinueContext ktx) =>
            {
                try
                {
                    return await ktx.Execute<int>("child");
                }
                catch (ChildFailedException e)
                {
                    throw new InvalidOperationException("again", e);
                }
            }, f => f.Retry = RetryPolicy.Constant(2, TimeSpan.FromDays(1))), time: _time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Backoff);
        await host.Client.RetryAsync(key);

        Assert.Equal(5, await host.ResultAsync<int>(key));
    }

    [Fact]
    public async Task A_held_execution_is_tried_again()
    {
        bool isOld = true;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            await (isOld ? ktx.Sleep(TimeSpan.FromHours(1), "x") : ktx.Step("x", () => Task.CompletedTask));
            return 1;
        }), time: _time, options: o => o.SuspendedResidency = TimeSpan.Zero);
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        isOld = false;
        await host.RestartAsync();
        await host.Client.ResumeAsync(key);
        await host.WaitForAsync(key, e => e.Status!.Conditions?.Any(c => c.Type == Condition.Held) == true, "the hold");
        isOld = true;
        await host.Client.RetryAsync(key);

        Assert.Equal(1, await host.ResultAsync<int>(key));
    }

    [Fact]
    public async Task Of_those_that_are_held_only_the_one_that_is_retried_is_tried_again()
    {
        bool isOld = true;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            await (isOld ? ktx.Sleep(TimeSpan.FromHours(1), "x") : ktx.Step("x", () => Task.CompletedTask));
            return 1;
        }), time: _time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        ExecutionKey other = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await host.WaitForPhaseAsync(other, ExecutionPhase.Suspended);
        isOld = false;
        await host.RestartAsync();
        foreach (ExecutionKey one in new[] { key, other })
        {
            await host.Client.ResumeAsync(one);
            await host.WaitForAsync(one, e => e.Status!.Conditions?.Any(c => c.Type == Condition.Held) == true, "the hold");
        }

        isOld = true;
        await host.Client.RetryAsync(key);

        Assert.Equal(1, await host.ResultAsync<int>(key));
        Assert.True((await host.Shared.ReadAsync(other, CancellationToken.None))!.Held);
    }

    [Fact]
    public async Task What_has_not_failed_is_not_retried()
    {
        var mayEnd = new TaskCompletionSource();
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("runs", (KontinueContext ktx) => ktx.Step("s", () => mayEnd.Task))
            .AddFunction("waits", (KontinueContext ktx) => ktx.Suspend("gate"))
            .AddFunction("done", (KontinueContext _) => 1));
        ExecutionKey pending = await host.StartFunctionAsync("nobody-has-it");
        ExecutionKey running = await host.StartFunctionAsync("runs");
        ExecutionKey waiting = await host.StartFunctionAsync("waits");
        ExecutionKey skipped = await host.StartFunctionAsync("waits");
        ExecutionKey done = await host.StartFunctionAsync("done");
        await host.WaitForPhaseAsync(running, ExecutionPhase.Executing);
        await host.WaitForPhaseAsync(waiting, ExecutionPhase.Suspended);
        await host.WaitForPhaseAsync(skipped, ExecutionPhase.Suspended);
        await host.WaitForEndAsync(done);
        await host.Client.SkipAsync(skipped);
        await host.WaitForEndAsync(skipped);

        Assert.Contains("is Pending", (await ConflictAsync(host, pending)).Message, StringComparison.Ordinal);
        Assert.Contains("is Executing", (await ConflictAsync(host, running)).Message, StringComparison.Ordinal);
        Assert.Contains("is Suspended", (await ConflictAsync(host, waiting)).Message, StringComparison.Ordinal);
        Assert.Contains("Resubmit", (await ConflictAsync(host, done)).Message, StringComparison.Ordinal);
        Assert.Contains("Resubmit", (await ConflictAsync(host, skipped)).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ExecutionNotFoundException>(() => host.Client.RetryAsync(TestHost.Key("nowhere")));
        await Assert.ThrowsAsync<InvalidRequestException>(() => host.Client.RetryAsync(done, (ChildPolicy)9));
        mayEnd.SetResult();
        await host.WaitForEndAsync(running);
    }

    [Fact]
    public async Task An_execution_whose_time_is_over_is_not_retried()
    {
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", Task (KontinueContext _) => throw new NonRetryableException("broken")), time: _time);
        ExecutionKey key = await host.StartFunctionAsync(
            new ExecutionSpec { Function = "f", Timeout = new TimeoutSpec { Overall = TimeSpan.FromHours(1) } });
        await host.WaitForEndAsync(key);
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Contains("overall timeout of 1h is over. Resubmit", (await ConflictAsync(host, key)).Message, StringComparison.Ordinal);
        Assert.Equal(ExecutionPhase.Failed, (await host.Client.GetAsync(key)).Status!.Phase);
    }

    [Fact]
    public async Task A_retry_by_hand_is_one_attempt_and_the_policy_goes_on_from_there()
    {
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", Task (KontinueContext ktx) => ktx.Attempt switch
            {
                1 => throw new NonRetryableException("1"),
                _ => throw new InvalidOperationException("more"),
            }, f => f.Retry = RetryPolicy.Constant(3, TimeSpan.FromSeconds(1))), time: _time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForEndAsync(key);
        await host.Client.RetryAsync(key);
        Assert.Equal(3, (await host.AdvanceToEndAsync(key, TimeSpan.FromMilliseconds(100))).Status!.Attempts);

        await host.Client.RetryAsync(key);
        await host.AdvanceUntilAsync(
            () => host.Client.GetAsync(key).Result.Status is { Attempts: 4, Phase: ExecutionPhase.Failed }, TimeSpan.FromMilliseconds(100), "the fourth failure");
    }

    [Fact]
    public async Task Waits_whose_deadline_passed_while_nobody_waited_begin_anew()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            await ktx.Poll("ready", _ => Task.FromResult(true), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
            return await ktx.Suspend<int>("gate", TimeSpan.FromHours(1));
        }), time: _time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await host.Client.CancelAsync(key);
        await host.WaitForPhaseAsync(key, ExecutionPhase.Canceled);
        _time.Advance(TimeSpan.FromHours(2));
        await host.Client.RetryAsync(key);
        Execution waiting = await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);

        Assert.Equal(ManualTimeProvider.Start.AddHours(3), waiting.Status!.WakeAt!.Value, TimeSpan.FromMinutes(1));
        await host.Client.ResumeAsync(key, payload: JsonPayload.From(3));
        Assert.Equal(3, await host.ResultAsync<int>(key));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 0)]
    [InlineData(0, 1)]
    public async Task Retries_at_the_same_time_are_one_attempt_also_when_the_store_stumbles(int before, int after)
    {
        int attempts = 0;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", (KontinueContext ktx) =>
            Interlocked.Increment(ref attempts) == 1 ? throw new NonRetryableException("broken") : ktx.Suspend<int>("gate")));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForEndAsync(key);
        await using TestHost other = await host.StartBesideAsync("silo-2");
        host.Store.FailBefore(before);
        host.Store.FailAfter(after);
        bool[] accepted = await Wait.For(Task.WhenAll(Enumerable.Range(0, 8).Select(i => TryAsync(i % 2 == 0 ? host : other))));
        Assert.Contains(true, accepted);
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await host.Client.ResumeAsync(key, payload: JsonPayload.From(1));
        Execution ended = await host.WaitForEndAsync(key);

        Assert.Equal((2, 2), (ended.Status!.Attempts, attempts));
        Assert.Single(await host.JournalAsync(key), e => e.Kind == "AttemptFailed");

        async Task<bool> TryAsync(TestHost silo)
        {
            try
            {
                await silo.Client.RetryAsync(key);
                return true;
            }
            catch (ExecutionConflictException e) when (!e.Message.Contains("changed by somebody", StringComparison.Ordinal))
            {
                // It came when the execution ran again already.
                return false;
            }
        }
    }

    [Fact]
    public async Task A_retry_through_a_silo_without_the_function_is_carried_out_by_one_that_has_it()
    {
        bool isFixed = false;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction(
            "f", (KontinueContext ktx) => isFixed ? ktx.Attempt : throw new NonRetryableException("broken")));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForEndAsync(key);
        isFixed = true;
        await using TestHost other = await host.StartBesideAsync("silo-2", k => k.AddFunction("g", (KontinueContext _) => 1));
        await other.Client.RetryAsync(key);

        Assert.Equal(2, await host.ResultAsync<int>(key));
    }

    [Fact]
    public async Task A_silo_that_dies_after_the_retry_was_stored_is_replaced()
    {
        var began = new TaskCompletionSource();
        int attempts = 0;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            if (ktx.Attempt == 1)
            {
                throw new NonRetryableException("broken");
            }

            await ktx.Step("s", async ct =>
            {
                if (Interlocked.Increment(ref attempts) == 1)
                {
                    began.SetResult();
                    await Task.Delay(Timeout.Infinite, ct);
                }
            });
            return ktx.Attempt;
        }));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForEndAsync(key);
        await host.Client.RetryAsync(key);
        await Wait.For(began.Task);
        await host.CrashAsync();

        Assert.Equal(2, await host.ResultAsync<int>(key));
        Assert.Equal(2, attempts);
    }
}
