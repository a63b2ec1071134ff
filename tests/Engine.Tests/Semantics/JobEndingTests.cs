using Kontinue.Engine.Functions;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Jobs;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

/// <summary>A job that is not wanted any more is stopped, whoever owns its execution by then.</summary>
public sealed class JobEndingTests
{
    private sealed record Round(int Number);

    private static readonly JobSpec Spec = new() { Image = "tool:1" };

    private readonly FakeJobWorld _world = new();

    private Action<KontinueBuilder> WithJobs(Action<KontinueBuilder> code) => k => code(k.UseJobs(_ => _world.Connect()));

    private Task StoppedAsync(JobRequest job) => Wait.Until(() => _world.Stops.Contains(job.Id), $"the stop of job '{job.Name}'");

    [Fact]
    public async Task A_cancellation_stops_the_job()
    {
        await using TestHost host = await TestHost.StartAsync(WithJobs(k => k.AddFunction("f", (KontinueContext ktx) => ktx.RunJob("build", Spec))));
        ExecutionKey key = await host.StartFunctionAsync("f");
        JobRequest job = await _world.BegunAsync("build");
        await host.Client.CancelAsync(key, "enough");
        await StoppedAsync(job);

        Assert.Equal(ExecutionPhase.Canceled, (await host.WaitForEndAsync(key)).Status!.Phase);
        Assert.False(await _world.EndAsync(job, JobOutcome.Stopped));
        Assert.Equal(JobOwner.Ended, await _world.Listener.LookUpAsync(key, job.ExecutionUid, default));
    }

    [Fact]
    public async Task A_cancellation_stops_the_jobs_of_before_and_not_those_that_clean_up_also_after_a_crash()
    {
        int stops = 0;
        var never = new TaskCompletionSource();
        await using TestHost host = await TestHost.StartAsync(WithJobs(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            try
            {
                await ktx.RunJob("build", Spec);
            }
            catch (OperationCanceledException)
            {
                await ktx.RunJob("clean", Spec);
                throw;
            }
        })));

        // The first silo dies before its stops are heard.
        _world.BeforeStop = _ => Interlocked.Increment(ref stops) == 1 ? never.Task : Task.CompletedTask;
        ExecutionKey key = await host.StartFunctionAsync("f");
        JobRequest build = await _world.BegunAsync("build");
        await host.Client.CancelAsync(key);
        JobRequest clean = await _world.BegunAsync("clean");
        await Wait.Until(() => Volatile.Read(ref stops) == 1);
        await host.CrashAsync();
        await host.Client.SendEventAsync(key, "nudge", JsonPayload.Null);
        await StoppedAsync(build);

        Assert.DoesNotContain(clean.Id, _world.Stops);
        await _world.EndAsync(build, JobOutcome.Stopped);
        await _world.EndAsync(clean);
        never.SetResult();
        Assert.Equal(ExecutionPhase.Canceled, (await host.WaitForEndAsync(key)).Status!.Phase);
    }

    [Fact]
    public Task The_overall_timeout_stops_the_job() => StopsAfterAMinuteAsync(f => f.OverallTimeout = TimeSpan.FromMinutes(1));

    [Fact]
    public Task The_timeout_of_the_last_attempt_stops_the_job() => StopsAfterAMinuteAsync(f => f.AttemptTimeout = TimeSpan.FromMinutes(1));

    [Fact]
    public async Task A_function_that_ends_without_its_job_stops_it()
    {
        await using TestHost host = await TestHost.StartAsync(WithJobs(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            _ = ktx.RunJob("build", Spec);
            await ktx.Suspend("gate");
        })));
        ExecutionKey key = await host.StartFunctionAsync("f");
        JobRequest job = await _world.BegunAsync("build");
        await host.Client.ResumeAsync(key);
        await host.WaitForEndAsync(key);

        await StoppedAsync(job);
    }

    [Fact]
    public async Task A_run_that_continues_as_new_stops_its_job_and_the_next_one_has_its_own()
    {
        await using TestHost host = await TestHost.StartAsync(WithJobs(k => k.AddFunction("f", async (KontinueContext ktx, Round round) =>
        {
            Task<JobResult> job = ktx.RunJob("build", Spec);
            if (round.Number == 0)
            {
                await ktx.Suspend("gate");
                throw ktx.ContinueAsNew(new Round(1));
            }

            return (await job).Tries;
        })));
        ExecutionKey key = await host.StartFunctionAsync("f", new Round(0));
        JobRequest first = await _world.BegunAsync("build");
        await host.Client.ResumeAsync(key);
        await _world.BegunAsync("build", 2);
        await StoppedAsync(first);
        await _world.EndAsync(first, JobOutcome.Stopped);
        await _world.EndAsync(_world.Jobs.Single(job => job.Id != first.Id));

        Assert.Equal(1, await host.ResultAsync<int>(key));
    }

    [Fact]
    public async Task A_stop_does_not_overtake_the_start_of_its_job()
    {
        var hold = new TaskCompletionSource();
        var called = new TaskCompletionSource();
        await using TestHost host = await TestHost.StartAsync(WithJobs(k => k.AddFunction("f", (KontinueContext ktx) => ktx.RunJob("build", Spec))));
        _world.BeforeStart = _ =>
        {
            called.TrySetResult();
            return hold.Task;
        };
        ExecutionKey key = await host.StartFunctionAsync("f");
        await Wait.For(called.Task);
        await host.Client.CancelAsync(key);
        await host.WaitForEndAsync(key);
        Assert.Empty(_world.Stops);

        hold.SetResult();
        await StoppedAsync(await _world.BegunAsync("build"));
    }

    [Fact]
    public async Task Of_a_deleted_execution_the_gateway_is_told_that_it_is_gone()
    {
        await using TestHost host = await TestHost.StartAsync(WithJobs(k => k.AddFunction("f", (KontinueContext ktx) => ktx.RunJob("build", Spec))));
        ExecutionKey key = await host.StartFunctionAsync("f");
        JobRequest job = await _world.BegunAsync("build");
        Assert.Equal(JobOwner.Active, await _world.Listener.LookUpAsync(key, job.ExecutionUid, default));
        await host.Client.DeleteAsync(key);
        await StoppedAsync(job);
        await Wait.Until(async () => await host.Shared.ReadAsync(key, default) is null, () => "", "the deletion");

        Assert.Equal(JobOwner.Gone, await _world.Listener.LookUpAsync(key, job.ExecutionUid, default));
        Assert.False(await _world.EndAsync(job));
    }

    [Fact]
    public async Task A_retry_by_hand_runs_the_job_again_that_its_end_took_along()
    {
        await using TestHost host = await TestHost.StartAsync(WithJobs(k => k.AddFunction(
            "f", async (KontinueContext ktx) => (await ktx.RunJob("build", Spec)).Tries)));
        ExecutionKey key = await host.StartFunctionAsync("f");
        JobRequest first = await _world.BegunAsync("build");
        await host.Client.CancelAsync(key);
        await host.WaitForEndAsync(key);
        await StoppedAsync(first);
        await host.Client.RetryAsync(key);
        await _world.BegunAsync("build", 2);
        await _world.EndAsync(first, JobOutcome.Stopped);
        await _world.EndAsync(_world.Jobs.Single(job => job.Id != first.Id));

        Assert.Equal(1, await host.ResultAsync<int>(key));
    }

    private async Task StopsAfterAMinuteAsync(Action<FunctionOptions> timeout)
    {
        var time = new ManualTimeProvider();
        await using TestHost host = await TestHost.StartAsync(
            WithJobs(k => k.AddFunction("f", (KontinueContext ktx) => ktx.RunJob("build", Spec), timeout)), time: time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        JobRequest job = await _world.BegunAsync("build");
        Execution ended = await host.AdvanceToEndAsync(key, TimeSpan.FromSeconds(1));

        Assert.Equal((ExecutionPhase.Failed, ErrorKind.Timeout), (ended.Status!.Phase, ended.Status.Error!.Kind));
        await StoppedAsync(job);
    }
}
