using System.Text.RegularExpressions;
using Kontinue.Load.Reporting;
using Kontinue.Load.Scenarios;
using Xunit;

namespace Kontinue.Load.Tests;

/// <summary>Each scenario for a moment.</summary>
public sealed partial class ScenarioTests
{
    private static readonly TimeSpan Endless = TimeSpan.FromMinutes(10);

    public static TheoryData<string> Loops => [.. ScenarioRegistry.All.Where(scenario => scenario.IsLoop).Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task A_loop_completes_executions_and_tells_of_each_interval(string scenario)
    {
        (Report report, int lines) = await RunUntilSomethingEndedAsync(Given.Options(scenario) with { Count = scenario == "fanout" ? 10 : 0 });
        AssertGood(report);
        double[] ends = [0, .. report.Series.Select(point => point.Second)];
        Assert.Equal(report.Executions, report.Series.Select((point, i) => point.ThroughputPerSecond * (ends[i + 1] - ends[i])).Sum(), tolerance: 0.01);
        Assert.Equal(report.Series.Count, lines);
        Assert.NotNull(report.CorrectedLatency);
        Assert.True(report.Resources.EngineAllocatedBytesPerExecution > 0);
    }

    [Fact]
    public async Task An_open_loop_has_its_rate()
    {
        LoadOptions options = Given.Options("noop") with { Rate = 200, Duration = TimeSpan.FromSeconds(1) };
        Report report = await LoadRun.RunAsync(options, progress: null, CancellationToken.None);
        AssertGood(report);
        Assert.True(report.OpenLoop!.Due >= 195);
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
        (Report report, int _) = await RunUntilSomethingEndedAsync(Given.Options("noop"));
        Assert.True(report.Interrupted);
        Assert.True(report.Seconds < Endless.TotalSeconds);
        AssertGood(report);
    }

    internal static void AssertGood(Report report)
    {
        Assert.True(report.Errors == 0, report.FirstError);
        Assert.True(report.Executions > 0);
        Assert.True(report.Seconds > 0);
    }

    /// <summary>Runs a loop until the first interval in which an execution completed: how long that takes depends on the machine.</summary>
    internal static async Task<(Report Report, int Lines)> RunUntilSomethingEndedAsync(LoadOptions options)
    {
        using var stop = new CancellationTokenSource();
        var progress = new StopAtFirstEnd(stop);

        // Processes and databases start slowly on a busy machine. What is given up still ends in order.
        using ITimer deadline = TimeProvider.System.CreateTimer(_ => stop.Cancel(), state: null, TimeSpan.FromMinutes(3), Timeout.InfiniteTimeSpan);
        Report report = await LoadRun.RunAsync(options with { Duration = Endless }, progress, stop.Token);
        Assert.True(report.Executions > 0, "No execution completed within 3 minutes.");
        return (report, progress.Lines);
    }

    private sealed partial class StopAtFirstEnd(CancellationTokenSource stop) : StringWriter
    {
        public int Lines { get; private set; }

        public override void WriteLine(string? value)
        {
            Lines++;
            if (SomeThroughput().IsMatch(value!))
            {
                stop.Cancel();
            }
        }

        [GeneratedRegex(@" [1-9][\d,]*/s ")]
        private static partial Regex SomeThroughput();
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
