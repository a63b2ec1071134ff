using System.Runtime.CompilerServices;
using Kontinue.Engine.Runtime;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Claiming;

/// <summary>What was woken or told, here or by another silo.</summary>
internal sealed partial class ClaimLoop
{
    private async Task<bool> ClaimWokenAsync(CancellationToken cancellationToken)
    {
        int room = Math.Min(residents.Free, MaxClaims);
        if (room == 0)
        {
            TellOfAll();
            return false;
        }

        (Dictionary<ExecutionKey, bool> woken, bool isMore) = TakeWoken(room);
        try
        {
            await ClaimAsync([.. woken.Keys], NoLimits, woken, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException)
        {
            WakeAgain(woken);
            throw;
        }

        return isMore;
    }

    private bool IsWoken(ExecutionKey key)
    {
        lock (_gate)
        {
            return _wokenSet.ContainsKey(key);
        }
    }

    private (Dictionary<ExecutionKey, bool> Woken, bool IsMore) TakeWoken(int limit)
    {
        var woken = new Dictionary<ExecutionKey, bool>();
        lock (_gate)
        {
            while (woken.Count < limit && _woken.TryDequeue(out ExecutionKey key))
            {
                _wokenSet.Remove(key, out bool tellOthers);
                woken[key] = tellOthers;
            }

            return (woken, _woken.Count > 0);
        }
    }

    /// <summary>There is no place to find out whose they are: those that are another silo's must not wait for one here.</summary>
    private void TellOfAll()
    {
        if (!cluster.HasOthers)
        {
            return;
        }

        List<ExecutionKey> keys;
        lock (_gate)
        {
            keys = [.. _wokenSet.Where(woken => woken.Value).Select(woken => woken.Key)];
            keys.ForEach(key => _wokenSet[key] = false);
        }

        keys.ForEach(cluster.Tell);
    }

    /// <summary>Gives executions of its own up that are due and find no place here, when there are places elsewhere.</summary>
    private async Task GiveUpAsync(CancellationToken cancellationToken)
    {
        int room = Math.Min(cluster.RoomElsewhere, StoreArguments.MaxKeys);
        if (residents.Free > 0 || room == 0 || _woken.Count == 0)
        {
            return;
        }

        // Only this loop brings stored executions into memory, so those that are not there now do not come before it is done.
        (Dictionary<ExecutionKey, bool> woken, _) = TakeWoken(room);
        ExecutionKey[] absent = [.. woken.Keys.Where(key => !residents.Contains(key))];
        try
        {
            if (absent.Length > 0)
            {
                // Nobody may own some of them anyway.
                await store.ReleaseAsync(host.Silo, absent, host.Now, cancellationToken).ConfigureAwait(false);
                cluster.LeaveToOthers(host.Options.WorkerGroup);
            }
        }
        catch (StoreException)
        {
            WakeAgain(woken);
            throw;
        }

        // Some came since others were last told, and may be theirs; some are about to leave memory here.
        foreach (ExecutionKey key in absent.Where(key => woken[key]))
        {
            cluster.Tell(key);
        }

        WakeAgain(woken.ExceptBy(absent, one => one.Key));
    }

    private void WakeAgain(IEnumerable<KeyValuePair<ExecutionKey, bool>> woken)
    {
        foreach ((ExecutionKey key, bool tellOthers) in woken)
        {
            Wake(key, tellOthers);
        }
    }

    private async Task DeliverToldAsync(CancellationToken cancellationToken)
    {
        KeyValuePair<ExecutionKey, bool>[] told;
        lock (_gate)
        {
            told = [.. _told];
            _told.Clear();
        }

        var present = new List<ExecutionRuntime>();
        foreach ((ExecutionKey key, bool tellOthers) in told)
        {
            if (!residents.TryGet(key, out ExecutionRuntime? runtime) || (runtime.Run is null && !runtime.Post(new Input(InputKind.Told, tellOthers))))
            {
                // It has just left memory.
                Wake(key, tellOthers);
            }
            else if (runtime.Run is not null)
            {
                present.Add(runtime);
            }
        }

        try
        {
            await DeliverAsync(present, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException)
        {
            // With the next look: a store that is away is not asked again at once.
            lock (_gate)
            {
                present.ForEach(runtime => _told.TryAdd(runtime.Key, false));
            }

            throw;
        }
    }

    /// <summary>
    /// Hands stored messages to executions in memory: another process may have stored them, or they were lost on their way through memory.
    /// Most are on their way all the same; an execution knows what it has had.
    /// </summary>
    private async Task DeliverAsync(IEnumerable<ExecutionRuntime> runtimes, CancellationToken cancellationToken)
    {
        foreach (ExecutionRuntime[] some in runtimes.Chunk(StoreArguments.MaxKeys))
        {
            // Noted before the store is read: what was read may have been consumed by the time it arrives, and only the same run of the
            // same runtime is sure to remember that.
            var present = new Dictionary<ExecutionKey, (ExecutionRuntime Runtime, int Run)>();
            foreach (ExecutionRuntime runtime in some)
            {
                if (runtime.Run is { } run)
                {
                    present[runtime.Key] = (runtime, run);
                }
            }

            if (present.Count == 0)
            {
                continue;
            }

            await foreach (Message message in ReadMessagesAsync(present.Keys, cancellationToken).ConfigureAwait(false))
            {
                (ExecutionRuntime runtime, int run) = present[message.Target];
                if (!runtime.Post(new Input(InputKind.Message, message, run)))
                {
                    // It has just left memory.
                    Wake(message.Target);
                }
            }
        }
    }

    /// <summary>Reads what is stored for these, one page after the other. Of one for which there is more than a page, the sweep brings the rest.</summary>
    private async IAsyncEnumerable<Message> ReadMessagesAsync(
        IReadOnlyCollection<ExecutionKey> keys, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HashSet<ExecutionKey> left = [.. keys];
        while (left.Count > 0)
        {
            IReadOnlyList<Message> page = await store.ReadMessagesAsync([.. left], MaxMessages, cancellationToken).ConfigureAwait(false);
            foreach (Message message in page)
            {
                yield return message;
            }

            if (page.Count < MaxMessages)
            {
                yield break;
            }

            // They come ordered by target: only the last one may have more.
            ExecutionKey last = page[^1].Target;
            left.ExceptWith(page.Select(message => message.Target).Where(target => target != last || page[0].Target == last));
        }
    }
}
