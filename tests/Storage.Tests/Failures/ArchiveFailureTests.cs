using Kontinue.Engine.Storage;
using Kontinue.Storage.PostgreSql;
using Kontinue.Storage.Tests.Backends;
using Kontinue.Testing.PostgreSql;
using Microsoft.Data.Sqlite;
using Npgsql;
using Xunit;

namespace Kontinue.Storage.Tests.Failures;

/// <summary>What becomes of the pieces of archived trees when something goes wrong on the way.</summary>
[Collection(PostgreSqlServer.Collection)]
public sealed class ArchiveFailureTests(PostgreSqlServer server)
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static ArchiveRow Archive() => new()
    {
        Uid = Make.NewId(),
        Key = new ExecutionKey("default", "tree"),
        Function = "work",
        Phase = ExecutionPhase.Completed,
        CreatedAt = Make.Now,
        FinishedAt = Make.Now,
        ArchivedAt = Make.Now,
        Executions = 1,
        Version = 7,
    };

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Pieces()
    {
        await Task.Yield();
        yield return Make.Bytes("one");
        yield return Make.Bytes("two");
    }

    [SkippableFact]
    public async Task A_tree_stays_whole_when_the_answer_to_its_end_is_lost()
    {
        PrivatePostgres postgres = await server.GetAsync();
        string direct = await postgres.CreateDatabaseAsync();
        using var way = new AnswerHolder(postgres.Port);
        await using PostgreSqlStore watcher = await PostgreSqlFailureTests.OpenAsync(direct);
        await using PostgreSqlStore store = await PostgreSqlFailureTests.OpenAsync(
            new NpgsqlConnectionStringBuilder(direct) { Host = "127.0.0.1", Port = way.Port }.ConnectionString);
        ArchiveRow row = Archive();

        Task<bool> writing = store.WriteArchiveAsync(
            row,
            Pieces(),
            () =>
            {
                way.Hold();
                return row;
            },
            None);
        await Eventually.TrueAsync(async () => (await watcher.FindArchivesAsync(row.Key, 1, None)).Count == 1, "the tree to be stored");
        way.Lose();

        Assert.True((await Assert.ThrowsAsync<StoreException>(() => writing)).IsTransient);
        Assert.True(await watcher.IsArchiveWholeAsync(row.Uid, None));
        Assert.Equal(2, await CountPiecesAsync(direct));
    }

    [SkippableFact]
    public async Task Who_is_late_leaves_no_pieces_in_postgresql_and_lost_ones_are_noticed()
    {
        string connectionString = await (await server.GetAsync()).CreateDatabaseAsync();
        await using PostgreSqlStore store = await PostgreSqlFailureTests.OpenAsync(connectionString);
        ArchiveRow row = Archive();
        Assert.True(await store.WriteArchiveAsync(row, Pieces(), () => row, None));
        Assert.False(await store.WriteArchiveAsync(row, Pieces(), () => row, None));
        Assert.False(await store.WriteArchiveAsync(row with { ResourceVersion = 1 }, Pieces(), () => row with { ResourceVersion = 1 }, None));

        Assert.Equal(2, await CountPiecesAsync(connectionString));
        Assert.True(await store.IsArchiveWholeAsync(row.Uid, None));
        await PostgreSqlFailureTests.ExecuteAsync(connectionString, "DELETE FROM archive_pieces WHERE number = 1");
        Assert.False(await store.IsArchiveWholeAsync(row.Uid, None));
    }

    [Fact]
    public async Task Who_is_late_leaves_no_pieces_in_sqlite_and_lost_ones_are_noticed()
    {
        await using var backend = new SqliteBackend();
        IExecutionStore store = await backend.OpenAsync();
        ArchiveRow row = Archive();
        Assert.True(await store.WriteArchiveAsync(row, Pieces(), () => row, None));
        Assert.False(await store.WriteArchiveAsync(row, Pieces(), () => row, None));

        await using var connection = new SqliteConnection($"Data Source={backend.Path};Pooling=False");
        await connection.OpenAsync();
        Assert.Equal(2L, await ExecuteAsync("SELECT count(*) FROM archive_pieces"));
        Assert.True(await store.IsArchiveWholeAsync(row.Uid, None));
        await ExecuteAsync("DELETE FROM archive_pieces WHERE number = 1");
        Assert.False(await store.IsArchiveWholeAsync(row.Uid, None));

        async Task<object?> ExecuteAsync(string sql)
        {
            await using SqliteCommand command = connection.CreateCommand();
            command.CommandText = sql;
            return await command.ExecuteScalarAsync();
        }
    }

    private static async Task<long> CountPiecesAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT count(*) FROM archive_pieces", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
