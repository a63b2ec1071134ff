using Kontinue.Client.Tests.Support;
using Kontinue.Load.Driving;
using Kontinue.Load.Reporting;
using Kontinue.Load.Silos;
using Kontinue.Testing;
using Kontinue.Testing.PostgreSql;
using Xunit;

namespace Kontinue.Load.Tests;

public sealed class SiloTests
{
    [Fact]
    public async Task A_silo_does_what_its_input_says_and_ends_with_it()
    {
        var client = new FakeClient { OnCreate = (e, _, _) => Answer(e) };
        LoopPlan plan = Given.Options("noop").ToPlan() with { Rate = 100, Warmup = TimeSpan.Zero, Duration = TimeSpan.FromMilliseconds(200) };
        string input = new SiloMessage { Kind = SiloMessageKind.Reading }.Write() + "\n" + new SiloMessage { Kind = SiloMessageKind.Run, Plan = plan }.Write() + "\n";
        var output = new StringWriter();
        await SiloServer.RunAsync(new StringReader(input), output, client).Within("end of the silo");
        SiloMessage[] told = [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(SiloMessage.Read)];

        // The end of the input stops the loop early, and its result is told nevertheless.
        Assert.Equal(SiloMessageKind.Reading, told[0].Kind);
        Assert.True(told[0].Reading!.MemoryMiB > 0);
        Assert.Equal(SiloMessageKind.Began, told[1].Kind);
        Assert.Equal(SiloMessageKind.Ended, told[^2].Kind);
        Assert.Equal(SiloMessageKind.Result, told[^1].Kind);
        Assert.Null(told[^1].Problem);
        Assert.NotNull(told[^1].Result!.Open);
    }

    [Fact]
    public async Task A_silo_frees_what_it_can_before_it_tells_its_memory()
    {
        var output = new StringWriter();
        int before = GC.CollectionCount(GC.MaxGeneration);
        await SiloServer.RunAsync(new StringReader(new SiloMessage { Kind = SiloMessageKind.Collect }.Write() + "\n"), output, new FakeClient()).Within("end of the silo");
        var told = SiloMessage.Read(output.ToString());
        Assert.Equal(SiloMessageKind.Reading, told.Kind);
        Assert.True(told.Reading!.HeapMiB > 0);
        Assert.True(GC.CollectionCount(GC.MaxGeneration) > before);
    }

    [Fact]
    public async Task A_plan_that_cannot_be_run_is_answered_with_the_problem()
    {
        string input = new SiloMessage { Kind = SiloMessageKind.Run, Plan = Given.Options("nonsense").ToPlan() }.Write() + "\n";
        var output = new StringWriter();
        await SiloServer.RunAsync(new StringReader(input), output, new FakeClient()).Within("end of the silo");
        Assert.Equal("There is no scenario 'nonsense'.", SiloMessage.Read(output.ToString()).Problem);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("null")]
    public async Task Nonsense_ends_a_silo(string line) =>
        await Assert.ThrowsAsync<FormatException>(() => SiloServer.RunAsync(new StringReader(line + "\n"), new StringWriter(), new FakeClient()));

    [Fact]
    public async Task A_server_of_its_own_is_measured_and_stopped()
    {
        (Report report, int _) = await ScenarioTests.RunUntilSomethingEndedAsync(Given.Options("steps3", "sqlite", "http"));
        ScenarioTests.AssertGood(report);
        Assert.True(Assert.Single(report.Resources.Silos).AllocatedBytes > 0);
        Assert.NotNull(report.Database!.Counts.LogFileBytes);
    }

    [Fact]
    public async Task A_store_that_cannot_be_used_is_told_before_the_run()
    {
        using var folder = new TemporaryFolder();
        LoadOptions options = Given.Options("noop", "postgres", "cluster") with { Connection = "Host=127.0.0.1;Port=1;Username=nobody;Timeout=1" };
        await Assert.ThrowsAsync<Stores.StoreUnusableException>(() => LoadRun.RunAsync(options, progress: null, CancellationToken.None));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cluster_runs_its_share_in_each_silo_and_reports_what_there_is_when_it_is_stopped(bool callersInSilos)
    {
        Skip.IfNot(PrivatePostgres.TryFind(out string reason), reason);
        LoadOptions options = Given.Options("children5", "postgres", "cluster") with
        {
            Silos = 2,
            CallersInSilos = callersInSilos,
            Lease = TimeSpan.FromSeconds(10),
            Prefill = 1500,
        };
        (Report report, int _) = await ScenarioTests.RunUntilSomethingEndedAsync(options);
        ScenarioTests.AssertGood(report);
        Assert.True(report.Interrupted);
        Assert.Equal(2, report.Resources.Silos.Count);
        Assert.All(report.Resources.Silos, silo => Assert.True(silo.AllocatedBytes > 100_000));
        Assert.NotEmpty(report.Series);
        Assert.True(report.Database!.Counts.WrittenBytes > 0);
    }

    private static Task<Kontinue.Resources.Execution> Answer(Kontinue.Resources.Execution execution) =>
        Task.FromResult(FakeClient.Stored(execution, ExecutionPhase.Completed));
}
