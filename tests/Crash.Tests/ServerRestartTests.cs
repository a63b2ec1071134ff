using Kontinue.Crash.Host;
using Kontinue.Crash.Tests.Harness;
using Kontinue.Testing.PostgreSql;
using Xunit;
using Xunit.Abstractions;

namespace Kontinue.Crash.Tests;

/// <summary>The database goes away and comes back; the host stays.</summary>
public sealed class ServerRestartTests(ITestOutputHelper output)
{
    [SkippableFact]
    public async Task A_killed_and_restarted_PostgreSQL_loses_nothing()
    {
        await using PrivatePostgres server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        HostSettings host = folder.PostgresHost(server.ConnectionString);
        await new CrashRun(host, CrashSettings.FromEnvironment() with { Kills = 3 }, output.WriteLine)
            .RunAsync(async _ =>
            {
                await server.KillAsync();
                await server.StartAsync();
            });
    }
}
