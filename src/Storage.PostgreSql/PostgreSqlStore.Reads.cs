using System.Text.Json;
using Kontinue.Engine.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Kontinue.Storage.PostgreSql;

public sealed partial class PostgreSqlStore
{
    /// <inheritdoc/>
    public async Task<ExecutionRow?> ReadAsync(ExecutionKey key, CancellationToken cancellationToken)
    {
        IReadOnlyList<ExecutionRow> rows = await QueryAsync(
            Sql.ReadRow,
            p => p.AddValue(key.Namespace, NpgsqlDbType.Text).AddValue(key.Name, NpgsqlDbType.Text),
            RowReader.ReadRow,
            cancellationToken).ConfigureAwait(false);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExecutionRow>> ListAsync(RowQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        StoreArguments.CheckLimit(query.Limit);
        string? labels = query.Labels is { Count: > 0 } ? JsonSerializer.Serialize(query.Labels) : null;
        return QueryAsync(
            Sql.ListRows,
            p => p
                .AddValue(query.Namespace, NpgsqlDbType.Text)
                .AddValue(query.After?.Namespace, NpgsqlDbType.Text)
                .AddValue(query.After?.Name, NpgsqlDbType.Text)
                .AddValue((short?)query.Phase, NpgsqlDbType.Smallint)
                .AddValue(query.Function, NpgsqlDbType.Text)
                .AddValue(labels, NpgsqlDbType.Jsonb)
                .AddValue(query.Limit, NpgsqlDbType.Integer),
            RowReader.ReadRow,
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<JournalRecord>> ReadJournalAsync(Guid uid, long after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return QueryAsync(
            Sql.ReadJournal,
            p => p.AddValue(uid, NpgsqlDbType.Uuid).AddValue(after, NpgsqlDbType.Bigint).AddValue(limit, NpgsqlDbType.Integer),
            r => new JournalRecord(uid, r.GetInt64(0), r.GetFieldValue<byte[]>(1)),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<long> ReadVersionAsync(CancellationToken cancellationToken) =>
        (await QueryAsync(Sql.ReadHorizon, static _ => { }, static r => r.GetInt64(0), cancellationToken).ConfigureAwait(false))[0];

    /// <inheritdoc/>
    public Task<ChangePage> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return GuardAsync(async () =>
        {
            // The version comes from the earlier snapshot of the two, so the rows hold all that it promises.
            NpgsqlBatch batch = _queries.CreateBatch();
            await using (batch.ConfigureAwait(false))
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.ReadHorizon));
                var changes = new NpgsqlBatchCommand(Sql.ReadChanges);
                changes.Parameters.AddValue(after, NpgsqlDbType.Bigint).AddValue(limit, NpgsqlDbType.Integer);
                batch.BatchCommands.Add(changes);
                NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                    long horizon = reader.GetInt64(0);
                    await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                    List<ExecutionRow> rows = await ReadAllAsync(reader, RowReader.ReadRow, cancellationToken).ConfigureAwait(false);
                    long last = rows.Count == 0 ? after : rows[^1].ResourceVersion;
                    return new ChangePage([.. rows.Select(r => new RowChange(r, false))], rows.Count >= limit ? last : Math.Max(last, horizon));
                }
            }
        });
    }

    /// <inheritdoc/>
    public Task<ExecutionRow?> UpdateSettingsAsync(SettingsWrite write, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExecutionRow>> FindDeletableAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<int> DeleteAsync(IReadOnlyList<RowDeletion> rows, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<int> PruneDeletionsAsync(TimeSpan age, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();
}
