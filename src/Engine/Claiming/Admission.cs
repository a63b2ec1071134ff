using Kontinue.Engine.Executions;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Runtime;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Claiming;

/// <summary>Claims executions; answers those that were claimed and do not wait for a permit.</summary>
internal delegate Task<IReadOnlySet<ExecutionKey>> Claim(
    List<ExecutionKey> keys, IReadOnlyDictionary<string, int> limits, CancellationToken cancellationToken);

/// <summary>
/// Lets executions in that wait for permits: gathers the semaphores at which something may have changed, asks the store who is next there,
/// and claims as many as there may be room for. The store decides: what is guessed wrong here is refused there.
/// </summary>
/// <remarks>
/// A semaphore is looked at when somebody new waits for it here, when one that holds a permit has ended here, when another silo says so,
/// and by a sweep over all that are waited for. What this silo has no use for it offers to the others.
/// </remarks>
internal sealed class Admission(IExecutionStore store, IRuntimeHost host, FunctionRegistry functions)
{
    /// <summary>Semaphores that wait to be looked at. What comes when there are more is found by the sweep.</summary>
    private const int MaxPending = 100_000;

    /// <summary>Semaphores looked at in one query.</summary>
    private const int MaxLook = 1000;

    /// <summary>Rows that one query may bring.</summary>
    private const int MaxFound = 10_000;

    private const int MaxFoundEach = 1000;

    private readonly Lock _gate = new();

    /// <summary>By semaphore: whether the others may be told of it.</summary>
    private Dictionary<string, bool> _pending = new(StringComparer.Ordinal);

    /// <summary>
    /// By semaphore: who was not let in there last. Somebody else was faster, or is at it: to try the same one again at once would be a
    /// busy loop.
    /// </summary>
    private readonly Dictionary<string, ExecutionKey> _refused = new(StringComparer.Ordinal);

    private string? _cursor;
    private long? _sweptAt;

    /// <summary>Told of semaphores at which others may have something to do.</summary>
    public Action<string>? Offer { get; set; }

    /// <summary>Whether something is to be looked at.</summary>
    public bool HasWork => _pending.Count > 0;

    /// <summary>Permits of these semaphores may have become free, or somebody new waits for one.</summary>
    /// <param name="semaphores">Any number.</param>
    /// <param name="mayOffer">Whether the other silos do not know yet.</param>
    public void LookAt(IReadOnlyList<string> semaphores, bool mayOffer)
    {
        lock (_gate)
        {
            foreach (string semaphore in semaphores)
            {
                if (_pending.TryGetValue(semaphore, out bool known) || _pending.Count < MaxPending)
                {
                    _pending[semaphore] = known || mayOffer;
                }
            }
        }
    }

    /// <summary>Lets in as many as it can.</summary>
    /// <param name="room">How many there are places for here.</param>
    /// <param name="claim">Claims them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether there is more to do at once.</returns>
    public async Task<bool> LetInAsync(int room, Claim claim, CancellationToken cancellationToken)
    {
        if (room == 0)
        {
            // They stay, for when there is a place; others may be faster.
            OfferAll();
            return false;
        }

        await SweepAsync(cancellationToken).ConfigureAwait(false);
        Dictionary<string, bool> looks = Take();
        if (looks.Count == 0)
        {
            return false;
        }

        try
        {
            int each = Math.Clamp(MaxFound / looks.Count, 1, Math.Min(room, MaxFoundEach));
            ILookup<string, WaitingExecution> waiting = (await store.FindWaitingAsync(
                host.Silo, functions.Names, looks.Keys, each, cancellationToken).ConfigureAwait(false)).ToLookup(w => w.Awaited, StringComparer.Ordinal);
            List<Queue> queues = Plan(looks, waiting, each, room, out Dictionary<string, int> limits);
            List<ExecutionKey> keys = [.. queues.SelectMany(queue => queue.Tried)];
            IReadOnlySet<ExecutionKey> letIn = keys.Count == 0
                ? new HashSet<ExecutionKey>()
                : await claim(keys, limits, cancellationToken).ConfigureAwait(false);
            bool isMore = false;
            foreach (Queue queue in queues)
            {
                isMore |= Conclude(queue, letIn) && keys.Count > 0;
            }

            return isMore;
        }
        catch
        {
            LookAt([.. looks.Where(look => look.Value).Select(look => look.Key)], mayOffer: true);
            LookAt([.. looks.Where(look => !look.Value).Select(look => look.Key)], mayOffer: false);
            throw;
        }
    }

    /// <summary>Decides whom to try.</summary>
    private List<Queue> Plan(
        Dictionary<string, bool> looks, ILookup<string, WaitingExecution> waiting, int each, int room, out Dictionary<string, int> limits)
    {
        limits = new Dictionary<string, int>(StringComparer.Ordinal);
        var queues = new List<Queue>(looks.Count);
        foreach ((string semaphore, bool mayOffer) in looks)
        {
            var queue = new Queue(semaphore, mayOffer);
            queues.Add(queue);
            int left = int.MaxValue;
            foreach (WaitingExecution next in waiting[semaphore])
            {
                queue.Found++;
                left = queue.Found == 1 ? Math.Max(0, LimitOf(semaphore, next.Function) - next.Held) : left;
                if (queue.Tried.Count < left && room > 0 && !queue.IsCutOff)
                {
                    // Functions may have different limits for a key: a call has one, that of who is first. The others wait for the next.
                    if (!TryAdd(limits, next))
                    {
                        queue.IsCutOff = true;
                        continue;
                    }

                    queue.Tried.Add(next.Key);
                    room--;
                }
            }

            queue.HasPermitsLeft = queue.Tried.Count < left;
            queue.IsCutOff |= queue.HasPermitsLeft && (queue.Found == each || queue.Tried.Count < queue.Found);
        }

        return queues;
    }

    /// <summary>Decides whether a semaphore is to be looked at once more, or is to be offered to others.</summary>
    /// <returns>Whether that look is due at once, if this one changed anything.</returns>
    private bool Conclude(Queue queue, IReadOnlySet<ExecutionKey> letIn)
    {
        int refused = queue.Tried.FindIndex(key => !letIn.Contains(key));
        if (refused >= 0)
        {
            // Most likely it waits for another of its semaphores now, and the next one may have this permit.
            ExecutionKey key = queue.Tried[refused];
            bool isSame = _refused.TryGetValue(queue.Semaphore, out ExecutionKey last) && last == key;
            _refused.Remove(queue.Semaphore);
            if (!isSame)
            {
                _refused[queue.Semaphore] = key;
                LookAt([queue.Semaphore], queue.MayOffer);
            }

            return !isSame;
        }

        _refused.Remove(queue.Semaphore);
        if (queue.IsCutOff)
        {
            LookAt([queue.Semaphore], queue.MayOffer);
            return true;
        }

        if (queue.HasPermitsLeft && queue.MayOffer)
        {
            Offer?.Invoke(queue.Semaphore);
        }

        return false;
    }

    private bool TryAdd(Dictionary<string, int> limits, WaitingExecution next)
    {
        foreach (string semaphore in next.Semaphores)
        {
            if (limits.TryGetValue(semaphore, out int known) && known != LimitOf(semaphore, next.Function))
            {
                return false;
            }
        }

        foreach (string semaphore in next.Semaphores)
        {
            limits[semaphore] = LimitOf(semaphore, next.Function);
        }

        return true;
    }

    /// <summary>How many permits there are, as the code of this silo says.</summary>
    private int LimitOf(string semaphore, string function)
    {
        ConcurrencyOptions? concurrency = functions.TryGet(function, out FunctionDefinition? definition) ? definition.Options.Concurrency : null;
        return Semaphores.IsFunction(semaphore) ? concurrency?.Limit ?? int.MaxValue
            : Semaphores.IsKey(semaphore) ? concurrency?.KeyLimit ?? 1
            : 1;
    }

    /// <summary>Now and then, looks at a part of what is waited for anywhere: a hint that was lost delays and does no harm.</summary>
    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        if (_sweptAt is { } last && host.Time.GetElapsedTime(last) < host.Options.SweepInterval)
        {
            return;
        }

        IReadOnlyList<string> awaited = await store.ReadAwaitedSemaphoresAsync(_cursor, MaxLook, cancellationToken).ConfigureAwait(false);
        _sweptAt = host.Time.GetTimestamp();
        _cursor = awaited.Count == MaxLook ? awaited[^1] : null;
        LookAt(awaited, mayOffer: false);
    }

    private Dictionary<string, bool> Take()
    {
        lock (_gate)
        {
            if (_pending.Count <= MaxLook)
            {
                Dictionary<string, bool> all = _pending;
                _pending = new Dictionary<string, bool>(StringComparer.Ordinal);
                return all;
            }

            var some = _pending.Take(MaxLook).ToDictionary(StringComparer.Ordinal);
            foreach (string semaphore in some.Keys)
            {
                _pending.Remove(semaphore);
            }

            return some;
        }
    }

    private void OfferAll()
    {
        List<string> offers;
        lock (_gate)
        {
            offers = [.. _pending.Where(look => look.Value).Select(look => look.Key)];
            offers.ForEach(semaphore => _pending[semaphore] = false);
        }

        offers.ForEach(semaphore => Offer?.Invoke(semaphore));
    }

    /// <summary>What a look at a semaphore brought.</summary>
    private sealed class Queue(string semaphore, bool mayOffer)
    {
        public string Semaphore { get; } = semaphore;

        public bool MayOffer { get; } = mayOffer;

        public List<ExecutionKey> Tried { get; } = [];

        public int Found { get; set; }

        /// <summary>Whether more may wait that might have been let in.</summary>
        public bool IsCutOff { get; set; }

        /// <summary>Whether there were more permits than were tried for.</summary>
        public bool HasPermitsLeft { get; set; }
    }
}
