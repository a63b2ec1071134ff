using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

public sealed class CancellationTests
{
    private static async Task<Execution> CancelAsync(TestHost host, ExecutionKey key)
    {
        await Wait.For(host.Client.CancelAsync(key, "enough"));
        return await host.WaitForEndAsync(key);
    }

    private static void AssertCanceled(Execution execution) =>
        Assert.Equal((ExecutionPhase.Canceled, "enough"), (execution.Status!.Phase, execution.Status.Error!.Message));

    [Fact]
    public async Task A_suspended_execution_is_canceled_in_memory_and_out_of_it()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", (KontinueContext ktx) => ktx.Suspend("gate")));
        ExecutionKey inMemory = await host.StartFunctionAsync("f");
        AssertCanceled(await CancelAsync(host, inMemory));

        ExecutionKey outside = await host.StartFunctionAsync("f");
        await host.RestartAsync();
        AssertCanceled(await CancelAsync(host, outside));
    }

    [Fact]
    public async Task An_execution_that_nobody_runs_is_canceled_without_being_run()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("g", (KontinueContext _) => 1));
        AssertCanceled(await CancelAsync(host, await host.StartFunctionAsync("f")));
    }

    [Fact]
    public async Task An_execution_in_backoff_is_canceled_without_another_attempt()
    {
        int attempts = 0;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", (KontinueContext _) =>
        {
            attempts++;
            throw new InvalidOperationException("broken");
        }, f => f.Retry = RetryPolicy.Constant(5, TimeSpan.FromHours(1))));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Backoff);

        AssertCanceled(await CancelAsync(host, key));
        Assert.Equal(1, attempts);
    }

    [Fact]
    public async Task A_running_step_is_told_and_what_follows_cleans_up()
    {
        var began = new TaskCompletionSource();
        bool cleaned = false, cleanupCanceled = true;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            try
            {
                await ktx.Step("work", async ct =>
                {
                    began.TrySetResult();
                    await Task.Delay(Timeout.Infinite, ct);
                });
            }
            finally
            {
                await ktx.Step("clean-up", ct =>
                {
                    cleanupCanceled = ct.IsCancellationRequested;
                    cleaned = true;
                    return Task.CompletedTask;
                });
            }
        }));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await Wait.For(began.Task);

        AssertCanceled(await CancelAsync(host, key));
        Assert.True(cleaned);
        Assert.False(cleanupCanceled);
        Assert.Equal(["CancelRequested", "StepCanceled", "StepCompleted"], (await host.JournalAsync(key)).Select(e => e.Kind));
    }

    [Fact]
    public async Task A_step_that_takes_no_notice_keeps_its_result_and_the_next_operation_is_canceled()
    {
        var began = new TaskCompletionSource();
        var mayEnd = new TaskCompletionSource<int>();
        int result = 0;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            result = await ktx.Step("work", () =>
            {
                began.TrySetResult();
                return mayEnd.Task;
            });
            await ktx.Sleep(TimeSpan.FromHours(1));
        }));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await Wait.For(began.Task);
        await host.Client.CancelAsync(key, "enough");
        await Wait.Until(async () => (await host.JournalAsync(key)).Any(e => e.Kind == "CancelRequested"), () => "", "the request");
        mayEnd.SetResult(3);

        AssertCanceled(await host.WaitForEndAsync(key));
        Assert.Equal(3, result);
    }

    [Fact]
    public async Task A_cleanup_goes_on_after_a_restart()
    {
        var paths = new List<string>();
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            try
            {
                await ktx.Sleep(TimeSpan.FromHours(1));
            }
            catch (OperationCanceledException)
            {
                await ktx.Suspend("may-i");
                lock (paths)
                {
                    paths.Add("cleaned up");
                }

                throw;
            }
        }));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await host.Client.CancelAsync(key, "enough");
        await host.WaitForAsync(key, e => e.Status!.WaitingFor?.Any(w => w.Name == "may-i") == true, "the cleanup");
        await host.RestartAsync();
        await host.Client.ResumeAsync(key, "may-i");

        AssertCanceled(await host.WaitForEndAsync(key));
        Assert.Equal(["cleaned up"], paths);
    }

    [Fact]
    public async Task A_cancellation_reaches_children_and_their_children()
    {
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("leaf", (KontinueContext ktx) => ktx.Suspend("gate"))
            .AddFunction("middle", (KontinueContext ktx) => ktx.Execute("leaf", options: new ChildOptions { Name = "leaf" }))
            .AddFunction("root", (KontinueContext ktx) => ktx.Execute("middle", options: new ChildOptions { Name = "middle" })));
        ExecutionKey key = await host.StartFunctionAsync("root");
        await host.WaitForPhaseAsync(TestHost.Key("leaf"), ExecutionPhase.Suspended);

        AssertCanceled(await CancelAsync(host, key));
        Assert.Equal(ExecutionPhase.Canceled, (await host.WaitForEndAsync(TestHost.Key("middle"))).Status!.Phase);
        Assert.Equal(ExecutionPhase.Canceled, (await host.WaitForEndAsync(TestHost.Key("leaf"))).Status!.Phase);
    }

    [Fact]
    public async Task Canceling_twice_changes_nothing_and_canceling_what_has_ended_is_refused()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            try
            {
                await ktx.Suspend("gate");
            }
            catch (OperationCanceledException)
            {
                await ktx.Suspend("second-gate");
            }
        }));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.Client.CancelAsync(key, "one");
        await host.WaitForAsync(key, e => e.Status!.WaitingFor?.Any(w => w.Name == "second-gate") == true, "the second gate");
        await host.Client.CancelAsync(key, "two");
        await host.Client.ResumeAsync(key, "second-gate");

        Assert.Equal(ExecutionPhase.Completed, (await host.WaitForEndAsync(key)).Status!.Phase);
        Assert.Single(await host.JournalAsync(key), e => e.Kind == "CancelRequested");
        await Assert.ThrowsAsync<ExecutionConflictException>(() => host.Client.CancelAsync(key));
    }
}
