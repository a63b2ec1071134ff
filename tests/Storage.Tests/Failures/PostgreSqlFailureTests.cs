using System.Collections.Concurrent;
using Kontinue.Engine.Storage;
using Kontinue.Storage.PostgreSql;
using Kontinue.Storage.Tests.Backends;
using Kontinue.Testing.PostgreSql;
using Npgsql;
using Xunit;

namespace Kontinue.Storage.Tests.Failures;

[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlFailureTests(PostgreSqlServer server)
{
    private static readonly CancellationToken None = CancellationToken.None;

    [SkippableFact]
    public async Task Nothing_acknowledged_is_lost_when_the_server_crashes_under_load_and_work_goes_on_after_it()
    {
        PrivatePostgres postgres = await server.GetAsync();
        await using PostgreSqlStore store = await OpenAsync(await postgres.CreateDatabaseAsync());
        var acknowledged = new ConcurrentBag<ExecutionRow>();
        using var stop = new CancellationTokenSource();
        Task[] writers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() => WriteUntilAsync(store, acknowledged, stop.Token)))];

        for (int crash = 0; crash < 2; crash++)
        {
            int before = acknowledged.Count;
            await Eventually.TrueAsync(
                () => Task.FromResult(acknowledged.Count > before + 500), () => $"500 executions to be acknowledged before crash {crash + 1}; {acknowledged.Count - before} are");
            await postgres.KillAsync();
            StoreException e = await Assert.ThrowsAsync<StoreException>(() => store.PingAsync(None));
            Assert.True(e.IsTransient, e.Message);
            await postgres.StartAsync();
        }

        int after = acknowledged.Count;
        await Eventually.TrueAsync(() => Task.FromResult(acknowledged.Count > after + 500), "writers to go on after the crash");
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        foreach (ExecutionRow row in acknowledged)
        {
            Assert.Equal(row.Uid, (await store.ReadAsync(row.Key, None))?.Uid);
            Assert.Single(await store.ReadJournalAsync(row.Uid, 0, 10, None));
        }
    }

    [SkippableFact]
    public async Task A_newer_schema_is_refused()
    {
        string connectionString = await (await server.GetAsync()).CreateDatabaseAsync();
        await (await OpenAsync(connectionString)).DisposeAsync();
        await ExecuteAsync(connectionString, "INSERT INTO schema_version (version) VALUES (99)");

        StoreException e = await Assert.ThrowsAsync<StoreException>(() => OpenAsync(connectionString));
        Assert.False(e.IsTransient);
        Assert.Contains("99", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_read_only_database_is_a_transient_failure_that_a_ping_notices()
    {
        string connectionString = await (await server.GetAsync()).CreateDatabaseAsync("readonly");
        await (await OpenAsync(connectionString)).DisposeAsync();
        await ExecuteAsync(connectionString, "ALTER DATABASE readonly SET default_transaction_read_only = on");
        await using var store = new PostgreSqlStore(new PostgreSqlStoreOptions { ConnectionString = connectionString });

        Assert.True((await Assert.ThrowsAsync<StoreException>(() => store.PingAsync(None))).IsTransient);
        StoreException e = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync([Make.Insert(Make.Row())], None));
        Assert.True(e.IsTransient);
        Assert.Contains("read-only", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_missing_database_is_a_lasting_failure_and_a_missing_server_a_transient_one()
    {
        PrivatePostgres postgres = await server.GetAsync();
        var settings = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Database = "missing" };
        Assert.False((await Assert.ThrowsAsync<StoreException>(() => OpenAsync(settings.ConnectionString))).IsTransient);
        settings.Port = 1;
        Assert.True((await Assert.ThrowsAsync<StoreException>(() => OpenAsync(settings.ConnectionString))).IsTransient);
    }

    internal static async Task<PostgreSqlStore> OpenAsync(string connectionString)
    {
        var store = new PostgreSqlStore(new PostgreSqlStoreOptions { ConnectionString = connectionString });
        try
        {
            await store.InitializeAsync(None);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    private static async Task WriteUntilAsync(PostgreSqlStore store, ConcurrentBag<ExecutionRow> acknowledged, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            ExecutionRow[] rows = [.. Enumerable.Range(0, 10).Select(_ => Make.Row())];
            CommitUnit[] batch = [.. rows.Select(row => Make.Insert(row).With(Make.Record(row, 1)))];
            await Eventually.TrueAsync(() => TryCommitAsync(store, batch), () => "the batch to be committed", Eventually.Recovery);
            Array.ForEach(rows, acknowledged.Add);
        }
    }

    /// <summary>As the engine does it: after a failure, the same batch again.</summary>
    internal static async Task<bool> TryCommitAsync(PostgreSqlStore store, CommitUnit[] batch)
    {
        try
        {
            Assert.All(await store.CommitAsync(batch, None), outcome => Assert.Equal(CommitOutcome.Applied, outcome));
            return true;
        }
        catch (StoreException e) when (e.IsTransient)
        {
            return false;
        }
    }

    internal static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
