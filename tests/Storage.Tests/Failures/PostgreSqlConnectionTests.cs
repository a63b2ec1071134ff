using Kontinue.Engine.Storage;
using Kontinue.Storage.PostgreSql;
using Kontinue.Testing.PostgreSql;
using Npgsql;
using Xunit;

namespace Kontinue.Storage.Tests.Failures;

/// <summary>A database out of connections is waited for, and what is thrown says which limit it was.</summary>
public sealed class PostgreSqlConnectionTests
{
    private const int MaxConnections = 8;
    private static readonly CancellationToken None = CancellationToken.None;

    [SkippableFact]
    public async Task A_server_without_free_connections_is_waited_for()
    {
        Skip.IfNot(PrivatePostgres.TryFind(out string reason), reason);
        await using PrivatePostgres server = await PrivatePostgres.StartNewAsync([$"max_connections={MaxConnections}"]);
        List<NpgsqlConnection> taken = [];
        await using var store = new PostgreSqlStore(new PostgreSqlStoreOptions { ConnectionString = server.ConnectionString, MaxConnections = 4 });
        await store.InitializeAsync(None);
        try
        {
            await FillAsync(server.ConnectionString + ";Pooling=false", taken);

            StoreException commit = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync([Make.Insert(Make.Row())], None));
            Assert.True(commit.IsTransient);
            Assert.Contains("53300", commit.Message, StringComparison.Ordinal);
            Assert.Contains("max_connections", commit.Message, StringComparison.Ordinal);
            await using var late = new PostgreSqlStore(new PostgreSqlStoreOptions { ConnectionString = server.ConnectionString });
            StoreException start = await Assert.ThrowsAsync<StoreException>(() => late.InitializeAsync(None));
            Assert.True(start.IsTransient);
            Assert.Contains("max_connections", start.Message, StringComparison.Ordinal);
        }
        finally
        {
            foreach (NpgsqlConnection connection in taken)
            {
                await connection.DisposeAsync();
            }
        }

        // A server process ends in its own time after its client.
        await Eventually.TrueAsync(() => PostgreSqlFailureTests.TryCommitAsync(store, [Make.Insert(Make.Row())]), "the commit to go on");
    }

    [SkippableFact]
    public async Task A_process_that_uses_all_of_its_own_connections_says_so()
    {
        Skip.IfNot(PrivatePostgres.TryFind(out string reason), reason);
        await using PrivatePostgres server = await PrivatePostgres.StartNewAsync();
        await using var store = new PostgreSqlStore(new PostgreSqlStoreOptions
        {
            ConnectionString = server.ConnectionString, MaxConnections = 3, MaxConcurrentCommits = 1, ConnectTimeout = TimeSpan.FromSeconds(1),
        });
        await store.InitializeAsync(None);
        await using var other = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        await other.OpenAsync();
        Task[] blocked;
        await using (NpgsqlTransaction locks = await other.BeginTransactionAsync())
        {
            await using var command = new NpgsqlCommand("LOCK TABLE executions IN ACCESS EXCLUSIVE MODE", other);
            await command.ExecuteNonQueryAsync();
            blocked = [.. Enumerable.Range(0, 2).Select(_ => (Task)store.ReadAsync(Make.Row().Key, None))];

            StoreException e = await Assert.ThrowsAsync<StoreException>(() => store.ReadAsync(Make.Row().Key, None));
            Assert.True(e.IsTransient);
            Assert.Contains("MaxConnections", e.Message, StringComparison.Ordinal);
        }

        await Task.WhenAll(blocked);
        Assert.Null(await store.ReadAsync(Make.Row().Key, None));
    }

    /// <summary>Opens connections until the server has no more.</summary>
    private static async Task FillAsync(string connectionString, List<NpgsqlConnection> taken)
    {
        while (true)
        {
            var connection = new NpgsqlConnection(connectionString);
            try
            {
                await connection.OpenAsync();
                taken.Add(connection);
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.TooManyConnections)
            {
                await connection.DisposeAsync();
                return;
            }
        }
    }
}
