using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Hosting;

/// <summary>
/// Which other silos have callers that wait for executions. Bounded in number and time: who is forgotten asks again, or looks into the store.
/// </summary>
internal sealed class AwaitedElsewhere(TimeProvider time)
{
    private const int MaxAwaited = 100_000;
    private const int MaxRecent = 4096;

    /// <summary>How long it is remembered who waits: those who still do say so again within half of it.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<ExecutionKey, List<SiloId>> _awaited = [];
    private readonly Queue<(ExecutionKey Key, long Since)> _ages = new();
    private readonly HashSet<ExecutionKey> _recent = [];
    private readonly Queue<ExecutionKey> _recentOrder = new();

    /// <summary>A silo waits for an execution.</summary>
    /// <returns>True: it has ended here just now.</returns>
    public bool Add(ExecutionKey key, SiloId silo)
    {
        lock (_gate)
        {
            Forget();
            if (_recent.Contains(key))
            {
                return true;
            }

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

            return false;
        }
    }

    /// <summary>An execution has ended here.</summary>
    /// <returns>Who waits for it.</returns>
    public IReadOnlyList<SiloId> End(ExecutionKey key)
    {
        lock (_gate)
        {
            // Who asks may have read the row before it ended: what has ended just now is answered too.
            if (_recent.Add(key))
            {
                _recentOrder.Enqueue(key);
                if (_recentOrder.Count > MaxRecent)
                {
                    _recent.Remove(_recentOrder.Dequeue());
                }
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
