using Kontinue.Engine.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Kontinue.Storage.PostgreSql;

public sealed partial class PostgreSqlStore
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<WaitingExecution>> FindWaitingAsync(
        SiloId silo, IReadOnlyCollection<string> functions, IReadOnlyCollection<string> semaphores, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckSemaphores(semaphores, limit);
        return QueryAsync(
            Sql.FindWaiting,
            p => p
                .AddSilo(silo)
                .AddTexts(functions)
                .AddTexts(semaphores.Distinct(StringComparer.Ordinal))
                .AddValue(limit, NpgsqlDbType.Integer),
            static r => new WaitingExecution(
                RowReader.ReadKey(r), r.GetString(2), r.GetString(3), r.GetInt32(5), r.GetFieldValue<string[]>(4)),
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ReadAwaitedSemaphoresAsync(string? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return QueryAsync(
            Sql.ReadAwaitedSemaphores,
            p => p.AddValue(after, NpgsqlDbType.Text).AddValue(limit, NpgsqlDbType.Integer),
            static r => r.GetString(0),
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExecutionKey>> ReadHoldersAsync(string semaphore, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(semaphore);
        StoreArguments.CheckLimit(limit);
        return QueryAsync(
            Sql.ReadHolders,
            p => p.AddValue(semaphore, NpgsqlDbType.Text).AddValue(limit, NpgsqlDbType.Integer),
            RowReader.ReadKey,
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> ReleaseAsync(SiloId silo, IReadOnlyList<ExecutionKey> keys, DateTimeOffset now, CancellationToken cancellationToken)
    {
        StoreArguments.CheckKeys(keys);
        return keys.Count == 0
            ? Task.FromResult(0)
            : ExecuteAsync(Sql.ReleaseOwned, p => p.AddSilo(silo).AddKeys([.. keys.Distinct()]).AddTime(now), cancellationToken);
    }

    /// <summary>
    /// Claims rows of which some may be let in, and loads them after it, with a transaction for each. Its answer is short, so that a process
    /// that stops reading, because it was paused, does not keep the semaphores locked for all others while the server waits to be rid
    /// of megabytes. Who is owner of a new epoch loads what nobody else changes.
    /// </summary>
    private async Task<IReadOnlyList<ClaimedExecution>> ClaimWaitingAsync(
        SiloId silo, ExecutionKey[] keys, IReadOnlyDictionary<string, int> limits, CancellationToken cancellationToken)
    {
        HashSet<(Guid Uid, long Epoch)> claimed;
        NpgsqlBatch batch = _queries.CreateBatch();
        await using (batch.ConfigureAwait(false))
        {
            string[] semaphores = [.. limits.Keys];
            var lockSemaphores = new NpgsqlBatchCommand(Sql.LockSemaphores);
            lockSemaphores.Parameters.AddTexts(semaphores);
            batch.BatchCommands.Add(lockSemaphores);
            var claim = new NpgsqlBatchCommand(Sql.ClaimWaiting);
            claim.Parameters
                .AddSilo(silo)
                .AddKeys(keys)
                .AddTexts(semaphores)
                .AddValue(semaphores.Select(semaphore => limits[semaphore]).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer);
            batch.BatchCommands.Add(claim);
            NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                claimed = [.. await ReadAllAsync(reader, static r => (r.GetGuid(0), r.GetInt64(1)), cancellationToken).ConfigureAwait(false)];

                // An error of the commit itself comes after the rows.
                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        return claimed.Count == 0 ? [] : await LoadAsync(silo, keys, claimed, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<ClaimedExecution>> LoadAsync(
        SiloId silo, ExecutionKey[] keys, HashSet<(Guid Uid, long Epoch)> claimed, CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = _queries.CreateBatch();
        await using (batch.ConfigureAwait(false))
        {
            foreach (string sql in (ReadOnlySpan<string>)[Sql.OwnedRows, Sql.OwnedJournal, Sql.OwnedMessages])
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
}
