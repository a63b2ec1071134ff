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

    /// <summary>The claim of rows of which some may be let in.</summary>
    private static NpgsqlBatchCommand[] ClaimWaiting(SiloId silo, ExecutionKey[] keys, IReadOnlyDictionary<string, int> limits)
    {
        string[] semaphores = [.. limits.Keys];
        var lockSemaphores = new NpgsqlBatchCommand(Sql.LockSemaphores);
        lockSemaphores.Parameters.AddTexts(semaphores);
        var claim = new NpgsqlBatchCommand(Sql.ClaimWaiting);
        claim.Parameters
            .AddSilo(silo)
            .AddKeys(keys)
            .AddTexts(semaphores)
            .AddValue(semaphores.Select(semaphore => limits[semaphore]).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer);
        return [lockSemaphores, claim];
    }
}
