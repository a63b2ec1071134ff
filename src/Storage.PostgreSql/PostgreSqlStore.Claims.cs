using Kontinue.Engine.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Kontinue.Storage.PostgreSql;

public sealed partial class PostgreSqlStore
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<ClaimedExecution>> ClaimAsync(
        SiloId silo, IReadOnlyList<ExecutionKey> keys, IReadOnlyDictionary<string, int> limits, CancellationToken cancellationToken)
    {
        StoreArguments.CheckKeys(keys);
        ArgumentNullException.ThrowIfNull(limits);
        if (keys.Count == 0)
        {
            return Task.FromResult<IReadOnlyList<ClaimedExecution>>([]);
        }

        ExecutionKey[] distinct = [.. keys.Distinct()];
        if (limits.Count > 0)
        {
            return GuardAsync(() => ClaimWaitingAsync(silo, distinct, limits, cancellationToken));
        }

        return GuardAsync(async () =>
        {
            // One round trip and one transaction. The journal is read after the rows are locked, so no earlier owner can add to it.
            NpgsqlBatch batch = _queries.CreateBatch();
            await using (batch.ConfigureAwait(false))
            {
                var claim = new NpgsqlBatchCommand(Sql.Claim);
                claim.Parameters.AddSilo(silo).AddKeys(distinct);
                batch.BatchCommands.Add(claim);
                foreach (string sql in (ReadOnlySpan<string>)[Sql.ClaimedJournal, Sql.ClaimedMessages])
                {
                    var read = new NpgsqlBatchCommand(sql);
                    read.Parameters.AddKeys(distinct);
                    batch.BatchCommands.Add(read);
                }

                NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    return await ReadClaimsAsync(reader, cancellationToken).ConfigureAwait(false);
                }
            }
        });
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExecutionKey>> FindClaimableAsync(
        SiloId silo, IReadOnlyCollection<string> functions, DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return QueryAsync(
            Sql.FindClaimable,
            p => p.AddSilo(silo).AddTexts(functions).AddTime(now).AddValue(limit, NpgsqlDbType.Integer)
                .AddValue(StoreArguments.PendingAhead, NpgsqlDbType.Interval),
            RowReader.ReadKey,
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Message>> ReadMessagesAsync(
        IReadOnlyList<ExecutionKey> keys, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckKeys(keys);
        StoreArguments.CheckLimit(limit);
        return QueryAsync(
            Sql.ReadMessages,
            p => p.AddKeys([.. keys.Distinct()]).AddValue(limit, NpgsqlDbType.Integer),
            ReadMessage,
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<WakeUp>> ReadWakeUpsAsync(SiloId silo, DateTimeOffset until, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return QueryAsync(
            Sql.ReadWakeUps,
            p => p.AddSilo(silo).AddTime(until).AddValue(limit, NpgsqlDbType.Integer),
            static r => new WakeUp(RowReader.ReadKey(r), RowReader.ReadTime(r, 2)),
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> ReleaseHeldAsync(IReadOnlyCollection<string> functions, DateTimeOffset now, CancellationToken cancellationToken) =>
        ExecuteAsync(Sql.ReleaseHeld, p => p.AddTexts(functions).AddTime(now), cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> ReleaseHeldAsync(ExecutionKey key, Guid uid, DateTimeOffset now, CancellationToken cancellationToken) =>
        await ExecuteAsync(
            Sql.ReleaseOne,
            p => p
                .AddValue(key.Namespace, NpgsqlDbType.Text)
                .AddValue(key.Name, NpgsqlDbType.Text)
                .AddValue(uid, NpgsqlDbType.Uuid)
                .AddTime(now),
            cancellationToken).ConfigureAwait(false) == 1;

    /// <inheritdoc/>
    public Task<int> DeleteDeadMessagesAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return ExecuteAsync(Sql.DeleteDeadMessages, p => p.AddTime(before).AddValue(limit, NpgsqlDbType.Integer), cancellationToken);
    }

    private static async Task<IReadOnlyList<ClaimedExecution>> ReadClaimsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        List<ExecutionRow> rows = await ReadAllAsync(reader, RowReader.ReadRow, cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        List<JournalRecord> journal = await ReadAllAsync(
            reader, static r => new JournalRecord(r.GetGuid(0), r.GetInt64(1), r.GetFieldValue<byte[]>(2)), cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        List<Message> messages = await ReadAllAsync(reader, ReadMessage, cancellationToken).ConfigureAwait(false);
        ILookup<Guid, JournalRecord> journals = journal.ToLookup(record => record.Uid);
        ILookup<Guid, Message> inboxes = messages.ToLookup(message => message.TargetUid);
        return [.. rows.Select(row => new ClaimedExecution(row, [.. journals[row.Uid]], [.. inboxes[row.Uid]]))];
    }

    private static Message ReadMessage(NpgsqlDataReader reader) => new(
        RowReader.ReadKey(reader), reader.GetGuid(2), reader.GetGuid(3), RowReader.ReadTime(reader, 4), reader.GetFieldValue<byte[]>(5));
}
