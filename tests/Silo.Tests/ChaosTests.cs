using Kontinue.Chaos;
using Kontinue.Chaos.Faults;
using Kontinue.Silo.Chaos;
using Kontinue.Silo.Tests.Support;
using Kontinue.Testing.PostgreSql;
using Xunit;
using Xunit.Abstractions;

namespace Kontinue.Silo.Tests;

/// <summary>
/// Three silos of an Orleans cluster, each fault once, and the rules that all silos are held to. Not beside others that start processes. Long runs are made by hand: docs/reliability.md.
/// </summary>
[Collection(DatabaseCollection.Name)]
public sealed class ChaosTests(ITestOutputHelper output)
{
    [SkippableFact]
    public async Task Silos_of_a_cluster_under_all_faults_lose_double_and_repeat_nothing()
    {
        Skip.IfNot(PrivatePostgres.TryFind(out string reason), reason);
        var options = new ChaosOptions { Seed = 4, Duration = TimeSpan.FromSeconds(30), Lease = TimeSpan.FromSeconds(3), Rate = 15, Concurrency = 32 };
        await using var run = new ChaosRun(options, output.WriteLine, new GrainSiloHost());

        ChaosReport report = await run.RunAsync(CancellationToken.None);

        report.Write(output.WriteLine);
        Assert.Empty(report.Violations);
        Assert.Equal(Enum.GetNames<FaultKind>().Order(), report.Faults.Keys.Order());
        Assert.True(report.Acknowledged > 100, $"Only {report.Acknowledged} executions were made.");
    }
}
