using Kontinue.Engine.Jobs;
using Kontinue.Jobs.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kontinue.Jobs.Tests.Local;

/// <summary>How many jobs run, who may have them, and how long they are remembered.</summary>
public sealed class LocalQueueTests : LocalRunnerTest
{
    private void Limit(int running, int? perFunction = null, int queued = 1000)
    {
        (Options.MaxRunning, Options.MaxRunningPerFunction, Options.MaxQueued) = (running, perFunction, queued);
    }

    [Fact]
    public async Task Jobs_beyond_the_cap_wait_in_order_and_more_than_may_wait_are_refused()
    {
        Limit(running: 1, queued: 2);
        await Reconnect();
        JobRequest first = await StartAsync(Shell($"{Mark("order")}; {Await("go")}"));
        await Eventually.Holds(() => MarksOf("order") == 1);
        JobRequest second = await StartAsync(Shell($"echo second >> {FileOf("order")}"));
        JobRequest third = await StartAsync(Shell($"echo third >> {FileOf("order")}"));

        var refused = await Assert.ThrowsAsync<UnavailableException>(() => StartAsync(Shell("true")));
        Assert.True(refused.Retryable);
        await Gateway.StartAsync(third, CancellationToken.None);
        Release("go");
        await Listener.EndOfAsync(third.Id);
        Assert.Equal(["x", "second", "third"], File.ReadAllLines(FileOf("order")));
        Assert.Equal([first.Id, second.Id, third.Id], Listener.Ends.Select(end => end.Id));
        Assert.True(Listener.Ends[1].Result.Timings.Queue > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_function_at_its_cap_keeps_no_other_from_running()
    {
        Limit(running: 10, perFunction: 1);
        await Reconnect();
        await StartAsync(Shell($"{Mark("a")}; {Await("go")}"), "busy");
        JobRequest waits = await StartAsync(Shell(Mark("b")), "busy");
        JobRequest other = await StartAsync(Shell(Mark("c")), "other");
        await Listener.EndOfAsync(other.Id);
        Assert.Equal(0, MarksOf("b"));

        Release("go");
        await Listener.EndOfAsync(waits.Id);
    }

    [Fact]
    public async Task A_job_that_is_stopped_while_it_waits_never_begins_and_one_that_waits_survives_a_restart()
    {
        Limit(running: 1);
        await Reconnect();
        await StartAsync(Shell($"{Mark("a")}; {Await("go")}"));
        await Eventually.Holds(() => MarksOf("a") == 1);
        JobRequest stopped = await StartAsync(Shell(Mark("b")));
        JobRequest waits = await StartAsync(Shell(Mark("c")));
        await Gateway.StopAsync(stopped.Id, "enough", CancellationToken.None);
        Assert.Equal((JobOutcome.Stopped, 0), ((await Listener.EndOfAsync(stopped.Id)).Outcome, MarksOf("b")));
        await Reconnect();
        Assert.Equal(0, MarksOf("c"));
        Release("go");

        Assert.Equal(JobOutcome.Succeeded, (await Listener.EndOfAsync(waits.Id)).Outcome);
    }

    [Fact]
    public async Task A_job_of_another_silo_is_left_to_it_while_it_lives_and_then_lost()
    {
        Listener.AliveSilos["silo-2"] = true;
        JobRequest job = await StartAsync(Shell(Mark("a")), silo: "silo-2");
        Assert.False(Directory.Exists(StateOf(job.Id)));
        Listener.AliveSilos["silo-2"] = false;
        await Gateway.StartAsync(job, CancellationToken.None);

        JobResult end = await Listener.EndOfAsync(job.Id);
        Assert.Equal((JobOutcome.Lost, 0), (end.Outcome, MarksOf("a")));
        Assert.Contains("silo-2", end.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_without_a_program_is_refused_for_good()
    {
        var refused = await Assert.ThrowsAsync<KontinueException>(() => StartAsync(new JobSpec { Image = "tool:1" }));

        Assert.False(refused.Retryable);
        Assert.Contains("spec.command", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_directory_is_for_one_process()
    {
        using var second = new LocalProcessRunner(Options, Silo, Time, NullLogger<LocalProcessRunner>.Instance);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => second.AttachAsync(Listener, CancellationToken.None));

        Assert.Contains(State, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(JobOwner.Ended, 61, true)]
    [InlineData(JobOwner.Active, 61, true)]
    [InlineData(JobOwner.Gone, 2, true)]
    [InlineData(JobOwner.Ended, 2, false)]
    public async Task What_is_left_of_a_job_is_removed_after_a_while_or_with_its_execution(JobOwner owner, int minutes, bool isRemoved)
    {
        JobRequest job = await StartAsync(Shell("true"));
        await Listener.EndOfAsync(job.Id);
        await Eventually.Holds(() => File.Exists(Path.Combine(StateOf(job.Id), "reported")));
        Listener.Owners[job.ExecutionUid] = owner;
        Time.Pass(TimeSpan.FromMinutes(minutes));
        JobRequest witness = await StartAsync(Shell(Await("never")));
        Listener.Owners[witness.ExecutionUid] = JobOwner.Ended;

        // Its end tells that a sweep has come by; the next one has begun anew.
        await Listener.EndOfAsync(witness.Id);
        if (isRemoved)
        {
            await Eventually.Holds(() => !Directory.Exists(StateOf(job.Id)));
        }
        else
        {
            Assert.True(Directory.Exists(StateOf(job.Id)));
        }
    }

    [Fact]
    public async Task A_record_that_cannot_be_read_does_not_keep_the_others()
    {
        JobRequest job = await StartAsync(Shell($"{Mark("a")}; {Await("go")}"));
        await Eventually.Holds(() => MarksOf("a") == 1);
        string damaged = Path.Combine(State, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(damaged);
        File.WriteAllText(Path.Combine(damaged, "request.json"), "{");
        string unaccepted = Path.Combine(State, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(unaccepted);
        await Reconnect();
        Release("go");

        Assert.Equal(JobOutcome.Succeeded, (await Listener.EndOfAsync(job.Id)).Outcome);
        Assert.True(Directory.Exists(damaged));
        Assert.False(Directory.Exists(unaccepted));
    }
}
