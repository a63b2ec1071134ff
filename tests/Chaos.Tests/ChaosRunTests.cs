using Kontinue.Chaos.Cluster;
using Kontinue.Chaos.Faults;
using Kontinue.Testing.PostgreSql;
using Xunit;
using Xunit.Abstractions;

namespace Kontinue.Chaos.Tests;

/// <summary>A short run with each fault at least once. Long ones are made by hand: docs/reliability.md.</summary>
public sealed class ChaosRunTests(ITestOutputHelper output)
{
    [SkippableFact]
    public async Task Silos_under_all_faults_lose_double_and_repeat_nothing()
    {
        Skip.IfNot(PrivatePostgres.TryFind(out string reason), reason);
        var options = new ChaosOptions
        {
            Seed = 4, Duration = TimeSpan.FromSeconds(30), Lease = TimeSpan.FromSeconds(3), Rate = 20, Concurrency = 32,
        };
        await using var run = new ChaosRun(options, output.WriteLine, new SiloHost());

        ChaosReport report = await run.RunAsync(CancellationToken.None);

        report.Write(output.WriteLine);
        Assert.Empty(report.Violations);
        Assert.Equal(Enum.GetNames<FaultKind>().Order(), report.Faults.Keys.Order());
        Assert.True(report.Acknowledged > 100, $"Only {report.Acknowledged} executions were made.");
        Assert.True(report.PermitsTaken > 10, $"Only {report.PermitsTaken} permits were taken.");
    }
}
