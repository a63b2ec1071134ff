using System.Collections.Frozen;
using Kontinue.Engine.Clustering;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Loops;
using Kontinue.Engine.Runtime;
using Kontinue.Engine.Storage;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Claiming;

/// <summary>
/// Brings executions into memory: those that were woken, and those that nobody runs. It takes as many as there are places, many per
/// round trip; the others stay rows.
/// </summary>
internal sealed partial class ClaimLoop(
    IExecutionStore store, IRuntimeHost host, Residents residents, FunctionRegistry functions, Admission admission, Cluster cluster,
    IExecutionAssigner? assigner, Func<bool> mayClaim, Action<ExecutionRow> claims, ILogger logger)
{
    private const int MaxClaims = 500;

    /// <summary>
    /// Executions in memory for which messages are stored are found too. A look that found little else is repeated, up to so many.
    /// </summary>
    private const int MaxFound = StoreArguments.MaxLimit;

    private const int MinFound = 100;
    private static readonly IReadOnlyDictionary<string, int> NoLimits = FrozenDictionary<string, int>.Empty;
    private static readonly IReadOnlyDictionary<ExecutionKey, bool> NotWoken = FrozenDictionary<ExecutionKey, bool>.Empty;
    private const int MaxMessages = 1000;

    /// <summary>Executions in memory for which somebody else has stored a message; of more the sweep takes care.</summary>
    private const int MaxTold = 100_000;

    /// <summary>How long others have time to take what is left to them: they hear of it in milliseconds, or look once a second.</summary>
    private static readonly TimeSpan MaxLeft = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Queue<ExecutionKey> _woken = new();

    /// <summary>Those in the queue, and whether others are to be told when they cannot be claimed here.</summary>
    private readonly Dictionary<ExecutionKey, bool> _wokenSet = [];

    /// <summary>Executions in memory that are to be given what is stored for them, and whether others are to be told when they are not here any more.</summary>
    private readonly Dictionary<ExecutionKey, bool> _told = [];

    private readonly LoopSignal _signal = new(host.Time);
    private volatile bool _hasBacklog = true;
    private volatile bool _isSweepDue = true;
    private long _sweptAt;
    private long? _leftSince;
    private long _letInAt;
    private bool _isUnownedFirst;

    /// <summary>Whether something waits for a place.</summary>
    public bool HasWork => _hasBacklog || _woken.Count > 0 || admission.HasWork;

    /// <summary>The new ones that wait for a place.</summary>
    public Crowd Crowd { get; } = new();

    /// <summary>Asks for an execution to be brought into memory.</summary>
    /// <param name="key">The execution.</param>
    /// <param name="tellOthers">Whether another silo is to be told of it if it turns out to be that one's.</param>
    public void Wake(ExecutionKey key, bool tellOthers = false)
    {
        lock (_gate)
        {
            if (_wokenSet.TryAdd(key, tellOthers))
            {
                _woken.Enqueue(key);
            }
            else if (tellOthers)
            {
                _wokenSet[key] = true;
            }
        }

        Signal();
    }

    /// <summary>Messages for executions are stored that did not come through here.</summary>
    public void Told(IReadOnlyList<ExecutionKey> keys, bool tellOthers = false)
    {
        foreach (ExecutionKey key in keys)
        {
            if (!residents.Contains(key))
            {
                Wake(key, tellOthers);
                continue;
            }

            lock (_gate)
            {
                if (_told.Count < MaxTold || _told.ContainsKey(key))
                {
                    _told[key] = tellOthers || _told.GetValueOrDefault(key);
                }
            }
        }

        Signal();
    }

    /// <summary>There are executions that nobody runs.</summary>
    public void SignalBacklog()
    {
        _hasBacklog = true;
        Signal();
    }

    /// <summary>Look now for everything that might have been missed.</summary>
    public void Sweep()
    {
        _isSweepDue = true;
        SignalBacklog();
    }

    /// <summary>Look again now.</summary>
    public void Signal() => _signal.Set();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Task signal = _signal.Rearm();
            bool isMore = false;
            try
            {
                if (mayClaim())
                {
                    await DeliverToldAsync(cancellationToken).ConfigureAwait(false);
                    isMore = await ClaimWokenAsync(cancellationToken).ConfigureAwait(false);
                    isMore |= await FillAsync(cancellationToken).ConfigureAwait(false);
                }
            }
            catch (StoreException e)
            {
                LogFailed(logger, e.ToLog());
            }

            if (!isMore)
            {
                await WaitAsync(signal, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Gives the free places to those that wait for permits and to those that nobody runs. Each of the two takes as many as it can, so they
    /// come first in turns: neither keeps the other out, however many there are of it.
    /// </summary>
    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        bool isUnownedFirst = _isUnownedFirst;
        if (residents.Free > 0)
        {
            _isUnownedFirst = !isUnownedFirst;
        }

        bool isMore = isUnownedFirst && await ClaimUnownedAsync(cancellationToken).ConfigureAwait(false);
        isMore |= await admission.LetInAsync(RoomToLetIn(), ClaimPermittedAsync, cancellationToken).ConfigureAwait(false);
        return isMore | (!isUnownedFirst && await ClaimUnownedAsync(cancellationToken).ConfigureAwait(false));
    }

    private async Task WaitAsync(Task signal, CancellationToken cancellationToken)
    {
        TimeSpan pause = host.Options.SweepInterval;
        if (!await _signal.WaitAsync(signal, _leftSince is null || pause < MaxLeft ? pause : MaxLeft, cancellationToken).ConfigureAwait(false))
        {
            _hasBacklog = true;
            _isSweepDue = true;
        }
    }

    /// <summary>
    /// Places for executions that wait for permits. One that is busier than the others leaves them to those, but not for longer than a sweep.
    /// </summary>
    private int RoomToLetIn()
    {
        if (!cluster.MayTake(residents.Active) && host.Time.GetElapsedTime(_letInAt) < host.Options.SweepInterval)
        {
            return 0;
        }

        _letInAt = host.Time.GetTimestamp();
        return Math.Min(residents.Free, MaxClaims);
    }

    private async Task<bool> ClaimUnownedAsync(CancellationToken cancellationToken)
    {
        // Also when there is always something else to do, and when there is no place: what is in memory may have been told something.
        bool isSweep = _isSweepDue || host.Time.GetElapsedTime(_sweptAt) >= host.Options.SweepInterval;
        int free = assigner is null ? residents.Free : PlacesAnywhere(assigner);
        if (!isSweep && (!_hasBacklog || free == 0))
        {
            return false;
        }

        _hasBacklog = false;
        Crowd.BeginLook();

        // When there are so many that one look did not find all: are they more than there are places, or only more than one claim takes?
        int wanted = Crowd.HasMore ? Math.Min(free + 1, MaxFound) : Math.Min(free, MaxClaims);
        (IReadOnlyList<ExecutionKey> keys, bool isAll) = await FindAsync(wanted, cancellationToken).ConfigureAwait(false);
        if (isSweep)
        {
            _isSweepDue = false;
            _sweptAt = host.Time.GetTimestamp();

            await GiveUpAsync(cancellationToken).ConfigureAwait(false);

            // Those that are due come first and may have left no room for those that were told something.
            await DeliverAsync(isAll ? residents.Find(keys) : residents.Snapshot(), cancellationToken).ConfigureAwait(false);
        }

        List<ExecutionKey> absent = [.. keys.Where(key => !residents.Contains(key))];
        if (assigner is not null)
        {
            Assign(assigner, absent, isAll);
            return false;
        }

        // As many as there are now: while it looked, some have ended.
        int room = Math.Min(residents.Free, MaxClaims);
        bool isTooMuch = !isAll || absent.Count > room;
        int share = Math.Min(room, ShareOf(absent.Count));
        List<ExecutionKey> taken = absent[..share];
        await ClaimAsync(taken, NoLimits, NotWoken, cancellationToken).ConfigureAwait(false);

        // Who found its place taken after all is in the queue of those that were woken.
        Crowd.EndLook(taken.Where(key => !IsWoken(key)), isTooMuch ? absent.Skip(share) : [], isAll);
        _hasBacklog |= isTooMuch;
        return share > 0 && absent.Count >= room && share == room;
    }

    /// <summary>Has silos chosen for as many as there are places, here and elsewhere; the silos claim them.</summary>
    private void Assign(IExecutionAssigner to, List<ExecutionKey> absent, bool isAll)
    {
        int places = Math.Min(PlacesAnywhere(to), absent.Count);
        to.Assign(absent[..places]);
        bool isTooMuch = !isAll || places < absent.Count;
        Crowd.EndLook([], isTooMuch ? absent.Skip(places) : [], isAll);
        _hasBacklog |= isTooMuch && to.IsFinder;
    }

    /// <summary>Places for what nobody runs. Who does not look for that has them still for what it owns and was told something.</summary>
    private int PlacesAnywhere(IExecutionAssigner to) =>
        to.IsFinder ? Math.Min(residents.Free + cluster.RoomElsewhere, MaxFound) : Math.Min(residents.Free, MinFound);

    /// <summary>How many of those that nobody runs are for this silo. What was left to others is taken by the next sweep if they did not take it.</summary>
    private int ShareOf(int waiting)
    {
        int share = cluster.ShareOf(waiting, residents.Active);
        if (share >= waiting)
        {
            _leftSince = null;
            return waiting;
        }

        _leftSince ??= host.Time.GetTimestamp();
        TimeSpan left = host.Time.GetElapsedTime(_leftSince.Value);
        return left >= host.Options.SweepInterval || left >= MaxLeft ? waiting : share;
    }

    /// <summary>Finds as many as are wanted, besides those in memory.</summary>
    private async Task<(IReadOnlyList<ExecutionKey> Keys, bool IsAll)> FindAsync(int wanted, CancellationToken cancellationToken)
    {
        int limit = Math.Max(wanted, MinFound);
        while (true)
        {
            IReadOnlyList<ExecutionKey> keys = await store.FindClaimableAsync(
                host.Silo, functions.Names, host.Now, limit, cancellationToken).ConfigureAwait(false);
            bool isAll = keys.Count < limit;
            if (isAll || limit == MaxFound || keys.Count(key => !residents.Contains(key)) >= wanted)
            {
                return (keys, isAll);
            }

            limit = Math.Min(limit * 4, MaxFound);
        }
    }

    private Task<IReadOnlySet<ExecutionKey>> ClaimPermittedAsync(
        List<ExecutionKey> keys, IReadOnlyDictionary<string, int> limits, CancellationToken cancellationToken) =>
        ClaimAsync(keys, limits, NotWoken, cancellationToken);

    /// <summary>Claims as many of these as there are places for, and starts them.</summary>
    /// <param name="keys">These.</param>
    /// <param name="limits">Permits, by semaphore.</param>
    /// <param name="woken">For those that were woken: whether others are to be told of them if this silo may not have them, or not now.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Those that were claimed and do not wait for a permit.</returns>
    private async Task<IReadOnlySet<ExecutionKey>> ClaimAsync(
        List<ExecutionKey> keys, IReadOnlyDictionary<string, int> limits, IReadOnlyDictionary<ExecutionKey, bool> woken, CancellationToken cancellationToken)
    {
        // The place is taken before the claim: an execution that is in memory must never be claimed by its own process, which would
        // fence it, and what arrives meanwhile waits in the mailbox.
        var places = new Dictionary<ExecutionKey, ExecutionRuntime>();
        var started = new HashSet<ExecutionKey>();
        foreach (ExecutionKey key in keys)
        {
            var runtime = ExecutionRuntime.Loading(host, key);
            if (residents.TryAdd(runtime))
            {
                places[key] = runtime;
            }
            else if ((!residents.TryGet(key, out ExecutionRuntime? present) || !present.Post(new Input(InputKind.Tick))) && limits.Count == 0)
            {
                // Its place was taken by another one, or it is just leaving memory: it is tried again.
                Wake(key, woken.GetValueOrDefault(key));
            }
        }

        if (places.Count == 0)
        {
            return started;
        }

        try
        {
            foreach (ClaimedExecution claimed in await store.ClaimAsync(host.Silo, [.. places.Keys], limits, cancellationToken).ConfigureAwait(false))
            {
                if (places.Remove(claimed.Row.Key, out ExecutionRuntime? runtime))
                {
                    runtime.Load(claimed);
                    claims(claimed.Row);
                    if (claimed.Row.AwaitedSemaphore is null)
                    {
                        started.Add(claimed.Row.Key);
                    }
                }
            }

            foreach (ExecutionKey key in places.Keys.Where(key => woken.GetValueOrDefault(key)))
            {
                cluster.Tell(key);
            }
        }
        finally
        {
            // What was stored after the claim they pass on. With it, this silo may perhaps have the execution; otherwise another one is to hear of it.
            foreach (ExecutionRuntime unclaimed in places.Values)
            {
                unclaimed.Abandon();
            }
        }

        return started;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Executions could not be claimed; trying again.")]
    private static partial void LogFailed(ILogger logger, Exception? exception);
}
