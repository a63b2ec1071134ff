using Kontinue.Engine.Messages;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

public sealed class SkipTests
{
    private readonly ManualTimeProvider _time = new();

    private static async Task AssertSkippedAsync(TestHost host, ExecutionKey key)
    {
        Execution ended = await host.WaitForEndAsync(key);
        Assert.Equal((ExecutionPhase.Skipped, "7"), (ended.Status!.Phase, ended.Status.Result.ToString()));
        JournalEntry skip = Assert.Single(await host.JournalAsync(key), e => e.Kind == "SkipRequested");
        Assert.Equal("7", skip.Value.ToString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_parent_goes_on_with_the_value_of_a_child_that_was_passed_over(bool restart)
    {
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("grandchild", (KontinueContext ktx) => ktx.Suspend("gate"))
            .AddFunction("child", async (KontinueContext ktx) =>
            {
                await ktx.Execute<int>("grandchild", options: new ChildOptions { Name = "g" });
                return 1;
            })
            .AddFunction("f", (KontinueContext ktx) => ktx.Execute<int>("child", options: new ChildOptions { Name = "c" })));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(TestHost.Key("g"), ExecutionPhase.Suspended);
        await host.WaitForPhaseAsync(TestHost.Key("c"), ExecutionPhase.Suspended);
        if (restart)
        {
            await host.RestartAsync();
        }

        await Wait.For(host.Client.SkipAsync(TestHost.Key("c"), JsonPayload.From(7), "not needed"));

        await AssertSkippedAsync(host, TestHost.Key("c"));
        Assert.Equal(7, await host.ResultAsync<int>(key));
        await host.WaitForPhaseAsync(TestHost.Key("g"), ExecutionPhase.Canceled);
    }

    [Fact]
    public async Task What_has_not_begun_is_held_or_waits_for_an_attempt_is_passed_over()
    {
        bool isOld = true;
        void Code(Hosting.KontinueBuilder k) => k
            .AddFunction("fails", Task (KontinueContext _) => throw new InvalidOperationException("broken"), f => f.Retry = RetryPolicy.Constant(2, TimeSpan.FromDays(1)))
            .AddFunction("changes", async (KontinueContext ktx) => await (isOld ? ktx.Sleep(TimeSpan.FromHours(1), "x") : ktx.Step("x", () => Task.CompletedTask)));
        await using TestHost host = await TestHost.StartAsync(Code, time: _time);
        ExecutionKey pending = await host.StartFunctionAsync("nobody-has-it");
        ExecutionKey backoff = await host.StartFunctionAsync("fails");
        ExecutionKey held = await host.StartFunctionAsync("changes");
        await host.WaitForPhaseAsync(backoff, ExecutionPhase.Backoff);
        await host.WaitForPhaseAsync(held, ExecutionPhase.Suspended);
        isOld = false;
        await host.RestartAsync();
        await host.Client.ResumeAsync(held);
        await host.WaitForAsync(held, e => e.Status!.Conditions?.Any(c => c.Type == Condition.Held) == true, "the hold");
        foreach (ExecutionKey key in new[] { pending, backoff, held })
        {
            await host.Client.SkipAsync(key, JsonPayload.From(7));
            await AssertSkippedAsync(host, key);
        }

        Assert.Equal("broken", (await host.Client.GetAsync(backoff)).Status!.Error!.Message);
    }

    [Fact]
    public async Task The_value_is_null_when_none_is_given()
    {
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("child", (KontinueContext ktx) => ktx.Suspend<string>("gate"))
            .AddFunction("f", async (KontinueContext ktx) => await ktx.Execute<string?>("child", options: new ChildOptions { Name = "c" }) is null));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(TestHost.Key("c"), ExecutionPhase.Suspended);
        await host.Client.SkipAsync(TestHost.Key("c"));

        Assert.True(await host.ResultAsync<bool>(key));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_failed_execution_is_passed_over_and_keeps_its_error(int failures)
    {
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", Task (KontinueContext _) => throw new NonRetryableException("broken")));
        ExecutionKey key = await host.StartFunctionAsync("f");
        Execution failed = await host.WaitForEndAsync(key);
        host.Store.FailAfter(failures);
        await Wait.For(host.Client.SkipAsync(key, JsonPayload.From(7), "seen"));

        await AssertSkippedAsync(host, key);
        Execution skipped = await host.Client.GetAsync(key);
        Assert.Equal(("broken", failed.Status!.FinishedAt), (skipped.Status!.Error!.Message, skipped.Status.FinishedAt));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_parent_between_two_attempts_takes_the_child_as_passed_over(bool restart)
    {
        int runs = 0;
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("child", int (KontinueContext _) =>
            {
                runs++;
                throw new NonRetryableException("broken");
            })
            .AddFunction("f", (KontinueContext ktx) => ktx.Execute<int>("child", options: new ChildOptions { Name = "c" }), f =>
            {
                f.Retry = RetryPolicy.Constant(2, TimeSpan.FromHours(1));
                f.ChildPolicy = ChildPolicy.RetryFailed;
            }), time: _time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Backoff);
        if (restart)
        {
            await host.RestartAsync();
        }

        await host.Client.SkipAsync(TestHost.Key("c"), JsonPayload.From(7));
        await Wait.Until(
            async () => (await host.JournalAsync(key)).Count(e => e.Kind == "ChildEnded") == 2, () => "", "the parent to be told");
        Execution ended = await host.AdvanceToEndAsync(key, TimeSpan.FromMinutes(1));

        Assert.Equal((7, 1, 2), (ended.Status!.Result.To<int>(), runs, ended.Status.Attempts));
    }

    [Fact]
    public async Task A_parent_that_was_told_of_the_failure_goes_the_same_way_after_a_restart()
    {
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("child", int (KontinueContext _) => throw new NonRetryableException("broken"))
            .AddFunction("f", async (KontinueContext ktx) =>
            {
                try
                {
                    return await ktx.Execute<int>("child", options: new ChildOptions { Name = "c" });
                }
                catch (ChildFailedException)
                {
                    return await ktx.Suspend<int>("instead");
                }
            }));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await host.WaitForAsync(key, e => e.Status!.WaitingFor?.Any(w => w.Name == "instead") == true, "the wait");
        await host.Client.SkipAsync(TestHost.Key("c"), JsonPayload.From(7));
        await Wait.Until(
            async () => (await host.JournalAsync(key)).Count(e => e.Kind == "ChildEnded") == 2, () => "", "the parent to be told");
        await host.RestartAsync();
        await host.Client.ResumeAsync(key, "instead", JsonPayload.From(3));

        Assert.Equal(3, await host.ResultAsync<int>(key));
    }

    [Fact]
    public async Task What_runs_or_has_ended_well_is_not_passed_over()
    {
        var began = new TaskCompletionSource();
        var mayEnd = new TaskCompletionSource();
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("runs", (KontinueContext ktx) => ktx.Step("s", async () =>
            {
                began.SetResult();
                await mayEnd.Task;
                return 1;
            }))
            .AddFunction("waits", (KontinueContext ktx) => ktx.Suspend("gate"))
            .AddFunction("done", (KontinueContext _) => 1));
        ExecutionKey running = await host.StartFunctionAsync("runs");
        ExecutionKey canceled = await host.StartFunctionAsync("waits");
        ExecutionKey done = await host.StartFunctionAsync("done");
        await Wait.For(began.Task);
        await host.WaitForPhaseAsync(running, ExecutionPhase.Executing);
        await host.WaitForEndAsync(done);
        await host.Client.CancelAsync(canceled);
        await host.WaitForEndAsync(canceled);
        foreach (ExecutionKey key in new[] { running, canceled, done })
        {
            await Assert.ThrowsAsync<ExecutionConflictException>(() => host.Client.SkipAsync(key));
        }

        // A request that was let in just before the step began finds it running.
        Execution current = await host.Client.GetAsync(running);
        await host.Engine.SendAsync(new Message(
            running, current.Metadata.Uid!.Value, Guid.CreateVersion7(), host.Engine.Now,
            new MessageBody { Kind = MessageKind.Skip, Value = JsonPayload.Null }.Serialize()));
        await Wait.Until(() => host.Log.Lines.Any(line => line.Message.Contains("was to be skipped", StringComparison.Ordinal)));
        mayEnd.SetResult();
        Assert.Equal(1, await host.ResultAsync<int>(running));
        await Assert.ThrowsAsync<ExecutionNotFoundException>(() => host.Client.SkipAsync(TestHost.Key("nowhere")));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Of_two_who_pass_it_over_at_the_same_moment_the_parent_hears_what_was_stored(int second)
    {
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("child", int (KontinueContext _) => throw new NonRetryableException("broken"))
            .AddFunction("f", (KontinueContext ktx) => ktx.Execute<int>("child", options: new ChildOptions { Name = "c" }), f =>
            {
                f.Retry = RetryPolicy.Constant(2, TimeSpan.FromHours(1));
                f.ChildPolicy = ChildPolicy.RetryFailed;
            }), time: _time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Backoff);
        await using TestHost other = await host.StartBesideAsync("silo-2");
        host.Store.Block();
        int calls = host.Store.Calls;
        Task late = host.Client.SkipAsync(TestHost.Key("c"), JsonPayload.From(second));
        await Wait.Until(() => host.Store.Calls > calls);
        await Wait.For(other.Client.SkipAsync(TestHost.Key("c"), JsonPayload.From(7)));
        host.Store.Release();
        if (second == 7)
        {
            await Wait.For(late);
        }
        else
        {
            await Assert.ThrowsAsync<ExecutionConflictException>(() => Wait.For(late));
        }

        Execution ended = await host.AdvanceToEndAsync(key, TimeSpan.FromMinutes(1));
        Assert.Equal((7, "7"), (ended.Status!.Result.To<int>(), (await host.Client.GetAsync(TestHost.Key("c"))).Status!.Result.ToString()));
    }
}
