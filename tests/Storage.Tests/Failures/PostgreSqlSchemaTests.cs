using Kontinue.Engine.Storage;
using Kontinue.Storage.PostgreSql;
using Kontinue.Storage.Tests.Backends;
using Npgsql;
using Xunit;

namespace Kontinue.Storage.Tests.Failures;

/// <summary>Who may make and alter tables, and what happens where nobody may.</summary>
[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlSchemaTests(PostgreSqlServer server)
{
    private const string Tables = "SELECT coalesce(string_agg(relname::text, ',' ORDER BY relname), '') FROM pg_class WHERE relnamespace = 'public'::regnamespace";

    private static readonly CancellationToken None = CancellationToken.None;

    [SkippableFact]
    public async Task Where_tables_are_not_to_be_made_missing_ones_are_named_and_nothing_is_made()
    {
        string connection = await (await server.GetAsync()).CreateDatabaseAsync();
        StoreException e = await Assert.ThrowsAsync<StoreException>(() => OpenAsync(connection, create: false));
        Assert.False(e.IsTransient);
        Assert.Contains("has no tables of Kontinue", e.Message, StringComparison.Ordinal);
        Assert.Contains("CreateSchema is off. Start one process of this version with it on", e.Message, StringComparison.Ordinal);
        Assert.Equal("", await ReadAsync(connection, Tables));
    }

    [SkippableFact]
    public async Task Where_tables_are_not_to_be_altered_older_ones_are_refused_as_they_are()
    {
        string connection = await (await server.GetAsync()).CreateDatabaseAsync();
        await (await OpenAsync(connection, create: true)).DisposeAsync();
        await PostgreSqlFailureTests.ExecuteAsync(connection, "DELETE FROM schema_version WHERE version > 3; DROP TABLE archives, archive_pieces, archive_writes");
        string before = await ReadAsync(connection, Tables);
        StoreException e = await Assert.ThrowsAsync<StoreException>(() => OpenAsync(connection, create: false));
        Assert.False(e.IsTransient);
        Assert.Contains("tables have schema version 3, schema version", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, await ReadAsync(connection, Tables));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task To_read_and_write_rows_is_right_enough_where_the_tables_are_there(bool create)
    {
        string owner = await (await server.GetAsync()).CreateDatabaseAsync();
        await (await OpenAsync(owner, create: true)).DisposeAsync();
        string role = $"rows_only_{(create ? 1 : 0)}";
        await PostgreSqlFailureTests.ExecuteAsync(
            owner, $"CREATE ROLE {role} LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}");
        await using PostgreSqlStore store = await OpenAsync(new NpgsqlConnectionStringBuilder(owner) { Username = role }.ConnectionString, create);
        ExecutionRow row = Make.Row();
        Assert.Equal([CommitOutcome.Applied], await store.CommitAsync([Make.Insert(row)], None));
        Assert.Equal(row.Uid, (await store.ReadAsync(row.Key, None))!.Uid);
    }

    [SkippableFact]
    public async Task Without_the_right_to_make_them_missing_tables_are_an_error_that_tells()
    {
        string owner = await (await server.GetAsync()).CreateDatabaseAsync();
        await PostgreSqlFailureTests.ExecuteAsync(owner, "CREATE ROLE nothing LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC");
        StoreException e = await Assert.ThrowsAsync<StoreException>(
            () => OpenAsync(new NpgsqlConnectionStringBuilder(owner) { Username = "nothing" }.ConnectionString, create: true));
        Assert.False(e.IsTransient);
        Assert.Contains("permission denied for schema public", e.Message, StringComparison.Ordinal);
    }

    private static async Task<PostgreSqlStore> OpenAsync(string connection, bool create)
    {
        var store = new PostgreSqlStore(new PostgreSqlStoreOptions { ConnectionString = connection, CreateSchema = create });
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

    private static async Task<string> ReadAsync(string connection, string sql)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(connection);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
