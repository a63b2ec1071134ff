using Kontinue.Engine.Jobs;
using Kontinue.Grains.Jobs;
using Kontinue.Hosting.Conformance;
using Xunit;

namespace Kontinue.Grains.Tests.Jobs;

/// <summary>Jobs of executions that are grains.</summary>
public sealed class JobGatewayTests
{
    [Fact]
    public async Task A_job_runs_where_its_execution_is_and_its_end_is_heard_and_noted()
    {
        await using JobSilosUnderTest silos = await JobSilosUnderTest.StartAsync(2);
        foreach (InProcessSilo silo in silos.All)
        {
            JobRequest job = await silos.BuildAsync(silo, $"on-{silos.NameOf(silo).ToLowerInvariant().Replace('_', '-')}");
            Assert.Contains(silos.RunnerOf(silo).Begun, begun => begun.Id == job.Id);
            await silos.RunnerOf(silo).EndAsync(job.Id, JobOutcome.Succeeded);

            Assert.Equal("\"Succeeded\"", await silos.ResultAsync(job.Execution));
            Assert.Equal((silos.NameOf(silo), JobState.Ended), (await silos.FindAsync(silo, job.Id)) is { } place ? (place.Runner, place.State) : default);
        }
    }

    [Fact]
    public async Task A_job_goes_to_the_silo_that_has_it_whichever_silo_asks_for_it_or_stops_it()
    {
        await using JobSilosUnderTest silos = await JobSilosUnderTest.StartAsync(2);
        (InProcessSilo one, InProcessSilo two) = (silos.All[0], silos.All[1]);
        JobRequest job = await silos.BuildAsync(one, "x");
        await silos.GatewayOf(two).StartAsync(job with { Silo = silos.NameOf(two) }, CancellationToken.None);
        Assert.Empty(silos.RunnerOf(two).Asked);
        Assert.All(silos.RunnerOf(one).Asked, asked => Assert.Equal(silos.NameOf(one), asked.Silo));
        Assert.Equal(1, silos.Runners.Begun(job.Id));

        await silos.GatewayOf(two).StopAsync(job.Id, "enough", CancellationToken.None);
        Assert.Equal((job.Id, "enough"), Assert.Single(silos.RunnerOf(one).Stopped));
        await silos.GatewayOf(two).StopAsync(new JobId(Guid.NewGuid()), "unknown", CancellationToken.None);
    }

    [Fact]
    public async Task What_a_runner_refuses_reaches_the_function_also_from_another_silo_and_is_not_kept()
    {
        await using JobSilosUnderTest silos = await JobSilosUnderTest.StartAsync(2);
        (InProcessSilo one, InProcessSilo two) = (silos.All[0], silos.All[1]);
        JobRequest job = await silos.BuildAsync(one, "x");
        silos.RunnerOf(one).Wipe();
        silos.RunnerOf(one).Refusal = new KontinueException(ErrorKind.Validation, "No such image.", retryable: false);

        KontinueException refused = await Assert.ThrowsAsync<KontinueException>(() => silos.GatewayOf(two).StartAsync(job, CancellationToken.None));
        Assert.Equal((ErrorKind.Validation, false, "No such image."), (refused.Kind, refused.Retryable, refused.Message));
        Assert.Equal(JobState.Ended, (await silos.FindAsync(two, job.Id))?.State);
    }

    [Fact]
    public async Task What_would_be_too_much_is_refused_for_now()
    {
        await using JobSilosUnderTest silos = await JobSilosUnderTest.StartAsync(1, o => o.MaxJobs = 10);
        JobRequest job = await silos.BuildAsync(silos.All[0], "x");
        var grain = silos.Host.Service<IGrainFactory>(silos.All[0]).GetGrain<IJobGatewayGrain>(IJobGatewayGrain.KeyOf(job.Id));
        var claim = new JobClaim(Guid.NewGuid(), job.Execution.ToString(), job.ExecutionUid, "elsewhere", Guid.NewGuid());
        for (int i = 0; i < 9; i++)
        {
            await grain.ClaimAsync(claim with { Job = Guid.NewGuid() });
        }

        UnavailableException full = await Assert.ThrowsAsync<UnavailableException>(() => grain.ClaimAsync(claim));
        Assert.Contains("10 jobs already", full.Message, StringComparison.Ordinal);
        Assert.Equal(JobState.Assigned, (await silos.FindAsync(silos.All[0], job.Id))?.State);
    }

    [Theory]
    [InlineData("before")]
    [InlineData("after")]
    [InlineData("behind")]
    public async Task A_write_that_fails_costs_a_try_and_what_is_stored_counts(string how)
    {
        await using JobSilosUnderTest silos = await JobSilosUnderTest.StartAsync(1);
        JobRequest first = await silos.BuildAsync(silos.All[0], "first");
        var grain = silos.Host.Service<IGrainFactory>(silos.All[0]).GetGrain<IJobGatewayGrain>(IJobGatewayGrain.KeyOf(first.Id));
        JobClaim claim = ClaimOf(first, "one");
        if (how == "behind")
        {
            silos.Storage.WriteBehind();
        }
        else
        {
            silos.Storage.FailNext(isDone: how == "after");
        }

        await Assert.ThrowsAsync<UnavailableException>(() => grain.ClaimAsync(claim));
        JobPlace? place = null;
        await Eventually.HoldsAsync(async () => (place = await TryClaimAsync(grain, claim with { Runner = "two" })) is not null);

        // What was written counts, although its answer was lost.
        Assert.Equal(how == "after" ? "one" : "two", place!.Value.Runner);
        Assert.Equal(JobState.Assigned, (await silos.FindAsync(silos.All[0], first.Id))?.State);
        await silos.RunnerOf(silos.All[0]).EndAsync(first.Id, JobOutcome.Failed);
        Assert.Equal("\"Failed\"", await silos.ResultAsync(first.Execution));
    }

    [Fact]
    public async Task Many_jobs_at_once_share_writes()
    {
        await using JobSilosUnderTest silos = await JobSilosUnderTest.StartAsync(1);
        JobRequest job = await silos.BuildAsync(silos.All[0], "x");
        var grain = silos.Host.Service<IGrainFactory>(silos.All[0]).GetGrain<IJobGatewayGrain>(0);
        int before = silos.Storage.Writes;
        var claim = new JobClaim(Guid.NewGuid(), job.Execution.ToString(), job.ExecutionUid, silos.NameOf(silos.All[0]), silos.All[0].Engine.Id.Value);
        JobPlace[] places = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => grain.ClaimAsync(claim with { Job = Guid.NewGuid() })));

        Assert.All(places, place => Assert.Equal(JobState.Assigned, place.State));
        Assert.InRange(silos.Storage.Writes - before, 1, 250);
    }

    [Fact]
    public async Task An_end_whose_note_was_lost_is_found_when_the_execution_has_ended()
    {
        await using JobSilosUnderTest silos = await JobSilosUnderTest.StartAsync(1);
        JobRequest job = await silos.BuildAsync(silos.All[0], "x");

        // As by a silo that dies before it has noted it.
        await silos.Host.Service<GrainJobGateway>(silos.All[0]).Engine.EndedAsync(
            job.Id, job.Execution, job.ExecutionUid, new JobResult { Outcome = JobOutcome.Succeeded }, CancellationToken.None);
        Assert.Equal("\"Succeeded\"", await silos.ResultAsync(job.Execution));
        await Eventually.HoldsAsync(async () => (await silos.FindAsync(silos.All[0], job.Id))?.State == JobState.Ended);
    }

    private static JobClaim ClaimOf(JobRequest job, string runner) => new(Guid.NewGuid(), job.Execution.ToString(), job.ExecutionUid, runner, Guid.NewGuid());

    private static async Task<JobPlace?> TryClaimAsync(IJobGatewayGrain grain, JobClaim claim)
    {
        try
        {
            return await grain.ClaimAsync(claim);
        }
        catch (UnavailableException)
        {
            return null;
        }
    }
}
