using Kontinue.Crash.Host;
using Kontinue.Crash.Tests.Harness;
using Xunit;

namespace Kontinue.Crash.Tests;

/// <summary>A job outlives the host that began it, and is begun once.</summary>
public sealed class JobCrashTests : IDisposable
{
    private const int Rounds = 4;
    private const int JobsPerRound = 6;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    private string Log => _folder.File("jobs.log");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2.0)]
    [InlineData(0.2)]
    public async Task A_job_goes_on_when_its_host_is_killed_and_the_next_host_takes_its_end(double seconds)
    {
        HostSettings settings = _folder.SqliteHost();
        await using (HostProcess first = await HostProcess.StartAsync(settings))
        {
            await first.SendAsync(Create("killed", seconds));
            await WaitForRunsAsync(1);
            await first.KillAsync();
        }

        await using HostProcess second = await HostProcess.StartAsync(settings);
        HostResponse ended = await second.SendAsync(Wait("killed"));

        Assert.Equal(ExecutionPhase.Completed, ended.Execution?.Status?.Phase);
        Assert.Equal("done", ended.Execution!.Status!.Result.To<string>());
        Assert.Equal(["killed"], await File.ReadAllLinesAsync(Log));
    }

    [Fact]
    public async Task Whenever_hosts_are_killed_each_job_runs_exactly_once()
    {
        HostSettings settings = _folder.SqliteHost();
        var names = new List<string>();
        for (int round = 0; round < Rounds; round++)
        {
            await using HostProcess host = await HostProcess.StartAsync(settings);
            string[] fresh = [.. Enumerable.Range(0, JobsPerRound).Select(i => $"r{round}-{i}")];
            names.AddRange(fresh);
            Task<HostResponse>[] created = [.. fresh.Select(name => host.SendAsync(Create(name, 0.3)))];

            // Later in each round: while starts are being recorded, handed over, begun, and ended.
            await Task.WhenAll(created.Take(1 + (round * 2)));
            await host.KillAsync();
            foreach (Task<HostResponse> lost in created)
            {
                await lost.ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }

        await using HostProcess last = await HostProcess.StartAsync(settings);
        var known = new List<string>();
        foreach (string name in names)
        {
            // One whose creation was not answered may not be there.
            HostResponse ended = await last.SendAsync(Wait(name));
            if (ended.ErrorType != nameof(ExecutionNotFoundException))
            {
                Assert.True(ended.Execution?.Status?.Phase == ExecutionPhase.Completed, $"{name}: {ended.Error} {ended.Execution?.Status}");
                known.Add(name);
            }
        }

        Assert.NotEmpty(known);
        Assert.Equal(known.Order(), (await File.ReadAllLinesAsync(Log)).Order());
    }

    private HostRequest Create(string name, double seconds) => new()
    {
        Id = 0, Operation = HostRequest.Create, Name = name, Function = HostFunctions.Job, Value = JsonPayload.From(new JobArguments(Log, seconds)),
    };

    private static HostRequest Wait(string name) => new() { Id = 0, Operation = HostRequest.Wait, Name = name, WaitMs = 30_000 };

    private async Task WaitForRunsAsync(int count)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!File.Exists(Log) || (await File.ReadAllLinesAsync(Log, CancellationToken.None)).Length < count)
        {
            if (deadline.IsCancellationRequested)
            {
                throw new TimeoutException($"Waited {Deadline.TotalSeconds:F0} s for {count} jobs to begin.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }
}
