using Npgsql;

namespace Kontinue.Load.Measurement;

/// <summary>What PostgreSQL counts of itself.</summary>
/// <remarks>
/// Its processes report their counts about once a second, so those of a run are off by what about a second does; the position of the
/// write-ahead log is exact.
/// </remarks>
internal sealed class PostgresStatistics(string connectionString, int? serverProcessId)
{
    private const string Query =
        """
        SELECT d.xact_commit, d.xact_rollback, pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint,
          d.tup_inserted, d.tup_updated, t.hot, d.tup_deleted, d.blks_hit, d.blks_read, t.dead, t.table_bytes, t.index_bytes
        FROM pg_stat_database d,
          (SELECT coalesce(sum(n_tup_hot_upd), 0)::bigint AS hot, coalesce(sum(n_dead_tup), 0)::bigint AS dead,
             coalesce(sum(pg_table_size(relid)), 0)::bigint AS table_bytes, coalesce(sum(pg_indexes_size(relid)), 0)::bigint AS index_bytes
           FROM pg_stat_user_tables WHERE relname <> 'kontinue_load_probe') t
        WHERE d.datname = current_database()
        """;

    private readonly string _connectionString = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;

    public async Task<StoreReading> ReadAsync()
    {
        await using var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(Query, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return new StoreReading
        {
            Transactions = reader.GetInt64(0),
            Rollbacks = reader.GetInt64(1),
            WrittenBytes = reader.GetInt64(2),
            RowsInserted = reader.GetInt64(3),
            RowsUpdated = reader.GetInt64(4),
            RowsUpdatedInPage = reader.GetInt64(5),
            RowsDeleted = reader.GetInt64(6),
            BlocksHit = reader.GetInt64(7),
            BlocksRead = reader.GetInt64(8),
            DeadRows = reader.GetInt64(9),
            TableBytes = reader.GetInt64(10),
            IndexBytes = reader.GetInt64(11),
            CpuSeconds = serverProcessId is { } id ? ProcFiles.CpuOfTree(id) : null,
            MemoryMiB = serverProcessId is { } server ? ProcFiles.MemoryOfTree(server) / 1024.0 / 1024.0 : null,
        };
    }
}
