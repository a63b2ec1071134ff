namespace Kontinue.Engine.Storage;

/// <summary>The bounds that <see cref="IExecutionStore"/> states, checked alike by every store.</summary>
public static class StoreArguments
{
    /// <summary>The most rows a read may ask for.</summary>
    public const int MaxLimit = 10_000;

    /// <summary>The most executions one call may name.</summary>
    public const int MaxKeys = 1000;

    /// <summary>How long a silo is remembered after its lease has ended.</summary>
    public static readonly TimeSpan SiloMemory = TimeSpan.FromDays(1);

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
        if (keys.Count > MaxKeys)
        {
            throw new ArgumentException($"One call names at most {MaxKeys} executions, not {keys.Count}.", nameof(keys));
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
}
