using Kontinue.Crash.Tests.Harness;
using Kontinue.Testing.PostgreSql;
using Xunit;
using Xunit.Abstractions;

namespace Kontinue.Crash.Tests;

/// <summary>A host that is killed at any moment loses nothing, doubles nothing and repeats nothing that was committed.</summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Kills_of_the_host_lose_nothing_on_SQLite()
    {
        using var folder = new TemporaryFolder();
        await new CrashRun(folder.SqliteHost(), CrashSettings.FromEnvironment(), output.WriteLine).RunAsync();
    }

    [SkippableFact]
    public async Task Kills_of_the_host_lose_nothing_on_PostgreSQL()
    {
        await using PrivatePostgres server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        await new CrashRun(folder.PostgresHost(server.ConnectionString), CrashSettings.FromEnvironment(), output.WriteLine).RunAsync();
    }
}
