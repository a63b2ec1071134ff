using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Clustering;

/// <summary>
/// Which other silos have callers that wait for executions. Bounded in number and time: who is forgotten asks again, or looks into the store.
/// </summary>
internal sealed class AwaitedElsewhere(TimeProvider time)
{
    private const int MaxAwaited = 100_000;
    private const int MaxRecent = 4096;

    /// <summary>How long it is remembered who waits: those who still do say so again within half of it.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long it is answered that one has ended: for as long as it takes to read a row and to ask. It may be retried, and who waits for
    /// it then must not be told of the end before.
    /// </summary>
    private static readonly TimeSpan JustNow = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<ExecutionKey, List<SiloId>> _awaited = [];
    private readonly Queue<(ExecutionKey Key, long Since)> _ages = new();
    private readonly Dictionary<ExecutionKey, long> _recent = [];
    private readonly Queue<(ExecutionKey Key, long At)> _recentOrder = new();

    /// <summary>A silo waits for an execution.</summary>
    /// <returns>True: it has ended here just now. It may run again: the silo is told of the next end too.</returns>
    public bool Add(ExecutionKey key, SiloId silo)
    {
        lock (_gate)
        {
            Forget();
            if (_awaited.TryGetValue(key, out List<SiloId>? silos))
            {
                if (!silos.Contains(silo))
                {
                    silos.Add(silo);
                }
            }
            else if (_awaited.Count < MaxAwaited)
            {
                _awaited[key] = [silo];
                _ages.Enqueue((key, time.GetTimestamp()));
            }

            return _recent.TryGetValue(key, out long ended) && time.GetElapsedTime(ended) < JustNow;
        }
    }

    /// <summary>An execution has ended here.</summary>
    /// <returns>Who waits for it.</returns>
    public IReadOnlyList<SiloId> End(ExecutionKey key)
    {
        lock (_gate)
        {
            // Who asks may have read the row before it ended: what has ended just now is answered too.
            long now = time.GetTimestamp();
            _recent[key] = now;
            _recentOrder.Enqueue((key, now));
            if (_recentOrder.Count > MaxRecent)
            {
                (ExecutionKey oldest, long at) = _recentOrder.Dequeue();
                _ = _recent.TryGetValue(oldest, out long last) && last == at && _recent.Remove(oldest);
            }

            return _awaited.Remove(key, out List<SiloId>? silos) ? silos : [];
        }
    }

    private void Forget()
    {
        // One that was asked for again meanwhile is forgotten all the same; who waits still says so once more.
        while (_ages.TryPeek(out (ExecutionKey Key, long Since) oldest) && (time.GetElapsedTime(oldest.Since) >= Memory || _ages.Count > MaxAwaited))
        {
            _ages.Dequeue();
            _awaited.Remove(oldest.Key);
        }
    }
}
