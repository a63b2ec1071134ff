using System.Data.Common;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;

namespace Kontinue.Load.Measurement;

/// <summary>
/// What the machine itself can do on the same disk and database with the same durability, so that figures can be read as ratios: one
/// connection, one prepared insert of a small row per commit, and 100 rows per commit.
/// </summary>
internal abstract class MachineProbe : IAsyncDisposable
{
    public const int BatchRows = 100;
    protected const int RowBytes = 256;

    /// <summary>Commits single rows one after another.</summary>
    public abstract Task CommitSingleAsync();

    /// <summary>Commits <see cref="BatchRows"/> rows at once.</summary>
    public abstract Task CommitBatchAsync();

    public abstract ValueTask DisposeAsync();

    /// <summary>How often per second <paramref name="action"/> can be done.</summary>
    public static async Task<double> RateAsync(Func<Task> action, TimeSpan duration, CancellationToken cancellationToken)
    {
        for (int i = 0; i < 20; i++)
        {
            await action();
        }

        int done = 0;
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < duration && !cancellationToken.IsCancellationRequested)
        {
            await action();
            done++;
        }

        return done / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}

internal sealed class SqliteProbe : MachineProbe
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert;

    public SqliteProbe(string folder)
    {
        _connection = new SqliteConnection($"Data Source={Path.Combine(folder, "probe.db")};Pooling=False");
        _connection.Open();
        Execute("pragma journal_mode=wal");
        Execute("pragma synchronous=full");
        Execute("create table if not exists probe (id integer primary key, data blob not null)");
        _insert = _connection.CreateCommand();
        _insert.CommandText = "insert into probe (data) values ($data)";
        _insert.Parameters.AddWithValue("$data", new byte[RowBytes]);
        _insert.Prepare();
    }

    public override Task CommitSingleAsync()
    {
        _insert.ExecuteNonQuery();
        return Task.CompletedTask;
    }

    public override Task CommitBatchAsync()
    {
        using SqliteTransaction transaction = _connection.BeginTransaction();
        _insert.Transaction = transaction;
        for (int i = 0; i < BatchRows; i++)
        {
            _insert.ExecuteNonQuery();
        }

        transaction.Commit();
        _insert.Transaction = null;
        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await _insert.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private void Execute(string sql)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}

internal sealed class PostgresProbe : MachineProbe
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlCommand _single;
    private readonly NpgsqlCommand _batch;

    private PostgresProbe(NpgsqlConnection connection)
    {
        _connection = connection;
        _single = new NpgsqlCommand("insert into kontinue_load_probe (data) values ($1)", connection);
        _single.Parameters.Add(new NpgsqlParameter { Value = new byte[RowBytes], NpgsqlDbType = NpgsqlDbType.Bytea });
        _batch = new NpgsqlCommand("insert into kontinue_load_probe (data) select unnest($1)", connection);
        _batch.Parameters.Add(new NpgsqlParameter
        {
            Value = Enumerable.Range(0, BatchRows).Select(_ => new byte[RowBytes]).ToArray(),
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea,
        });
    }

    public static async Task<PostgresProbe> OpenAsync(string connectionString)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await ExecuteAsync(connection, "drop table if exists kontinue_load_probe");
        await ExecuteAsync(connection, "create table kontinue_load_probe (id bigint generated always as identity primary key, data bytea not null)");
        var probe = new PostgresProbe(connection);
        await probe._single.PrepareAsync();
        await probe._batch.PrepareAsync();
        return probe;
    }

    public override Task CommitSingleAsync() => _single.ExecuteNonQueryAsync();

    public override Task CommitBatchAsync() => _batch.ExecuteNonQueryAsync();

    public override async ValueTask DisposeAsync()
    {
        await _single.DisposeAsync();
        await _batch.DisposeAsync();
        try
        {
            await ExecuteAsync(_connection, "drop table if exists kontinue_load_probe");
        }
        catch (DbException)
        {
            // The server may be gone already; the table goes with it.
        }

        await _connection.DisposeAsync();
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
