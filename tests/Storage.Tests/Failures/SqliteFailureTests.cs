using Kontinue.Engine.Storage;
using Kontinue.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Kontinue.Storage.Tests.Failures;

public sealed class SqliteFailureTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kontinue-sqlite-");

    private string DatabasePath => Path.Combine(_folder.FullName, "a", "b", "kontinue.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_second_host_on_the_same_file_is_refused_until_the_first_ends()
    {
        await using (SqliteStore first = await OpenAsync())
        {
            StoreException e = await Assert.ThrowsAsync<StoreException>(() => OpenAsync());
            Assert.False(e.IsTransient);
            Assert.Contains(DatabasePath, e.Message, StringComparison.Ordinal);
            Assert.Contains("another process", e.Message, StringComparison.Ordinal);
            await first.PingAsync(None);
        }

        await using SqliteStore next = await OpenAsync();
        await next.PingAsync(None);
    }

    [Fact]
    public async Task A_file_that_another_process_uses_is_refused_until_that_dies()
    {
        using CrashWriterProcess other = await CrashWriterProcess.StartAsync("sqlite", DatabasePath);
        StoreException e = await Assert.ThrowsAsync<StoreException>(() => OpenAsync());
        Assert.False(e.IsTransient);

        await other.KillAsync();
        await using SqliteStore store = await OpenAsync();
        await store.PingAsync(None);
    }

    [Fact]
    public async Task A_full_disk_refuses_a_batch_whole_and_work_goes_on_when_there_is_room()
    {
        ExecutionRow before = Make.Row();
        ExecutionRow large = Make.Row() with { Spec = new JsonPayload(new byte[4 * 1024 * 1024]) };
        CommitUnit[] batch = [Make.Insert(Make.Row("small")), Make.Insert(large)];
        await using (SqliteStore store = await OpenAsync(options => options.MaxPages = 100))
        {
            await store.CommitAsync([Make.Insert(before)], None);
            for (int i = 0; i < 3; i++)
            {
                StoreException e = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(batch, None));
                Assert.True(e.IsTransient);
                Assert.Contains("full", e.Message, StringComparison.Ordinal);
                Assert.Contains(DatabasePath, e.Message, StringComparison.Ordinal);
            }

            Assert.Null(await store.ReadAsync(new ExecutionKey("default", "small"), None));
            Assert.NotNull(await store.ReadAsync(before.Key, None));
            Assert.Equal([CommitOutcome.Applied], await store.CommitAsync([Make.Insert(Make.Row())], None));
        }

        await using SqliteStore roomy = await OpenAsync();
        Assert.Equal([CommitOutcome.Applied, CommitOutcome.Applied], await roomy.CommitAsync(batch, None));
    }

    [Fact]
    public async Task A_file_that_another_process_has_locked_is_a_transient_failure()
    {
        await using SqliteStore store = await OpenAsync(options => options.BusyTimeout = TimeSpan.FromMilliseconds(1));
        await using var other = new SqliteConnection($"Data Source={DatabasePath};Pooling=false");
        await other.OpenAsync();
        Execute(other, "BEGIN IMMEDIATE");

        CommitUnit unit = Make.Insert(Make.Row());
        StoreException e = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync([unit], None));
        Assert.True(e.IsTransient);

        Execute(other, "ROLLBACK");
        Assert.Equal([CommitOutcome.Applied], await store.CommitAsync([unit], None));
    }

    [Fact]
    public async Task A_table_that_is_missing_for_a_while_is_a_transient_failure()
    {
        await using SqliteStore store = await OpenAsync();
        await using var other = new SqliteConnection($"Data Source={DatabasePath};Pooling=false");
        await other.OpenAsync();
        Execute(other, "ALTER TABLE executions RENAME TO away");

        CommitUnit unit = Make.Insert(Make.Row());
        StoreException e = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync([unit], None));
        Assert.True(e.IsTransient);
        Assert.Contains("executions", e.Message, StringComparison.Ordinal);

        Execute(other, "ALTER TABLE away RENAME TO executions");
        Assert.Equal([CommitOutcome.Applied], await store.CommitAsync([unit], None));
    }

    [Fact]
    public async Task A_file_that_is_damaged_while_it_is_used_is_waited_for()
    {
        await using SqliteStore store = await OpenAsync();
        ExecutionRow row = Make.Row();
        await store.CommitAsync([Make.Insert(row)], None);
        await using (var other = new SqliteConnection($"Data Source={DatabasePath};Pooling=false"))
        {
            await other.OpenAsync();
            Execute(other, "PRAGMA wal_checkpoint(TRUNCATE)");
        }

        byte[] header = new byte[100];
        await using (FileStream file = File.Open(DatabasePath, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            await file.ReadExactlyAsync(header);
            file.Position = 0;
            await file.WriteAsync(new byte[100].Select(_ => (byte)'x').ToArray());
            await file.FlushAsync();
            StoreException e = await Assert.ThrowsAsync<StoreException>(() => store.ReadAsync(row.Key, None));
            Assert.True(e.IsTransient);
            Assert.Contains("damaged", e.Message, StringComparison.Ordinal);
            file.Position = 0;
            await file.WriteAsync(header);
        }

        Assert.Equal(row.Uid, (await store.ReadAsync(row.Key, None))!.Uid);
        Assert.Equal([CommitOutcome.Applied], await store.CommitAsync([Make.Insert(Make.Row())], None));
    }

    [Fact]
    public async Task A_newer_schema_is_refused_and_left_alone()
    {
        await (await OpenAsync()).DisposeAsync();
        await using (var connection = new SqliteConnection($"Data Source={DatabasePath};Pooling=false"))
        {
            await connection.OpenAsync();
            Execute(connection, "INSERT INTO schema_version VALUES (99)");
        }

        StoreException e = await Assert.ThrowsAsync<StoreException>(() => OpenAsync());
        Assert.False(e.IsTransient);
        Assert.Contains("99", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_the_first_schema_is_upgraded_and_keeps_what_it_has()
    {
        ExecutionRow row = Make.Row("old", Make.Silo());
        Directory.CreateDirectory(Path.GetDirectoryName(DatabasePath)!);
        await using (var connection = new SqliteConnection($"Data Source={DatabasePath};Pooling=false"))
        {
            await connection.OpenAsync();
            Execute(connection, "CREATE TABLE schema_version (version INTEGER PRIMARY KEY); INSERT INTO schema_version VALUES (1)");
            Execute(connection, Sql.Migrations[0].Text);
            Execute(
                connection,
                $"""
                INSERT INTO executions VALUES (
                  'default', 'old', x'{Convert.ToHexString(row.Uid.ToByteArray(bigEndian: true))}', 'work', 1, 0, NULL, 1, 1, 0, NULL, 0, NULL,
                  NULL, NULL, x'7b7d', x'7b7d', 1);
                UPDATE meta SET version = 1;
                """);
        }

        await using SqliteStore store = await OpenAsync();
        ExecutionRow stored = (await store.ReadAsync(row.Key, None))!;
        Assert.Equal((row.Uid, 1, true), (stored.Uid, stored.Generation, stored.Settings.IsNone));
        Assert.Equal((null, null), (stored.DeleteAfter, stored.DeleteAt));
        Assert.NotNull(await store.UpdateSettingsAsync(Make.Settings(stored) with { DeleteAfter = TimeSpan.Zero }, None));
        Assert.Equal([CommitOutcome.Applied], await store.CommitAsync([Make.Update(row.Next().Ended())], None));
        Assert.Equal(row.Uid, Assert.Single(await store.FindDeletableAsync(Make.Now, null, 10, None)).Uid);
        Assert.False((await store.ReadChangesAsync(1, 10, None)).IsExpired);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(DatabasePath)!);
        await File.WriteAllTextAsync(DatabasePath, new string('x', 10_000));
        StoreException e = await Assert.ThrowsAsync<StoreException>(() => OpenAsync());
        Assert.False(e.IsTransient);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_named()
    {
        string file = Path.Combine(_folder.FullName, "file");
        await File.WriteAllTextAsync(file, "");
        await using var store = new SqliteStore(new SqliteStoreOptions { Path = Path.Combine(file, "kontinue.db") });
        StoreException e = await Assert.ThrowsAsync<StoreException>(() => store.InitializeAsync(None));
        Assert.Contains(file, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":memory:")]
    [InlineData("file:x?mode=memory")]
    public void A_path_that_is_no_file_is_refused(string path) =>
        Assert.Throws<ArgumentException>(() => new SqliteStore(new SqliteStoreOptions { Path = path }));

    [Fact]
    public async Task Data_outlives_the_store()
    {
        ExecutionRow row = Make.Row();
        await using (SqliteStore store = await OpenAsync())
        {
            await store.CommitAsync([Make.Insert(row)], None);
        }

        await using SqliteStore next = await OpenAsync();
        Assert.Equal(row.Uid, (await next.ReadAsync(row.Key, None))!.Uid);
    }

    private async Task<SqliteStore> OpenAsync(Action<SqliteStoreOptions>? configure = null)
    {
        var options = new SqliteStoreOptions { Path = DatabasePath };
        configure?.Invoke(options);
        var store = new SqliteStore(options);
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

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
