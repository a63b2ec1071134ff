namespace Kontinue.Grains.Sweeping;

/// <summary>
/// What was dealt out a moment ago, so that nobody gets it twice, or more than there is room for, before it could be claimed. Bounded by what a look finds and by time. Not for
/// several threads at once.
/// </summary>
internal sealed class Dealt(TimeProvider time, TimeSpan turn)
{
    private readonly HashSet<ExecutionKey> _keys = [];
    private readonly Dictionary<SiloAddress, int> _counts = [];
    private readonly Queue<(SiloAddress To, ExecutionKey[] Keys, long At)> _deals = new();

    /// <summary>Those of the given ones that were not dealt out just now, in order.</summary>
    public ExecutionKey[] New(IReadOnlyList<ExecutionKey> keys)
    {
        Forget();
        return [.. keys.Where(key => !_keys.Contains(key))];
    }

    /// <summary>How many a silo was dealt just now.</summary>
    public int To(SiloAddress silo) => _counts.GetValueOrDefault(silo);

    public void Add(SiloAddress to, ExecutionKey[] keys)
    {
        _keys.UnionWith(keys);
        _counts[to] = To(to) + keys.Length;
        _deals.Enqueue((to, keys, time.GetTimestamp()));
    }

    private void Forget()
    {
        while (_deals.TryPeek(out (SiloAddress To, ExecutionKey[] Keys, long At) oldest) && time.GetElapsedTime(oldest.At) >= turn)
        {
            _deals.Dequeue();
            _keys.ExceptWith(oldest.Keys);
            int left = To(oldest.To) - oldest.Keys.Length;
            if (left > 0)
            {
                _counts[oldest.To] = left;
            }
            else
            {
                _counts.Remove(oldest.To);
            }
        }
    }
}
