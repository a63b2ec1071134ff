using Kontinue.Engine.Jobs;
using Kontinue.Grains.Jobs;
using Kontinue.Hosting.Conformance;
using Xunit;

namespace Kontinue.Grains.Tests.Jobs;

/// <summary>Silos die with gateways, and with jobs.</summary>
public sealed class JobGatewayMoveTests
{
    [Fact]
    public async Task A_gateway_whose_silo_is_killed_goes_on_elsewhere_with_what_it_had()
    {
        await using JobSilosUnderTest silos = await JobSilosUnderTest.StartAsync(3);
        (InProcessSilo runs, JobRequest job, InProcessSilo home) = await ApartAsync(silos);
        await home.KillAsync();
        await Eventually.HoldsAsync(async () => await silos.FindAsync(runs, job.Id) is { State: JobState.Assigned } place && place.Runner == silos.NameOf(runs));
        Assert.NotEqual(home, await silos.HomeOfAsync(job.Id));

        // Any other silo is led to the one that has it.
        InProcessSilo third = silos.All.First(silo => silo != runs);
        await silos.GatewayOf(third).StartAsync(job with { Silo = silos.NameOf(third) }, CancellationToken.None);
        Assert.Equal(1, silos.Runners.Begun(job.Id));
        await silos.RunnerOf(runs).EndAsync(job.Id, JobOutcome.Succeeded);
        Assert.Equal("\"Succeeded\"", await silos.ResultAsync(job.Execution));
    }

    [Fact]
    public async Task A_gateway_whose_silo_stops_goes_on_elsewhere_with_what_it_had()
    {
        await using JobSilosUnderTest silos = await JobSilosUnderTest.StartAsync(2);
        (InProcessSilo runs, JobRequest job, InProcessSilo home) = await ApartAsync(silos);
        await home.StopAsync();
        await silos.RunnerOf(runs).EndAsync(job.Id, JobOutcome.Succeeded);
        Assert.Equal("\"Succeeded\"", await silos.ResultAsync(job.Execution));
        Assert.Equal((1, JobState.Ended), (silos.Runners.Begun(job.Id), (await silos.FindAsync(runs, job.Id))?.State));
    }

    [Fact]
    public async Task A_job_whose_silo_does_not_come_back_is_lost_and_is_stopped_should_it_come_back_late()
    {
        await using JobSilosUnderTest silos = await JobSilosUnderTest.StartAsync(2, o => o.RunnerPatience = TimeSpan.FromSeconds(1));
        InProcessSilo dead = silos.All[1];
        JobRequest job = await silos.BuildAsync(dead, "x");
        string name = silos.NameOf(dead);
        await dead.KillAsync();
        Assert.Equal("\"Lost\"", await silos.ResultAsync(job.Execution));
        Assert.Equal(1, silos.Runners.Begun(job.Id));
        Assert.Empty(silos.Runners.Of(name).Stopped);

        await silos.RestartAsync(name);
        await Eventually.HoldsAsync(() => silos.Runners.Of(name).Stopped.Any(stopped => stopped.Id == job.Id));
        await Eventually.HoldsAsync(async () => (await silos.FindAsync(silos.All[0], job.Id))?.State == JobState.Ended);
    }

    [Fact]
    public async Task A_silo_that_is_started_again_in_time_still_has_its_jobs()
    {
        await using JobSilosUnderTest silos = await JobSilosUnderTest.StartAsync(2);
        InProcessSilo dead = silos.All[1];
        JobRequest job = await silos.BuildAsync(dead, "x");
        string name = silos.NameOf(dead);
        await dead.KillAsync();
        await silos.RestartAsync(name);
        await silos.Runners.Of(name).EndAsync(job.Id, JobOutcome.Succeeded);
        Assert.Equal("\"Succeeded\"", await silos.ResultAsync(job.Execution));
        Assert.Equal(1, silos.Runners.Begun(job.Id));
    }

    [Fact]
    public async Task A_silo_that_is_started_again_without_its_disk_does_not_run_its_jobs_again()
    {
        await using JobSilosUnderTest silos = await JobSilosUnderTest.StartAsync(2);
        InProcessSilo dead = silos.All[1];
        JobRequest job = await silos.BuildAsync(dead, "x");
        string name = silos.NameOf(dead);
        await dead.KillAsync();
        silos.Runners.Of(name).Wipe();
        await silos.RestartAsync(name);
        Assert.Equal("\"Lost\"", await silos.ResultAsync(job.Execution));
        Assert.Empty(silos.Runners.Of(name).Begun);
    }

    [Fact]
    public async Task All_silos_may_die()
    {
        await using JobSilosUnderTest silos = await JobSilosUnderTest.StartAsync(2);
        JobRequest[] jobs = [await silos.BuildAsync(silos.All[0], "a"), await silos.BuildAsync(silos.All[1], "b")];
        string[] names = [.. silos.All.Select(silos.NameOf)];
        foreach (InProcessSilo silo in silos.All.Reverse().ToList())
        {
            await silo.StopAsync();
        }

        foreach (string name in names)
        {
            await silos.RestartAsync(name);
        }

        for (int i = 0; i < jobs.Length; i++)
        {
            await silos.Runners.Of(names[i]).EndAsync(jobs[i].Id, JobOutcome.Succeeded);
            Assert.Equal("\"Succeeded\"", await silos.ResultAsync(jobs[i].Execution));
            Assert.Equal(1, silos.Runners.Begun(jobs[i].Id));
        }
    }

    /// <summary>A job whose gateway is on another silo than the job.</summary>
    private static async Task<(InProcessSilo Runs, JobRequest Job, InProcessSilo Home)> ApartAsync(JobSilosUnderTest silos)
    {
        for (int i = 0; ; i++)
        {
            // The last one is the last to have come; most gateways are on those before it.
            InProcessSilo runs = silos.All[^(1 + (i % silos.All.Count))];
            JobRequest job = await silos.BuildAsync(runs, $"apart-{i}");
            InProcessSilo home = await silos.HomeOfAsync(job.Id);
            if (home != runs)
            {
                return (runs, job, home);
            }
        }
    }
}
