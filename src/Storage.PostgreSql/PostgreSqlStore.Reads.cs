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
    public async Task<IReadOnlyList<ExecutionRow>> ListAsync(RowQuery query, CancellationToken cancellationToken)
    {
        StoreArguments.CheckQuery(query);
        if (query is not { Namespace: null, After: { } after })
        {
            return await ListPartAsync(query, cancellationToken).ConfigureAwait(false);
        }

        // The rest of the namespace, and then those behind it. Asked for by a comparison of pairs, which the planner goes into no further
        // than the namespaces, the rest of the only one would be taken for empty, and be read whole to find the few that are wanted.
        IReadOnlyList<ExecutionRow> rest =
            await ListPartAsync(query with { Namespace = after.Namespace }, cancellationToken).ConfigureAwait(false);
        return rest.Count == query.Limit
            ? rest
            : [.. rest, .. await ListPartAsync(query with { Limit = query.Limit - rest.Count }, cancellationToken).ConfigureAwait(false)];
    }

    /// <summary>Lists what is in one namespace after a name, or what is in the namespaces behind one.</summary>
    private Task<IReadOnlyList<ExecutionRow>> ListPartAsync(RowQuery query, CancellationToken cancellationToken)
    {
        if (StoreArguments.NameAfter(query) is not { } name)
        {
            return Task.FromResult<IReadOnlyList<ExecutionRow>>([]);
        }

        string? labels = query.Labels is { Count: > 0 } ? JsonSerializer.Serialize(query.Labels) : null;
        return GuardAsync<IReadOnlyList<ExecutionRow>>(async () =>
        {
            NpgsqlBatch batch = _queries.CreateBatch();
            await using (batch.ConfigureAwait(false))
            {
                if (labels is not null)
                {
                    batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.AllowBitmapScan));
                }

                var list = new NpgsqlBatchCommand(Sql.ListRows);
                list.Parameters
                    .AddValue(query.Namespace, NpgsqlDbType.Text)
                    .AddValue(query.After?.Namespace ?? "", NpgsqlDbType.Text)
                    .AddValue(name, NpgsqlDbType.Text)
                    .AddValue((short?)query.Phase, NpgsqlDbType.Smallint)
                    .AddValue(query.Function, NpgsqlDbType.Text)
                    .AddValue(query.ParentUid, NpgsqlDbType.Uuid)
                    .AddValue(labels, NpgsqlDbType.Jsonb)
                    .AddValue(query.Limit, NpgsqlDbType.Integer);
                batch.BatchCommands.Add(list);
                NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    if (labels is not null)
                    {
                        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                    }

                    return await ReadAllAsync(reader, RowReader.ReadRow, cancellationToken).ConfigureAwait(false);
                }
            }
        });
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
            // Each statement has a snapshot of its own. The horizon comes first, so that the changes hold all that it promises; what was
            // pruned comes last, so that it tells of all that the changes may lack.
            NpgsqlBatch batch = _queries.CreateBatch();
            await using (batch.ConfigureAwait(false))
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.ReadHorizon));
                var changes = new NpgsqlBatchCommand(Sql.ReadChanges);
                changes.Parameters.AddValue(after, NpgsqlDbType.Bigint).AddValue(limit, NpgsqlDbType.Integer);
                batch.BatchCommands.Add(changes);
                batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.ReadPrunedVersion));
                NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                    long horizon = reader.GetInt64(0);
                    await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                    List<RowChange> read = await ReadAllAsync(reader, RowReader.ReadChange, cancellationToken).ConfigureAwait(false);
                    await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                    await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                    if (after > 0 && after < reader.GetInt64(0))
                    {
                        return new ChangePage([], after, IsExpired: true);
                    }

                    long last = read.Count == 0 ? after : read[^1].Row.ResourceVersion;
                    return new ChangePage(read, read.Count >= limit ? last : Math.Max(last, horizon));
                }
            }
        });
    }
}
