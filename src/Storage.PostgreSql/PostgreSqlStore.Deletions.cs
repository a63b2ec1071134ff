using Kontinue.Engine.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Kontinue.Storage.PostgreSql;

public sealed partial class PostgreSqlStore
{
    // Commits lock rows in the order in which their units came, so a deletion of several may be the victim of a deadlock.
    private const int MaxDeleteRounds = 10;

    /// <inheritdoc/>
    public async Task<ExecutionRow?> UpdateSettingsAsync(SettingsWrite write, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(write);
        IReadOnlyList<ExecutionRow> rows = await QueryAsync(
            Sql.UpdateSettings,
            p => p
                .AddValue(write.Key.Namespace, NpgsqlDbType.Text)
                .AddValue(write.Key.Name, NpgsqlDbType.Text)
                .AddValue(write.Uid, NpgsqlDbType.Uuid)
                .AddValue(write.Labels.IsNone ? null : write.Labels.ToString(), NpgsqlDbType.Jsonb)
                .AddValue(write.Settings.IsNone ? null : write.Settings.Utf8.ToArray(), NpgsqlDbType.Bytea)
                .AddValue(RowReader.ToMicroseconds(write.DeleteAfter), NpgsqlDbType.Bigint)
                .AddValue(write.DeleteAt is { } at ? RowReader.ToDatabase(at) : (DateTime?)null, NpgsqlDbType.TimestampTz)
                .AddValue(write.Generation, NpgsqlDbType.Bigint)
                .AddValue(RowReader.ToMicroseconds(write.ArchiveAfter), NpgsqlDbType.Bigint),
            RowReader.ReadRow,
            cancellationToken).ConfigureAwait(false);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExecutionRow>> FindDeletableAsync(DateTimeOffset now, DueRow? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return QueryAsync(
            Sql.FindDeletable,
            p => p
                .AddTime(now)
                .AddValue(limit, NpgsqlDbType.Integer)
                .AddValue(after is { } last ? RowReader.ToDatabase(last.At) : (DateTime?)null, NpgsqlDbType.TimestampTz)
                .AddValue(after?.Uid, NpgsqlDbType.Uuid),
            RowReader.ReadRow,
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> DeleteAsync(IReadOnlyList<RowDeletion> rows, CancellationToken cancellationToken)
    {
        StoreArguments.CheckDeletions(rows);
        return rows.Count == 0 ? Task.FromResult(0) : GuardAsync(async () =>
        {
            for (int round = 1; ; round++)
            {
                try
                {
                    return await DeleteOnceAsync(rows, cancellationToken).ConfigureAwait(false);
                }
                catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DeadlockDetected && round < MaxDeleteRounds)
                {
                }
            }
        });
    }

    /// <inheritdoc/>
    public Task<int> PruneDeletionsAsync(TimeSpan age, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return GuardAsync(() =>
        {
            var prune = new NpgsqlBatchCommand(Sql.PruneDeletions);
            prune.Parameters.AddValue(age, NpgsqlDbType.Interval).AddValue(limit, NpgsqlDbType.Integer);
            return CountLastAsync([new NpgsqlBatchCommand(Sql.Ping), prune], cancellationToken);
        });
    }

    private Task<int> DeleteOnceAsync(IReadOnlyList<RowDeletion> rows, CancellationToken cancellationToken)
    {
        ExecutionKey[] keys = [.. rows.Select(row => row.Key)];
        Guid[] uids = [.. rows.Select(row => row.Uid)];
        var lockRows = new NpgsqlBatchCommand(Sql.LockDeletions);
        lockRows.Parameters.AddKeys(keys).AddValue(uids, NpgsqlDbType.Array | NpgsqlDbType.Uuid);
        var delete = new NpgsqlBatchCommand(Sql.DeleteRows);
        delete.Parameters
            .AddKeys(keys)
            .AddValue(uids, NpgsqlDbType.Array | NpgsqlDbType.Uuid)
            .AddValue(rows.Select(row => row.Force).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Boolean)
            .AddValue(rows.Select(row => row.MaxVersion ?? long.MaxValue).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint);
        return CountLastAsync([lockRows, delete], cancellationToken);
    }

    /// <summary>Runs statements in one transaction and reads the number that the last one answers with.</summary>
    private async Task<int> CountLastAsync(NpgsqlBatchCommand[] commands, CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = _queries.CreateBatch();
        await using (batch.ConfigureAwait(false))
        {
            Array.ForEach(commands, batch.BatchCommands.Add);
            NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                for (int i = 1; i < commands.Length; i++)
                {
                    await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                }

                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                int count = reader.GetInt32(0);

                // An error of the commit itself comes after the rows.
                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                return count;
            }
        }
    }
}
