using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Kontinue.Engine.Runtime;

namespace Kontinue.Engine.Claiming;

/// <summary>
/// The executions in memory: how many are busy, and which of the suspended ones have to go. A suspended execution may stay for a moment,
/// because many are woken soon; it leaves when its time is over or when there are too many.
/// </summary>
internal sealed class Residents(KontinueOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<ExecutionKey, ExecutionRuntime> _all = new();
    private readonly ConcurrentQueue<(ExecutionRuntime Runtime, long Since)> _idle = new();
    private readonly Lock _evicting = new();
    private int _active;
    private int _idleCount;

    /// <summary>Executions that are busy.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Executions in memory.</summary>
    public int Total => _all.Count;

    /// <summary>Places for more busy executions.</summary>
    public int Free => Math.Max(0, options.MaxConcurrentExecutions - Active);

    public bool TryGet(ExecutionKey key, [NotNullWhen(true)] out ExecutionRuntime? runtime) => _all.TryGetValue(key, out runtime);

    public bool Contains(ExecutionKey key) => _all.ContainsKey(key);

    /// <summary>Adds a busy execution; false when its name is in memory already, or when there is no place.</summary>
    public bool TryAdd(ExecutionRuntime runtime)
    {
        // Counted before it is added: of several that see the last place, one gets it.
        if (Interlocked.Increment(ref _active) > options.MaxConcurrentExecutions || !_all.TryAdd(runtime.Key, runtime))
        {
            Interlocked.Decrement(ref _active);
            return false;
        }

        return true;
    }

    public void Remove(ExecutionRuntime runtime) => _all.TryRemove(new KeyValuePair<ExecutionKey, ExecutionRuntime>(runtime.Key, runtime));

    public void ActivityChanged(ExecutionRuntime runtime, Activity before, Activity now)
    {
        Count(before, -1);
        Count(now, 1);
        if (now == Activity.Idle)
        {
            _idle.Enqueue((runtime, runtime.IdleSince));
            if (Volatile.Read(ref _idleCount) > options.MaxResidentSuspended)
            {
                EvictOne();
            }
        }
    }

    /// <summary>Lets those go whose time is over.</summary>
    public void EvictExpired()
    {
        while (true)
        {
            lock (_evicting)
            {
                if (!_idle.TryPeek(out (ExecutionRuntime Runtime, long Since) entry))
                {
                    return;
                }

                bool wasBusySince = entry.Runtime.IdleSince != entry.Since;
                if (!wasBusySince && time.GetElapsedTime(entry.Since) < options.SuspendedResidency)
                {
                    return;
                }

                _idle.TryDequeue(out _);
                if (!wasBusySince)
                {
                    entry.Runtime.Post(new Input(InputKind.Evict));
                }
            }
        }
    }

    public IReadOnlyCollection<ExecutionRuntime> Snapshot() => [.. _all.Values];

    /// <summary>Those of these that are in memory.</summary>
    public IEnumerable<ExecutionRuntime> Find(IEnumerable<ExecutionKey> keys)
    {
        foreach (ExecutionKey key in keys)
        {
            if (TryGet(key, out ExecutionRuntime? runtime))
            {
                yield return runtime;
            }
        }
    }

    private void Count(Activity activity, int change)
    {
        switch (activity)
        {
            case Activity.Busy:
                Interlocked.Add(ref _active, change);
                break;
            case Activity.Idle:
                Interlocked.Add(ref _idleCount, change);
                break;
        }
    }

    private void EvictOne()
    {
        lock (_evicting)
        {
            while (_idle.TryDequeue(out (ExecutionRuntime Runtime, long Since) entry))
            {
                // One that was busy since has another entry behind this one.
                if (entry.Runtime.IdleSince == entry.Since)
                {
                    entry.Runtime.Post(new Input(InputKind.Evict));
                    return;
                }
            }
        }
    }
}
