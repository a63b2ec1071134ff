using Kontinue.Engine.Storage;
using Kontinue.Storage.PostgreSql;
using Kontinue.Storage.Tests.Backends;
using Npgsql;
using Xunit;

namespace Kontinue.Storage.Tests.Failures;

/// <summary>Versions are transaction ids: what runs long, comes from elsewhere or is deleted must not confuse who reads on from one.</summary>
[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlVersionTests(PostgreSqlServer server)
{
    private static readonly CancellationToken None = CancellationToken.None;

    [SkippableFact]
    public async Task A_database_restored_into_a_younger_cluster_goes_on_with_greater_versions()
    {
        string connectionString = await (await server.GetAsync()).CreateDatabaseAsync();
        ExecutionRow row = Make.Row(owner: Make.Silo());
        await using (PostgreSqlStore store = await PostgreSqlFailureTests.OpenAsync(connectionString))
        {
            await store.CommitAsync([Make.Insert(row)], None);
        }

        await PostgreSqlFailureTests.ExecuteAsync(connectionString, "UPDATE executions SET resource_version = 5000000000");
        await using PostgreSqlStore restored = await PostgreSqlFailureTests.OpenAsync(connectionString);
        long version = await restored.ReadVersionAsync(None);
        Assert.True(version >= 5_000_000_000, $"The version is {version}.");

        await restored.CommitAsync([Make.Update(row.Next())], None);
        ChangePage page = await restored.ReadChangesAsync(version, 10, None);
        Assert.Equal(2, Assert.Single(page.Rows()).Revision);
        Assert.True(page.Rows()[0].ResourceVersion > 5_000_000_000);
    }

    [SkippableFact]
    public async Task Versions_go_on_behind_those_that_only_the_archive_has()
    {
        string connectionString = await (await server.GetAsync()).CreateDatabaseAsync();
        await (await PostgreSqlFailureTests.OpenAsync(connectionString)).DisposeAsync();
        await PostgreSqlFailureTests.ExecuteAsync(
            connectionString,
            "INSERT INTO archives (uid, piece_set, version, resource_version, bytes, created_at, finished_at, archived_at, executions, pieces, phase, " +
            "namespace, name, function) VALUES (gen_random_uuid(), gen_random_uuid(), 5000000000, 1, 0, now(), now(), now(), 1, 0, 4, 'n', 'n', 'f')");
        await using PostgreSqlStore restored = await PostgreSqlFailureTests.OpenAsync(connectionString);
        ExecutionRow row = Make.Row();
        await restored.CommitAsync([Make.Insert(row)], None);

        Assert.True((await restored.ReadAsync(row.Key, None))!.ResourceVersion > 5_000_000_000);
    }

    [SkippableFact]
    public async Task A_change_of_a_transaction_still_running_is_not_passed_over()
    {
        string connectionString = await (await server.GetAsync()).CreateDatabaseAsync();
        await using PostgreSqlStore store = await PostgreSqlFailureTests.OpenAsync(connectionString);
        ExecutionRow slow = Make.Row();
        ExecutionRow fast = Make.Row();
        await store.CommitAsync([Make.Insert(slow), Make.Insert(fast)], None);
        long version = await store.ReadVersionAsync(None);

        await using NpgsqlConnection connection = await BeginAsync(connectionString, slow);

        await store.CommitAsync([Make.Update(fast.Next())], None);
        ChangePage early = await store.ReadChangesAsync(version, 10, None);
        Assert.Empty(early.Rows());

        await CommitAsync(connection);
        ChangePage late = await store.ReadChangesAsync(early.Version, 10, None);
        Assert.Equal([slow.Uid, fast.Uid], late.Rows().Select(row => row.Uid));
    }

    [SkippableFact]
    public async Task A_deletion_behind_a_transaction_still_running_is_neither_shown_nor_forgotten()
    {
        string connectionString = await (await server.GetAsync()).CreateDatabaseAsync();
        await using PostgreSqlStore store = await PostgreSqlFailureTests.OpenAsync(connectionString);
        ExecutionRow slow = Make.Row();
        ExecutionRow gone = Make.Row().Ended();
        await store.CommitAsync([Make.Insert(slow), Make.Insert(gone)], None);
        long version = await store.ReadVersionAsync(None);

        await using NpgsqlConnection connection = await BeginAsync(connectionString, slow);
        Assert.Equal(1, await store.DeleteAsync([Make.Deletion(gone)], None));
        Assert.Empty((await store.ReadChangesAsync(version, 10, None)).Changes);
        Assert.Equal(0, await store.PruneDeletionsAsync(TimeSpan.Zero, 10, None));
        Assert.False((await store.ReadChangesAsync(version, 10, None)).IsExpired);

        await CommitAsync(connection);
        ChangePage late = await store.ReadChangesAsync(version, 10, None);
        Assert.Equal([(slow.Uid, false), (gone.Uid, true)], late.Changes.Select(change => (change.Row.Uid, change.IsDeleted)));
        Assert.Equal(1, await store.PruneDeletionsAsync(TimeSpan.Zero, 10, None));
        Assert.True((await store.ReadChangesAsync(version, 10, None)).IsExpired);
    }

    [SkippableTheory]
    [InlineData("UPDATE deletions SET version = 5000000000")]
    [InlineData("DELETE FROM deletions; UPDATE meta SET pruned_version = 5000000000")]
    public async Task A_database_restored_with_deletions_goes_on_with_greater_versions(string restore)
    {
        string connectionString = await (await server.GetAsync()).CreateDatabaseAsync();
        ExecutionRow gone = Make.Row().Ended();
        await using (PostgreSqlStore store = await PostgreSqlFailureTests.OpenAsync(connectionString))
        {
            await store.CommitAsync([Make.Insert(gone)], None);
            await store.DeleteAsync([Make.Deletion(gone)], None);
        }

        await PostgreSqlFailureTests.ExecuteAsync(connectionString, restore);
        await using PostgreSqlStore restored = await PostgreSqlFailureTests.OpenAsync(connectionString);
        long version = await restored.ReadVersionAsync(None);
        Assert.True(version >= 5_000_000_000, $"The version is {version}.");
        ExecutionRow row = Make.Row();
        await restored.CommitAsync([Make.Insert(row)], None);

        ChangePage page = await restored.ReadChangesAsync(version, 10, None);
        Assert.False(page.IsExpired);
        Assert.Equal(row.Uid, Assert.Single(page.Rows()).Uid);
    }

    [SkippableFact]
    public async Task A_database_of_the_first_schema_is_upgraded_and_keeps_what_it_has()
    {
        string connectionString = await (await server.GetAsync()).CreateDatabaseAsync();
        ExecutionRow row = Make.Row("old", Make.Silo());
        await PostgreSqlFailureTests.ExecuteAsync(
            connectionString, "CREATE TABLE schema_version (version integer PRIMARY KEY); INSERT INTO schema_version VALUES (1)");
        await PostgreSqlFailureTests.ExecuteAsync(connectionString, Sql.Migrations[0].Text);
        await PostgreSqlFailureTests.ExecuteAsync(
            connectionString,
            $$"""
            INSERT INTO executions VALUES (
              1, 1, kontinue_version(), 0, now(), NULL, NULL, '{{row.Uid}}', NULL, NULL, 1, false, 'default', 'old', 'work', NULL, '{}', '{}')
            """);

        await using PostgreSqlStore store = await PostgreSqlFailureTests.OpenAsync(connectionString);
        ExecutionRow stored = (await store.ReadAsync(row.Key, None))!;
        Assert.Equal((row.Uid, 1, true), (stored.Uid, stored.Generation, stored.Settings.IsNone));
        Assert.Equal((null, null), (stored.DeleteAfter, stored.DeleteAt));
        Assert.NotNull(await store.UpdateSettingsAsync(Make.Settings(stored) with { DeleteAfter = TimeSpan.Zero }, None));
        Assert.Equal([CommitOutcome.Applied], await store.CommitAsync([Make.Update(row.Next().Ended())], None));
        Assert.Equal(row.Uid, Assert.Single(await store.FindDeletableAsync(Make.Now, null, 10, None)).Uid);
        Assert.False((await store.ReadChangesAsync(1, 10, None)).IsExpired);
    }

    [SkippableFact]
    public async Task A_deletion_waits_for_the_owners_commit_and_takes_what_that_has_written()
    {
        string connectionString = await (await server.GetAsync()).CreateDatabaseAsync();
        await using PostgreSqlStore store = await PostgreSqlFailureTests.OpenAsync(connectionString);
        ExecutionRow row = Make.Row(owner: Make.Silo());
        await store.CommitAsync([Make.Insert(row)], None);
        await using NpgsqlConnection owner = await BeginAsync(connectionString, row);
        await ExecuteAsync(owner, $"UPDATE executions SET phase = 4 WHERE uid = '{row.Uid}'");
        await ExecuteAsync(owner, $"INSERT INTO journal (uid, sequence, data) VALUES ('{row.Uid}', 1, 'x')");

        Task<int> deletion = Task.Run(() => store.DeleteAsync([Make.Deletion(row)], None));
        await Eventually.TrueAsync(() => IsWaitingAsync(connectionString), "the deletion to wait for the row");
        Assert.False(deletion.IsCompleted);
        await CommitAsync(owner);

        Assert.Equal(1, await deletion);
        Assert.Null(await store.ReadAsync(row.Key, None));
        Assert.Empty(await store.ReadJournalAsync(row.Uid, 0, 10, None));
    }

    /// <summary>Begins a transaction that has changed a row.</summary>
    private static async Task<NpgsqlConnection> BeginAsync(string connectionString, ExecutionRow row)
    {
        var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await ExecuteAsync(connection, "BEGIN");
        await ExecuteAsync(connection, $"UPDATE executions SET resource_version = kontinue_version() WHERE uid = '{row.Uid}'");
        return connection;
    }

    private static Task CommitAsync(NpgsqlConnection connection) => ExecuteAsync(connection, "COMMIT");

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<bool> IsWaitingAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')", connection);
        return (bool)(await command.ExecuteScalarAsync())!;
    }
}
