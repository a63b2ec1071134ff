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
        return GuardAsync(() => ClaimAndLoadAsync(
            silo, distinct, limits.Count > 0 ? ClaimWaiting(silo, distinct, limits) : Claim(silo, distinct), cancellationToken));
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
    public Task<IReadOnlyList<WakeUp>> ReadWakeUpsAsync(
        SiloId silo, DateTimeOffset until, WakeUp? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return QueryAsync(
            Sql.ReadWakeUps,
            p => p.AddSilo(silo).AddTime(until).AddValue(limit, NpgsqlDbType.Integer).AddValue(StoreArguments.PendingAhead, NpgsqlDbType.Interval)
                .AddValue(after is { } last ? RowReader.ToDatabase(last.At) : (DateTime?)null, NpgsqlDbType.TimestampTz)
                .AddValue(after?.Key.Namespace, NpgsqlDbType.Text)
                .AddValue(after?.Key.Name, NpgsqlDbType.Text),
            static r => new WakeUp(RowReader.ReadKey(r), RowReader.ReadTime(r, 2)),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<int> ReleaseHeldAsync(
        SiloId silo, IReadOnlyCollection<string> functions, DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return (await QueryAsync(
            Sql.ReleaseHeld,
            p => p.AddTexts(functions).AddTime(now).AddSilo(silo).AddValue(limit, NpgsqlDbType.Integer),
            static r => r.GetInt32(0),
            cancellationToken).ConfigureAwait(false))[0];
    }

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

    private static NpgsqlBatchCommand[] Claim(SiloId silo, ExecutionKey[] keys)
    {
        var claim = new NpgsqlBatchCommand(Sql.Claim);
        claim.Parameters.AddSilo(silo).AddKeys(keys);
        return [claim];
    }

    /// <summary>
    /// Claims rows, and loads them after it, with a transaction for each. The claim's answer is short, so that a process that stops reading,
    /// because it was paused, does not keep rows and semaphores locked for all others while the server waits to be rid of megabytes.
    /// </summary>
    private async Task<IReadOnlyList<ClaimedExecution>> ClaimAndLoadAsync(
        SiloId silo, ExecutionKey[] keys, NpgsqlBatchCommand[] claim, CancellationToken cancellationToken)
    {
        HashSet<(Guid Uid, long Epoch)> claimed;
        NpgsqlBatch batch = _queries.CreateBatch();
        await using (batch.ConfigureAwait(false))
        {
            Array.ForEach(claim, batch.BatchCommands.Add);
            NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                for (int i = 1; i < claim.Length; i++)
                {
                    await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                }

                claimed = [.. await ReadAllAsync(reader, static r => (r.GetGuid(0), r.GetInt64(1)), cancellationToken).ConfigureAwait(false)];

                // An error of the commit itself comes after the rows.
                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        return claimed.Count == 0 ? [] : await LoadAsync(silo, keys, claimed, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The rows come last: one that still has its owner and epoch then proves that what was read before is all of it, for nobody but the
    /// owner of an epoch adds to a journal. Each statement sees what was committed when it began.
    /// </summary>
    private async Task<IReadOnlyList<ClaimedExecution>> LoadAsync(
        SiloId silo, ExecutionKey[] keys, HashSet<(Guid Uid, long Epoch)> claimed, CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = _queries.CreateBatch();
        await using (batch.ConfigureAwait(false))
        {
            foreach (string sql in (ReadOnlySpan<string>)[Sql.OwnedJournal, Sql.OwnedMessages, Sql.OwnedRows])
            {
                var read = new NpgsqlBatchCommand(sql);
                read.Parameters.AddKeys(keys).AddSilo(silo);
                batch.BatchCommands.Add(read);
            }

            NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                IReadOnlyList<ClaimedExecution> owned = await ReadClaimsAsync(reader, cancellationToken).ConfigureAwait(false);
                return [.. owned.Where(execution => claimed.Contains((execution.Row.Uid, execution.Row.Epoch)))];
            }
        }
    }

    private static async Task<IReadOnlyList<ClaimedExecution>> ReadClaimsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        List<JournalRecord> journal = await ReadAllAsync(
            reader, static r => new JournalRecord(r.GetGuid(0), r.GetInt64(1), r.GetFieldValue<byte[]>(2)), cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        List<Message> messages = await ReadAllAsync(reader, ReadMessage, cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        List<ExecutionRow> rows = await ReadAllAsync(reader, RowReader.ReadRow, cancellationToken).ConfigureAwait(false);
        ILookup<Guid, JournalRecord> journals = journal.ToLookup(record => record.Uid);
        ILookup<Guid, Message> inboxes = messages.ToLookup(message => message.TargetUid);
        return [.. rows.Select(row => new ClaimedExecution(row, [.. journals[row.Uid]], [.. inboxes[row.Uid]]))];
    }

    private static Message ReadMessage(NpgsqlDataReader reader) => new(
        RowReader.ReadKey(reader), reader.GetGuid(2), reader.GetGuid(3), RowReader.ReadTime(reader, 4), reader.GetFieldValue<byte[]>(5));
}
