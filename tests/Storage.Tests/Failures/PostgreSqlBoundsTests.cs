using Kontinue.Engine.Storage;
using Kontinue.Storage.PostgreSql;
using Kontinue.Storage.Tests.Backends;
using Npgsql;
using Xunit;

namespace Kontinue.Storage.Tests.Failures;

/// <summary>What a process leaves open when it is paused or cut off ends by itself, and who waits for it does not wait for ever.</summary>
[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlBoundsTests(PostgreSqlServer server)
{
    private static readonly CancellationToken None = CancellationToken.None;

    [SkippableFact]
    public async Task Connections_have_bounds_unless_the_connection_string_has_its_own()
    {
        string connectionString = (await server.GetAsync()).ConnectionString;
        await CheckAsync(DataSources.ForCommits, "10", "30000", "10s", "10s");
        await CheckAsync(DataSources.ForQueries, "10", "30000", "10s", "10s");
        connectionString += ";Options=-c lock_timeout=5s -c tcp_keepalives_idle=20;TCP Keepalive Time=30";
        await CheckAsync(DataSources.ForCommits, "20", "30000", "10s", "5s");

        async Task CheckAsync(Func<PostgreSqlStoreOptions, NpgsqlDataSource> make, params string[] expected)
        {
            await using NpgsqlDataSource source = make(new PostgreSqlStoreOptions { ConnectionString = connectionString });
            List<string> actual = [];
            foreach (string name in (string[])["tcp_keepalives_idle", "tcp_user_timeout", "idle_in_transaction_session_timeout", "lock_timeout"])
            {
                await using NpgsqlCommand command = source.CreateCommand($"SHOW {name}");
                actual.Add((string)(await command.ExecuteScalarAsync())!);
            }

            Assert.Equal(expected, actual);
            var settings = new NpgsqlConnectionStringBuilder(source.ConnectionString);
            Assert.Equal((true, expected[0] == "20" ? 30 : 10), (settings.TcpKeepAlive, settings.TcpKeepAliveTime));
        }
    }

    [SkippableFact]
    public async Task A_tcp_keepalive_that_is_turned_off_stays_off()
    {
        string connectionString = (await server.GetAsync()).ConnectionString + ";TCP Keepalive=false";
        await using NpgsqlDataSource source = DataSources.ForCommits(new PostgreSqlStoreOptions { ConnectionString = connectionString });

        Assert.False(new NpgsqlConnectionStringBuilder(source.ConnectionString).TcpKeepAlive);
    }

    [SkippableFact]
    public async Task A_lock_that_another_keeps_is_a_transient_failure_and_the_commit_goes_on_after_it()
    {
        string connectionString = await (await server.GetAsync()).CreateDatabaseAsync();
        await using PostgreSqlStore store = await PostgreSqlFailureTests.OpenAsync(connectionString + ";Options=-c lock_timeout=50");
        CommitUnit unit = Make.Insert(Make.Row());
        await using var other = new NpgsqlConnection(connectionString + ";Pooling=false");
        await other.OpenAsync();
        await using (NpgsqlTransaction locks = await other.BeginTransactionAsync())
        {
            await using var command = new NpgsqlCommand("LOCK TABLE executions IN ACCESS EXCLUSIVE MODE", other);
            await command.ExecuteNonQueryAsync();

            StoreException e = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync([unit], None));
            Assert.True(e.IsTransient);
            Assert.Contains("55P03", e.Message, StringComparison.Ordinal);
            Assert.Contains("55P03", (await Assert.ThrowsAsync<StoreException>(() => store.ReadAsync(Make.Row().Key, None))).Message, StringComparison.Ordinal);
        }

        Assert.Equal([CommitOutcome.Applied], await store.CommitAsync([unit], None));
    }
}
