using Kontinue.Hosting.Conformance;
using Kontinue.Resources;
using Kontinue.Silo.Tests.Support;
using Xunit;

namespace Kontinue.Silo.Tests;

/// <summary>The rules of hosts for three silo processes on one PostgreSQL, which are killed by SIGKILL, stopped by SIGTERM, and cut off by a proxy before their database.</summary>
[Collection(DatabaseCollection.Name)]
public sealed class SiloProcessConformance(Database databases) : HostConformance
{
    // A rule that starts its host again does so on the same one.
    private string? _database;

    /// <summary>Without this, the rule that nothing stays in memory might look at nothing.</summary>
    [SkippableFact]
    public async Task Who_is_waited_for_is_seen_in_memory()
    {
        await using HostUnderTest host = await StartAsync(new RuleSettings { SuspendedResidency = TimeSpan.FromMinutes(1) });
        await host.CreateAsync(
            new Execution { Metadata = new ObjectMetadata { Name = "one" }, Spec = new ExecutionSpec { Function = RuleFunctions.OneEvent } }, TimeSpan.Zero);
        var key = new ExecutionKey(ExecutionKey.DefaultNamespace, "one");
        Task<Execution> wait = host.WaitAsync(key, Eventually.Deadline);
        await Eventually.HoldsAsync(
            async () => (await Task.WhenAll(host.Silos.Select(silo => silo.LookAsync()))).Count(silo => silo is { Residents: 1, Activations: 1 }) == 1,
            "one silo has it, and a grain for it");
        await host.SendEventAsync(key, "go", JsonPayload.From(3));
        Assert.Equal("3", (await wait).Status!.Result.ToString());
    }

    protected override async Task<HostUnderTest> StartAsync(RuleSettings settings) =>
        await SiloProcesses.StartAsync(_database ??= await databases.NewAsync(), settings, Ledger, count: 3);
}
