using System.Collections.Concurrent;

namespace Kontinue.Grains.Placement;

/// <summary>The execution grains that are active in this silo, so that they can leave with their executions.</summary>
internal sealed class Activations
{
    private readonly ConcurrentDictionary<ExecutionKey, IActiveGrain> _all = new();

    /// <summary>Grains that are active here.</summary>
    public int Count => _all.Count;

    public bool Contains(ExecutionKey key) => _all.ContainsKey(key);

    public void Add(ExecutionKey key, IActiveGrain grain) => _all[key] = grain;

    public void Remove(ExecutionKey key, IActiveGrain grain) => _all.TryRemove(new(key, grain));

    /// <summary>An execution has left memory here, or could not be had.</summary>
    public void Leave(ExecutionKey key)
    {
        if (_all.TryGetValue(key, out IActiveGrain? grain))
        {
            grain.HasLeft();
        }
    }
}
