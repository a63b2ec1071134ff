namespace Kontinue.Engine.Storage;

/// <summary>The bounds that <see cref="IExecutionStore"/> states, checked alike by every store.</summary>
public static class StoreArguments
{
    /// <summary>The most rows a read may ask for.</summary>
    public const int MaxLimit = 10_000;

    /// <summary>The most executions one call may name.</summary>
    public const int MaxKeys = 1000;

    /// <summary>The most semaphores one call may name.</summary>
    public const int MaxSemaphores = 1000;

    /// <summary>The most executions a read may ask for of each semaphore.</summary>
    public const int MaxWaiting = 1000;

    /// <summary>How long a silo is remembered after its lease has ended.</summary>
    public static readonly TimeSpan SiloMemory = TimeSpan.FromDays(1);

    /// <summary>How long before its rank in the queue a new execution may be claimed: more than the lowest priority moves it.</summary>
    public static readonly TimeSpan PendingAhead = TimeSpan.FromMinutes(10);

    /// <exception cref="ArgumentOutOfRangeException">The limit is not 1 to 10,000.</exception>
    public static void CheckLimit(int limit)
    {
        if (limit is < 1 or > MaxLimit)
        {
            throw new ArgumentOutOfRangeException(nameof(limit), limit, $"A limit is 1 to {MaxLimit}.");
        }
    }

    /// <exception cref="ArgumentException">There are more than 1,000 keys.</exception>
    public static void CheckKeys(IReadOnlyCollection<ExecutionKey> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        CheckCount(keys.Count, nameof(keys));
    }

    /// <exception cref="ArgumentException">There are more than 1,000 semaphores.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not 1 to 1,000.</exception>
    public static void CheckSemaphores(IReadOnlyCollection<string> semaphores, int limit)
    {
        ArgumentNullException.ThrowIfNull(semaphores);
        if (semaphores.Count > MaxSemaphores)
        {
            throw new ArgumentException($"One call names at most {MaxSemaphores} semaphores, not {semaphores.Count}.", nameof(semaphores));
        }

        if (limit is < 1 or > MaxWaiting)
        {
            throw new ArgumentOutOfRangeException(nameof(limit), limit, $"A limit for each semaphore is 1 to {MaxWaiting}.");
        }
    }

    /// <exception cref="ArgumentException">There are more than 1,000 rows.</exception>
    public static void CheckDeletions(IReadOnlyCollection<RowDeletion> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        CheckCount(rows.Count, nameof(rows));
    }

    /// <exception cref="ArgumentException">More than one index is asked for, or the phase is Completed, which no index has.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not 1 to 10,000.</exception>
    public static void CheckQuery(RowQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        CheckLimit(query.Limit);
        if (query.Phase == ExecutionPhase.Completed)
        {
            throw new ArgumentException("Completed executions have no index, for most are: list all and pick them.", nameof(query));
        }

        string[] set =
        [
            .. query.Phase is null ? (ReadOnlySpan<string>)[] : [nameof(query.Phase)],
            .. query.Function is null ? (ReadOnlySpan<string>)[] : [nameof(query.Function)],
            .. query.ParentUid is null ? (ReadOnlySpan<string>)[] : [nameof(query.ParentUid)],
            .. query.Labels is not { Count: > 0 } ? (ReadOnlySpan<string>)[] : [nameof(query.Labels)],
        ];
        if (set.Length > 1)
        {
            throw new ArgumentException(
                $"A list is read from one index, so at most one of these may be set, not {string.Join(" and ", set)}.", nameof(query));
        }
    }

    /// <exception cref="ArgumentException">The batch is empty, or a unit that needs its target is not one message alone.</exception>
    public static void CheckBatch(IReadOnlyList<CommitUnit> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Count == 0)
        {
            throw new ArgumentException("A batch has at least one unit.", nameof(batch));
        }

        for (int i = 0; i < batch.Count; i++)
        {
            CommitUnit unit = batch[i];
            if (unit.RequireTarget &&
                (unit.Messages.Count != 1 || unit.Rows.Count != 0 || unit.Journal.Count != 0 || unit.Consumed.Count != 0))
            {
                throw new ArgumentException($"Unit {i} requires its target, so it must be one message and nothing else.", nameof(batch));
            }
        }
    }

    /// <summary>
    /// The name after which a list begins, in the namespace that is asked for or, when all are, in that of
    /// <see cref="RowQuery.After"/>; empty: at the beginning; null: <see cref="RowQuery.After"/> lies behind the namespace, so the list
    /// is empty.
    /// </summary>
    public static string? NameAfter(RowQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.After is not { } after)
        {
            return "";
        }

        int order = query.Namespace is null ? 0 : string.CompareOrdinal(after.Namespace, query.Namespace);
        return order == 0 ? after.Name : order < 0 ? "" : null;
    }

    private static void CheckCount(int count, string parameter)
    {
        if (count > MaxKeys)
        {
            throw new ArgumentException($"One call names at most {MaxKeys} executions, not {count}.", parameter);
        }
    }
}
