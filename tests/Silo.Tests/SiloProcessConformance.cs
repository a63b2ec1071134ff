using Kontinue.Hosting.Conformance;
using Kontinue.Silo.Tests.Support;
using Xunit;

namespace Kontinue.Silo.Tests;

/// <summary>The rules of hosts for three silo processes on one PostgreSQL, which are killed by SIGKILL, stopped by SIGTERM, and cut off by a proxy before their database.</summary>
[Collection(DatabaseCollection.Name)]
public sealed class SiloProcessConformance(Database databases) : HostConformance
{
    // A rule that starts its host again does so on the same one.
    private string? _database;

    protected override async Task<HostUnderTest> StartAsync(RuleSettings settings) =>
        await SiloProcesses.StartAsync(_database ??= await databases.NewAsync(), settings, Ledger, count: 3);
}
