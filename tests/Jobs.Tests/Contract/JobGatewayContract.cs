using Kontinue.Engine.Jobs;
using Kontinue.Jobs.Tests.Support;
using Xunit;

namespace Kontinue.Jobs.Tests.Contract;

/// <summary>What <see cref="IJobGateway"/> promises. It is the same for each gateway.</summary>
public abstract class JobGatewayContract : GatewayTest
{
    [Fact]
    public async Task A_job_that_succeeds_says_so_with_its_exit_code_its_last_lines_and_its_times()
    {
        JobRequest job = await StartAsync(Shell("echo one; echo two >&2"));
        JobResult end = await Listener.EndOfAsync(job.Id);

        Assert.Equal((JobOutcome.Succeeded, 1), (end.Outcome, end.Tries));
        Assert.Equal([new ContainerResult("main", 0)], end.Containers);
        Assert.Equal(["one", "two"], end.LogLines);
        Assert.True(end.StartedAt <= end.FinishedAt && end.Timings.Run >= TimeSpan.Zero, $"{end.StartedAt:O} to {end.FinishedAt:O}: {end.Timings}");
    }

    [Fact]
    public async Task A_job_that_fails_says_so_with_its_exit_code()
    {
        JobRequest job = await StartAsync(Shell("echo broken; exit 3"));
        JobResult end = await Listener.EndOfAsync(job.Id);

        Assert.Equal((JobOutcome.Failed, 3), (end.Outcome, Assert.Single(end.Containers).ExitCode));
        Assert.Equal(["broken"], end.LogLines);
        Assert.False(string.IsNullOrEmpty(end.Message));
    }

    [Fact]
    public async Task A_job_is_tried_as_often_as_its_spec_says()
    {
        JobRequest second = await StartAsync(Shell($"{Mark("a")}; test $(wc -l < {FileOf("a")}) -ge 2") with { BackoffLimit = 3 });
        JobRequest never = await StartAsync(Shell($"{Mark("b")}; false") with { BackoffLimit = 1 });

        JobResult end = await Listener.EndOfAsync(second.Id);
        Assert.Equal((JobOutcome.Succeeded, 2), (end.Outcome, end.Tries));
        end = await Listener.EndOfAsync(never.Id);
        Assert.Equal((JobOutcome.Failed, 2, 2), (end.Outcome, end.Tries, MarksOf("b")));
    }

    [Fact]
    public async Task One_id_is_one_job_however_often_and_at_once_it_is_asked_for()
    {
        JobRequest job = Request(Shell($"{Mark("a")}; {Await("go")}"));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => Gateway.StartAsync(job, CancellationToken.None))));
        await Eventually.Holds(() => MarksOf("a") == 1);
        await Gateway.StartAsync(job with { Spec = Shell(Mark("other")) }, CancellationToken.None);
        Release("go");

        Assert.Equal(JobOutcome.Succeeded, (await Listener.EndOfAsync(job.Id)).Outcome);
        Assert.Equal((1, 0), (MarksOf("a"), MarksOf("other")));
    }

    [Fact]
    public async Task One_that_is_asked_for_after_its_end_is_reported_again_and_not_run_again()
    {
        JobRequest job = await StartAsync(Shell(Mark("a")));
        await Listener.EndOfAsync(job.Id);
        await Reconnect();
        await Gateway.StartAsync(job, CancellationToken.None);

        Assert.Equal(JobOutcome.Succeeded, (await Listener.EndOfAsync(job.Id, 2)).Outcome);
        Assert.Equal(1, MarksOf("a"));
    }

    [Fact]
    public async Task A_job_that_runs_while_itsGateway_is_replaced_is_run_once_and_its_end_is_told()
    {
        JobRequest job = await StartAsync(Shell($"{Mark("a")}; {Await("go")}; echo done; exit 4"));
        await Eventually.Holds(() => MarksOf("a") == 1);
        await Reconnect();
        await Gateway.StartAsync(job, CancellationToken.None);
        Assert.Empty(Listener.Ends);
        Release("go");

        JobResult end = await Listener.EndOfAsync(job.Id);
        Assert.Equal((JobOutcome.Failed, 4, 1), (end.Outcome, end.Containers[0].ExitCode, MarksOf("a")));
        Assert.Equal(["done"], end.LogLines);
    }

    [Fact]
    public async Task A_job_that_ends_while_nobody_listens_is_told_of_afterwards()
    {
        JobRequest job = await StartAsync(Shell($"{Mark("a")}; {Await("go")}; {Mark("b")}"));
        await Eventually.Holds(() => MarksOf("a") == 1);
        await Gateway.DetachAsync(CancellationToken.None);
        Release("go");
        await Eventually.Holds(() => MarksOf("b") == 1);
        await ConnectAgain();

        Assert.Equal(JobOutcome.Succeeded, (await Listener.EndOfAsync(job.Id)).Outcome);
    }

    [Fact]
    public async Task An_end_is_told_until_it_is_taken()
    {
        Listener.Refuse(2);
        JobRequest job = await StartAsync(Shell("true"));

        Assert.Equal(JobOutcome.Succeeded, (await Listener.EndOfAsync(job.Id)).Outcome);
    }

    [Fact]
    public async Task A_job_that_runs_beyond_its_deadline_is_ended()
    {
        JobRequest job = await StartAsync(Shell($"echo begun; {Await("never")}") with { ActiveDeadline = TimeSpan.FromSeconds(1), BackoffLimit = 5 });
        JobResult end = await Listener.EndOfAsync(job.Id);

        Assert.Equal((JobOutcome.DeadlineExceeded, 1), (end.Outcome, end.Tries));
        Assert.Equal(["begun"], end.LogLines);
    }

    [Fact]
    public async Task A_job_that_is_stopped_ends_and_is_not_tried_again()
    {
        JobRequest job = await StartAsync(Shell($"{Mark("a")}; {Await("never")}") with { BackoffLimit = 5 });
        await Eventually.Holds(() => MarksOf("a") == 1);
        await Gateway.StopAsync(job.Id, "enough", CancellationToken.None);
        JobResult end = await Listener.EndOfAsync(job.Id);

        Assert.Equal((JobOutcome.Stopped, 1), (end.Outcome, MarksOf("a")));
        Assert.Contains("enough", end.Message, StringComparison.Ordinal);
        await Gateway.StopAsync(job.Id, "again", CancellationToken.None);
        await Gateway.StopAsync(new JobId(Guid.NewGuid()), "unknown", CancellationToken.None);
    }

    [Theory]
    [InlineData(JobOwner.Ended)]
    [InlineData(JobOwner.Gone)]
    public async Task A_job_whose_execution_is_over_is_stopped(JobOwner owner)
    {
        JobRequest job = await StartAsync(Shell($"{Mark("a")}; {Await("never")}"));
        await Eventually.Holds(() => MarksOf("a") == 1);
        Listener.Owners[job.ExecutionUid] = owner;

        Assert.Equal(JobOutcome.Stopped, (await Listener.EndOfAsync(job.Id)).Outcome);
    }
}
