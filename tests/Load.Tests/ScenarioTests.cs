using Kontinue.Load.Reporting;
using Kontinue.Load.Scenarios;
using Xunit;

namespace Kontinue.Load.Tests;

/// <summary>Each scenario for a moment.</summary>
public sealed class ScenarioTests
{
    public static TheoryData<string> Loops => [.. ScenarioRegistry.All.Where(scenario => scenario.IsLoop).Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task A_loop_completes_executions_and_tells_of_each_interval(string scenario)
    {
        var progress = new StringWriter();
        LoadOptions options = Given.Options(scenario) with { Count = scenario == "fanout" ? 10 : 0, Duration = TimeSpan.FromSeconds(1) };
        Report report = await LoadRun.RunAsync(options, progress, CancellationToken.None);
        AssertGood(report);
        double[] ends = [0, .. report.Series.Select(point => point.Second)];
        Assert.Equal(report.Executions, report.Series.Select((point, i) => point.ThroughputPerSecond * (ends[i + 1] - ends[i])).Sum(), tolerance: 0.01);
        Assert.Equal(report.Series.Count, progress.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.NotNull(report.CorrectedLatency);
        Assert.True(report.Resources.EngineAllocatedBytesPerExecution > 0);
    }

    [Fact]
    public async Task An_open_loop_has_its_rate()
    {
        LoadOptions options = Given.Options("noop") with { Rate = 200, Duration = TimeSpan.FromSeconds(1) };
        Report report = await LoadRun.RunAsync(options, progress: null, CancellationToken.None);
        AssertGood(report);
        Assert.InRange(report.OpenLoop!.Due, 195, 300);
        Assert.Equal(report.OpenLoop.Due, report.Latency.Count);
        Assert.Null(report.CorrectedLatency);
    }

    [Theory]
    [InlineData("long", 20)]
    [InlineData("watch", 5)]
    public async Task Others_in_memory(string scenario, int count) =>
        AssertGood(await LoadRun.RunAsync(Given.Options(scenario) with { Count = count }, progress: null, CancellationToken.None));

    [Fact]
    public async Task List_on_SQLite()
    {
        Report report = await LoadRun.RunAsync(Given.Options("list", "sqlite") with { Count = 5000 }, progress: null, CancellationToken.None);
        AssertGood(report);

        // One in a thousand each; the rows that were run to be copied are there, too.
        Assert.NotNull(report.MachineCommits);
        Assert.NotNull(report.Database!.Counts.FileBytes);
    }

    [Fact]
    public async Task A_run_that_is_stopped_reports_what_there_is()
    {
        using var stop = new CancellationTokenSource();
        LoadOptions options = Given.Options("noop") with { Duration = TimeSpan.FromMinutes(10) };
        Report report = await LoadRun.RunAsync(options, new StopAtFirstLine(stop), stop.Token);
        Assert.True(report.Interrupted);
        Assert.InRange(report.Seconds, 0.05, 60);
        AssertGood(report);
    }

    internal static void AssertGood(Report report)
    {
        Assert.True(report.Errors == 0, report.FirstError);
        Assert.True(report.Executions > 0);
        Assert.True(report.Seconds > 0);
    }

    /// <summary>Stops the run when it tells of its first interval.</summary>
    internal sealed class StopAtFirstLine(CancellationTokenSource stop) : StringWriter
    {
        public override void WriteLine(string? value) => stop.Cancel();
    }
}

/// <summary>Those that need some seconds run beside the others.</summary>
public sealed class SleepScenarioTests
{
    [Fact]
    public async Task Sleep_in_memory()
    {
        Report report = await LoadRun.RunAsync(Given.Options("sleep") with { Count = 20, Concurrency = 20 }, progress: null, CancellationToken.None);
        ScenarioTests.AssertGood(report);
        Assert.Equal(20, report.Executions);
        Assert.Equal(0, report.Extra["earlyCount"]);
    }
}

/// <summary>Those that need some seconds run beside the others.</summary>
public sealed class SuspendedScenarioTests
{
    [Fact]
    public async Task Suspended_in_memory()
    {
        Report report = await LoadRun.RunAsync(Given.Options("suspended") with { Count = 50 }, progress: null, CancellationToken.None);
        ScenarioTests.AssertGood(report);
        Assert.Equal(50, report.Executions);
    }
}
