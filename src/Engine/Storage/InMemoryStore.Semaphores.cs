namespace Kontinue.Engine.Storage;

public sealed partial class InMemoryStore
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<WaitingExecution>> FindWaitingAsync(
        SiloId silo, IReadOnlyCollection<string> functions, IReadOnlyCollection<string> semaphores, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckSemaphores(semaphores, limit);
        var known = functions.ToHashSet(StringComparer.Ordinal);
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<WaitingExecution>>([.. semaphores
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .SelectMany(semaphore => _rows.Values
                    .Where(row => string.Equals(row.AwaitedSemaphore, semaphore, StringComparison.Ordinal) && known.Contains(row.Function))
                    .Where(row => IsRunnable(row) && IsFreeFor(silo, row))
                    .OrderBy(row => row, RankOrder.Instance)
                    .Take(limit)
                    .Select(row => new WaitingExecution(row.Key, row.Function, semaphore, HeldOf(semaphore), row.Semaphores)))]);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ReadAwaitedSemaphoresAsync(string? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<string>>([.. _rows.Values
                .Select(row => row.AwaitedSemaphore)
                .OfType<string>()
                .Where(semaphore => after is null || string.CompareOrdinal(semaphore, after) > 0)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExecutionKey>> ReadHoldersAsync(string semaphore, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(semaphore);
        StoreArguments.CheckLimit(limit);
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<ExecutionKey>>(
                _permits.TryGetValue(semaphore, out SortedDictionary<Guid, ExecutionKey>? holders) ? [.. holders.Values.Take(limit)] : []);
        }
    }

    /// <summary>Lets a waiting row in if it can be let in, and else says what it waits for now.</summary>
    private ExecutionRow LetIn(ExecutionRow row, IReadOnlyDictionary<string, int> limits)
    {
        string? full = row.Semaphores.FirstOrDefault(semaphore => limits.TryGetValue(semaphore, out int limit) && HeldOf(semaphore) >= limit);
        if (full is not null || !row.Semaphores.All(limits.ContainsKey))
        {
            return row with { AwaitedSemaphore = full ?? row.AwaitedSemaphore };
        }

        foreach (string semaphore in row.Semaphores)
        {
            if (!_permits.TryGetValue(semaphore, out SortedDictionary<Guid, ExecutionKey>? holders))
            {
                _permits[semaphore] = holders = [];
            }

            holders.Add(row.Uid, row.Key);
        }

        return row with { AwaitedSemaphore = null };
    }

    private int HeldOf(string semaphore) => _permits.GetValueOrDefault(semaphore)?.Count ?? 0;

    private void FreePermits(ExecutionRow row)
    {
        foreach (string semaphore in row.Semaphores)
        {
            if (_permits.TryGetValue(semaphore, out SortedDictionary<Guid, ExecutionKey>? holders) && holders.Remove(row.Uid) && holders.Count == 0)
            {
                _permits.Remove(semaphore);
            }
        }
    }

    /// <summary>The order of a queue: by wake-up time, those without one last, and those of one time by uid.</summary>
    private sealed class RankOrder : IComparer<ExecutionRow>
    {
        public static readonly RankOrder Instance = new();

        public int Compare(ExecutionRow? x, ExecutionRow? y)
        {
            int byTime = (x!.WakeAt ?? DateTimeOffset.MaxValue).CompareTo(y!.WakeAt ?? DateTimeOffset.MaxValue);
            return byTime != 0 ? byTime : x.Uid.CompareTo(y.Uid);
        }
    }
}
