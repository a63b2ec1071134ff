using Kontinue.Engine.Hosting;
using Kontinue.Engine.Jobs;
using Kontinue.Engine.Messages;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

/// <summary>Jobs are begun once and after their start is on record, waited for without memory, and ended with their execution.</summary>
public sealed class JobTests
{
    private static readonly JobSpec Spec = new() { Image = "tool:1", Command = ["run"] };

    private readonly FakeJobWorld _world = new();

    private Action<KontinueBuilder> WithJobs(Action<KontinueBuilder> code) => k => code(k.UseJobs(_ => _world.Connect()));

    [Fact]
    public async Task A_job_is_waited_for_and_its_result_returned()
    {
        await using TestHost host = await TestHost.StartAsync(WithJobs(k => k.AddFunction(
            "f", async (KontinueContext ktx) => (await ktx.RunJob("build", Spec)).LogLines[0])));
        ExecutionKey key = await host.StartFunctionAsync("f");
        JobRequest job = await _world.BegunAsync("build");
        Execution waiting = await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);

        WaitReference wait = Assert.Single(waiting.Status!.WaitingFor!);
        Assert.Equal(("Job", "build", null), (wait.Kind, wait.Name, wait.Until));
        Assert.Equal((key, "f", JobKind.Job, host.Engine.Options.SiloName), (job.Execution, job.Function, job.Kind, job.Silo));
        JobReference shown = Assert.Single((await host.Client.GetAsync(key)).Status!.Jobs!);
        Assert.Equal(new JobReference("build", "Job", job.Id.ToString(), ExecutionPhase.Executing), shown);
        Assert.True(await _world.EndAsync(job));
        Assert.Equal("last words", await host.ResultAsync<string>(key));
        IReadOnlyList<JournalEntry> journal = await host.JournalAsync(key);
        Assert.Equal(["JobStarted", "JobEnded"], journal.Select(entry => entry.Kind));
        Assert.Equal(ExecutionPhase.Completed, Assert.Single((await host.Client.GetAsync(key)).Status!.Jobs!).Phase);
        Assert.Empty(_world.Stops);
    }

    [Fact]
    public async Task A_pod_is_a_pod()
    {
        await using TestHost host = await TestHost.StartAsync(WithJobs(k => k.AddFunction(
            "f", async (KontinueContext ktx) => (await ktx.RunPod("probe", new PodSpec { Image = "tool:1" })).Outcome.ToString())));
        ExecutionKey key = await host.StartFunctionAsync("f");
        JobRequest pod = await _world.BegunAsync("probe");
        await _world.EndAsync(pod);

        Assert.Equal((JobKind.Pod, 0), (pod.Kind, pod.Spec.BackoffLimit));
        Assert.Equal("Succeeded", await host.ResultAsync<string>(key));
    }

    [Fact]
    public async Task The_gateway_hears_of_a_job_only_when_its_start_is_durable()
    {
        var mayEnd = new TaskCompletionSource();
        await using TestHost host = await TestHost.StartAsync(WithJobs(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            await ktx.Step("a", () => mayEnd.Task);
            await ktx.RunJob("build", Spec);
        })));
        ExecutionKey key = await host.StartFunctionAsync("f");
        int calls = host.Store.Calls;
        host.Store.Block();
        mayEnd.SetResult();
        await Wait.Until(() => host.Store.Calls > calls || _world.Calls.Count > 0);
        Assert.Empty(_world.Calls);

        host.Store.Release();
        await _world.EndAsync(await _world.BegunAsync("build"));
        await host.WaitForEndAsync(key);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_silo_that_dies_between_record_and_call_leaves_the_job_to_the_next_one_which_begins_it_once(bool wasHeard)
    {
        var called = new TaskCompletionSource();
        var never = new TaskCompletionSource();
        await using TestHost host = await TestHost.StartAsync(WithJobs(k => k.AddFunction(
            "f", async (KontinueContext ktx) => (await ktx.RunJob("build", Spec)).Tries)));
        _world.BeforeStart = async _ =>
        {
            if (called.TrySetResult())
            {
                await never.Task;
            }
        };
        if (wasHeard)
        {
            _world.BeforeStart = null;
        }

        ExecutionKey key = await host.StartFunctionAsync("f");
        if (wasHeard)
        {
            await _world.BegunAsync("build");
        }
        else
        {
            await Wait.For(called.Task);
        }

        await host.CrashAsync();
        if (wasHeard)
        {
            // Somebody wakes it, as the check does: the gateway is told again.
            await host.Client.SendEventAsync(key, "nudge", JsonPayload.Null);
            await Wait.Until(() => _world.Calls.Count >= 2);
        }

        JobRequest job = await _world.BegunAsync("build");
        await _world.EndAsync(job);
        Assert.Equal(1, await host.ResultAsync<int>(key));

        // The zombie gets through at last, with the same id.
        never.TrySetResult();
        Assert.Single(_world.Calls.Select(call => call.Id).Distinct());
        Assert.Single(_world.Jobs);
        Assert.Equal(JobId.For(job.ExecutionUid, "build", 1, 0), job.Id);
    }

    [Fact]
    public async Task A_gateway_that_is_away_is_told_again()
    {
        int failures = 3;
        var time = new ManualTimeProvider();
        await using TestHost host = await TestHost.StartAsync(
            WithJobs(k => k.AddFunction("f", (KontinueContext ktx) => ktx.RunJob("build", Spec))), time: time);
        _world.BeforeStart = _ => Interlocked.Decrement(ref failures) >= 0 ? throw new UnavailableException("Not now.") : Task.CompletedTask;
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.AdvanceUntilAsync(() => _world.Jobs.Count == 1, TimeSpan.FromMilliseconds(200), "the job to begin");

        await _world.EndAsync(_world.Jobs.Single());
        Assert.Equal(ExecutionPhase.Completed, (await host.AdvanceToEndAsync(key, TimeSpan.FromMilliseconds(100))).Status!.Phase);
    }

    [Fact]
    public async Task A_gateway_is_asked_after_its_jobs_now_and_then()
    {
        var time = new ManualTimeProvider();
        await using TestHost host = await TestHost.StartAsync(
            WithJobs(k => k.AddFunction("f", (KontinueContext ktx) => ktx.RunJob("build", Spec))), time: time,
            options: o => (o.JobCheckInterval, o.SuspendedResidency) = (TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(1)));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        DateTimeOffset began = time.GetUtcNow();

        await host.AdvanceUntilAsync(() => _world.Calls.Count == 2, TimeSpan.FromSeconds(1), "the second call");
        Assert.True(time.GetUtcNow() - began >= TimeSpan.FromMinutes(2) - TimeSpan.FromSeconds(5));
        Assert.Single(_world.Jobs);
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
    }

    [Fact]
    public async Task An_end_that_no_signal_announced_is_found()
    {
        await using TestHost host = await TestHost.StartAsync(WithJobs(k => k.AddFunction(
            "f", async (KontinueContext ktx) => (await ktx.RunJob("build", Spec)).Outcome.ToString())));
        ExecutionKey key = await host.StartFunctionAsync("f");
        JobRequest job = await _world.BegunAsync("build");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        var body = new MessageBody
        {
            Kind = MessageKind.JobEnded, JobId = job.Id.Value, Value = JsonPayload.From(new JobResult { Outcome = JobOutcome.Succeeded }),
        };
        var unit = new CommitUnit { RequireTarget = true };
        unit.Messages.Add(new Message(key, job.ExecutionUid, job.Id.EndMessage, DateTimeOffset.UnixEpoch, body.Serialize()));
        await host.Shared.CommitAsync([unit], default);

        Assert.Equal("Succeeded", await host.ResultAsync<string>(key));
    }

    [Fact]
    public async Task An_end_that_is_told_twice_counts_once_also_over_a_restart()
    {
        await using TestHost host = await TestHost.StartAsync(WithJobs(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            JobOutcome outcome = (await ktx.RunJob("build", Spec)).Outcome;
            await ktx.Suspend("gate");
            return outcome.ToString();
        })));
        ExecutionKey key = await host.StartFunctionAsync("f");
        JobRequest job = await _world.BegunAsync("build");
        Assert.True(await _world.EndAsync(job));
        await host.WaitForAsync(key, e => e.Status!.WaitingFor is [{ Name: "gate" }], "the suspension");
        await host.RestartAsync();
        Assert.True(await _world.EndAsync(job, JobOutcome.Failed));
        await host.Client.ResumeAsync(key);

        Assert.Equal("Succeeded", await host.ResultAsync<string>(key));
        Assert.Single((await host.JournalAsync(key)), entry => entry.Kind == "JobEnded");
        Assert.Single(_world.Calls);
        Assert.False(await _world.EndAsync(job));
    }

    [Theory]
    [InlineData(JobOutcome.Failed, ErrorKind.ChildFailed, false)]
    [InlineData(JobOutcome.DeadlineExceeded, ErrorKind.Timeout, false)]
    [InlineData(JobOutcome.Stopped, ErrorKind.ChildCanceled, false)]
    [InlineData(JobOutcome.Lost, ErrorKind.Infrastructure, true)]
    [InlineData(JobOutcome.Rejected, ErrorKind.Validation, false)]
    public async Task A_failed_job_throws(JobOutcome outcome, ErrorKind kind, bool retryable)
    {
        await using TestHost host = await TestHost.StartAsync(WithJobs(k => k.AddFunction("f", (KontinueContext ktx) => ktx.RunJob("build", Spec))));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await _world.EndAsync(await _world.BegunAsync("build"), outcome, exitCode: 3);
        Execution ended = await host.WaitForEndAsync(key);

        ExecutionError error = ended.Status!.Error!;
        Assert.Equal((ExecutionPhase.Failed, kind, retryable, "build"), (ended.Status.Phase, error.Kind, error.Retryable, error.Step));
        Assert.EndsWith("because", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_job_is_returned_if_that_is_asked_for()
    {
        await using TestHost host = await TestHost.StartAsync(WithJobs(k => k.AddFunction(
            "f", async (KontinueContext ktx) => (await ktx.RunJob("build", Spec, new JobOptions { ThrowOnFailure = false })).Containers[0].ExitCode)));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await _world.EndAsync(await _world.BegunAsync("build"), JobOutcome.Failed, exitCode: 3);

        Assert.Equal(3, await host.ResultAsync<int>(key));
    }

    [Theory]
    [InlineData(ChildPolicy.None, JobOutcome.Failed, 1)]
    [InlineData(ChildPolicy.RetryFailed, JobOutcome.Failed, 2)]
    [InlineData(ChildPolicy.RetryFailed, JobOutcome.Succeeded, 1)]
    [InlineData(ChildPolicy.None, JobOutcome.Lost, 2)]
    public async Task A_retry_keeps_or_repeats_a_job_as_the_policy_says(ChildPolicy policy, JobOutcome first, int begun)
    {
        await using TestHost host = await TestHost.StartAsync(WithJobs(k => k.AddFunction(
            "f", async (KontinueContext ktx) =>
            {
                JobResult result = await ktx.RunJob("build", Spec, new JobOptions { ThrowOnFailure = false });
                return ktx.Attempt == 2 ? result.Outcome.ToString() : throw new InvalidOperationException("once more");
            },
            f => (f.Retry, f.ChildPolicy) = (RetryPolicy.Constant(2, TimeSpan.Zero), policy))));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await _world.EndAsync(await _world.BegunAsync("build"), first);
        if (begun == 2)
        {
            await _world.BegunAsync("build", 2);
            await _world.EndAsync(_world.Jobs.Single(job => job.Id == JobId.For(job.ExecutionUid, "build", 2, 0)));
        }

        Assert.Equal(begun == 2 ? "Succeeded" : first.ToString(), await host.ResultAsync<string>(key));
        Assert.Equal(begun, _world.Jobs.Count);
    }

    [Fact]
    public async Task A_job_that_throws_is_repeated_by_a_retry_that_runs_failed_children_again()
    {
        await using TestHost host = await TestHost.StartAsync(WithJobs(k => k.AddFunction(
            "f", (KontinueContext ktx) => ktx.RunJob("build", Spec),
            f => (f.Retry, f.ChildPolicy) = (RetryPolicy.Constant(2, TimeSpan.Zero), ChildPolicy.RetryFailed))));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await _world.EndAsync(await _world.BegunAsync("build"), JobOutcome.Failed);
        await _world.BegunAsync("build", 2);
        await _world.EndAsync(_world.Jobs.Single(job => job.Id == JobId.For(job.ExecutionUid, "build", 2, 0)));

        Assert.Equal(ExecutionPhase.Completed, (await host.WaitForEndAsync(key)).Status!.Phase);
    }

    [Fact]
    public async Task A_job_that_runs_when_an_attempt_fails_is_waited_for_by_the_next_one()
    {
        await using TestHost host = await TestHost.StartAsync(WithJobs(k => k.AddFunction(
            "f", async (KontinueContext ktx) =>
            {
                Task<JobResult> job = ktx.RunJob("build", Spec);
                return ktx.Attempt == 1 ? throw new InvalidOperationException("once more") : (await job).Tries;
            },
            f => f.Retry = RetryPolicy.Constant(2, TimeSpan.FromMilliseconds(10)))));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForAsync(key, e => e.Status!.Attempts == 2 && e.Status.Phase == ExecutionPhase.Suspended, "the second attempt");
        await _world.EndAsync(await _world.BegunAsync("build"));

        Assert.Equal(1, await host.ResultAsync<int>(key));
        Assert.Single(_world.Jobs);
    }

    [Fact]
    public async Task Without_a_gateway_a_job_fails_and_says_what_to_configure_and_runs_when_there_is_one()
    {
        Action<KontinueBuilder> code = k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            await ktx.RunJob("build", Spec, new JobOptions { ThrowOnFailure = false });
            return 1;
        });
        await using TestHost host = await TestHost.StartAsync(code);
        ExecutionKey key = await host.StartFunctionAsync("f");
        ExecutionError error = (await host.WaitForEndAsync(key)).Status!.Error!;
        Assert.Equal((ErrorKind.Validation, false), (error.Kind, error.Retryable));
        Assert.Contains("UseLocalJobs()", error.Message, StringComparison.Ordinal);

        await host.RestartAsync(WithJobs(code));
        await host.Client.RetryAsync(key, ChildPolicy.None);
        await _world.EndAsync(await _world.BegunAsync("build"));
        Assert.Equal(1, await host.ResultAsync<int>(key));
    }

    [Fact]
    public async Task What_a_gateway_refuses_for_good_is_not_tried_again()
    {
        await using TestHost host = await TestHost.StartAsync(WithJobs(k => k.AddFunction("f", (KontinueContext ktx) => ktx.RunJob("build", Spec))));
        _world.BeforeStart = _ => throw new KontinueException(ErrorKind.Validation, "No such image.", retryable: false);
        ExecutionError error = (await host.WaitForEndAsync(await host.StartFunctionAsync("f"))).Status!.Error!;

        Assert.Equal(ErrorKind.Validation, error.Kind);
        Assert.Contains("No such image.", error.Message, StringComparison.Ordinal);
    }
}
