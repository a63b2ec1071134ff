using Kontinue.Crash.Host;
using Kontinue.Crash.Tests.Harness;
using Xunit;

namespace Kontinue.Crash.Tests;

/// <summary>A host that is asked to stop finishes what it is doing.</summary>
public sealed class ShutdownTests
{
    private const int StepMs = 1500;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_clean_stop_lets_a_running_step_finish_and_nothing_runs_again()
    {
        using var folder = new TemporaryFolder();
        HostSettings settings = folder.SqliteHost();
        await using (HostProcess first = await HostProcess.StartAsync(settings))
        {
            await first.SendAsync(Create("slow"));
            await WaitForRunsAsync(settings, 1, "the step to begin");
            first.Terminate();
            Assert.Equal(0, await first.ExitCodeAsync(Deadline));
        }

        await using HostProcess second = await HostProcess.StartAsync(settings);
        HostResponse ended = await second.SendAsync(new HostRequest { Id = 0, Operation = HostRequest.Wait, Name = "slow", WaitMs = 20_000 });

        Assert.Equal(ExecutionPhase.Completed, ended.Execution?.Status?.Phase);
        Assert.Equal(["slow", "slow-done"], StepLogFile.Read(settings.StepLog).Select(run => run.Step));
    }

    [Fact]
    public async Task A_step_that_outlasts_the_grace_period_runs_again_at_the_next_start()
    {
        using var folder = new TemporaryFolder();
        HostSettings settings = folder.SqliteHost(graceSeconds: 0.1);
        await using (HostProcess first = await HostProcess.StartAsync(settings))
        {
            await first.SendAsync(Create("slow"));
            await WaitForRunsAsync(settings, 1, "the step to begin");
            first.Terminate();
            await first.ExitCodeAsync(Deadline);
        }

        await using HostProcess second = await HostProcess.StartAsync(settings);
        HostResponse ended = await second.SendAsync(new HostRequest { Id = 0, Operation = HostRequest.Wait, Name = "slow", WaitMs = 20_000 });

        Assert.Equal(ExecutionPhase.Completed, ended.Execution?.Status?.Phase);
        Assert.Equal(2, StepLogFile.Read(settings.StepLog).Count(run => run.Step == "slow"));
    }

    [Fact]
    public async Task A_second_host_on_the_same_SQLite_file_refuses_to_start()
    {
        using var folder = new TemporaryFolder();
        await using HostProcess first = await HostProcess.StartAsync(folder.SqliteHost("one"));

        HostGoneException refused = await Assert.ThrowsAsync<HostGoneException>(() => HostProcess.StartAsync(folder.SqliteHost("two")));

        Assert.Contains("Cannot start", refused.Message, StringComparison.Ordinal);
        Assert.Contains("kontinue.db", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Message, StringComparison.Ordinal);
        HostResponse still = await first.SendAsync(Create("still-there", ms: 1));
        Assert.Null(still.Error);
    }

    private static HostRequest Create(string name, int ms = StepMs) => new()
    {
        Id = 0, Operation = HostRequest.Create, Name = name, Function = HostFunctions.SlowStep, Value = JsonPayload.From(new CountArguments(ms)),
    };

    private static async Task WaitForRunsAsync(HostSettings settings, int count, string waitingFor)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (StepLogFile.Read(settings.StepLog).Count < count)
        {
            if (deadline.IsCancellationRequested)
            {
                throw new TimeoutException($"Waited {Deadline.TotalSeconds:F0} s for {waitingFor}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
