using System.Collections.Frozen;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Runtime;
using Kontinue.Engine.Storage;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Hosting;

/// <summary>
/// Brings executions into memory: those that were woken, and those that nobody runs. It takes as many as there are places, many per
/// round trip; the others stay rows.
/// </summary>
internal sealed partial class ClaimLoop(
    IExecutionStore store, IRuntimeHost host, Residents residents, FunctionRegistry functions, Admission admission, Func<bool> mayClaim,
    Action<ExecutionRow> claims, ILogger logger)
{
    private const int MaxClaims = 500;

    /// <summary>
    /// Executions in memory for which messages are stored are found too. A look that found little else is repeated, up to so many.
    /// </summary>
    private const int MaxFound = StoreArguments.MaxLimit;

    private const int MinFound = 100;
    private static readonly IReadOnlyDictionary<string, int> NoLimits = FrozenDictionary<string, int>.Empty;
    private const int MaxMessages = 1000;

    private readonly Lock _gate = new();
    private readonly Queue<ExecutionKey> _woken = new();
    private readonly HashSet<ExecutionKey> _wokenSet = [];
    private TaskCompletionSource _signal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _hasBacklog = true;
    private bool _isSweepDue = true;
    private long _sweptAt;
    private volatile bool _isCrowded;
    private int _late;

    /// <summary>Whether something waits for a place.</summary>
    public bool HasWork => _hasBacklog || _woken.Count > 0 || admission.HasWork;

    /// <summary>
    /// Whether more wait for a place than there are places, as far as is known. Then a new one waits too, so that priority and age decide
    /// who is next, and not who comes at the right moment.
    /// </summary>
    public bool IsCrowded => _isCrowded;

    /// <summary>One that might have run here has to wait for a place.</summary>
    public void ReportCrowd()
    {
        Interlocked.Increment(ref _late);
        _isCrowded = true;
    }

    /// <summary>Asks for an execution to be brought into memory.</summary>
    public void Wake(ExecutionKey key)
    {
        lock (_gate)
        {
            if (_wokenSet.Add(key))
            {
                _woken.Enqueue(key);
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

    /// <summary>Look again now.</summary>
    public void Signal()
    {
        lock (_gate)
        {
            _signal.TrySetResult();
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Task signal = Rearm();
            bool isMore = false;
            try
            {
                if (mayClaim())
                {
                    isMore = await ClaimWokenAsync(cancellationToken).ConfigureAwait(false);
                    isMore |= await admission.LetInAsync(Math.Min(residents.Free, MaxClaims), ClaimAsync, cancellationToken).ConfigureAwait(false);
                    isMore |= await ClaimUnownedAsync(cancellationToken).ConfigureAwait(false);
                }
            }
            catch (StoreException e)
            {
                LogFailed(logger, e);
            }

            if (!isMore)
            {
                await WaitAsync(signal, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task WaitAsync(Task signal, CancellationToken cancellationToken)
    {
        using var sweep = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task tick = Task.Delay(host.Options.SweepInterval, host.Time, sweep.Token);
        if (await Task.WhenAny(signal, tick).ConfigureAwait(false) == tick)
        {
            _hasBacklog = true;
            _isSweepDue = true;
        }

        await sweep.CancelAsync().ConfigureAwait(false);
    }

    private Task Rearm()
    {
        lock (_gate)
        {
            if (_signal.Task.IsCompleted)
            {
                _signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return _signal.Task;
        }
    }

    private async Task<bool> ClaimWokenAsync(CancellationToken cancellationToken)
    {
        var keys = new List<ExecutionKey>();
        bool isMore;
        lock (_gate)
        {
            int room = Math.Min(residents.Free, MaxClaims);
            while (keys.Count < room && _woken.TryDequeue(out ExecutionKey key))
            {
                _wokenSet.Remove(key);
                keys.Add(key);
            }

            isMore = _woken.Count > 0 && room > 0;
        }

        try
        {
            await ClaimAsync(keys, NoLimits, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException)
        {
            keys.ForEach(Wake);
            throw;
        }

        return isMore;
    }

    private async Task<bool> ClaimUnownedAsync(CancellationToken cancellationToken)
    {
        // Also when there is always something else to do, and when there is no place: what is in memory may have been told something.
        bool isSweep = _isSweepDue || host.Time.GetElapsedTime(_sweptAt) >= host.Options.SweepInterval;
        int room = Math.Min(residents.Free, MaxClaims);
        if (!isSweep && (!_hasBacklog || room == 0))
        {
            return false;
        }

        _hasBacklog = false;
        int late = Volatile.Read(ref _late);
        (IReadOnlyList<ExecutionKey> keys, bool isAll) = await FindAsync(room, cancellationToken).ConfigureAwait(false);
        if (isSweep)
        {
            _isSweepDue = false;
            _sweptAt = host.Time.GetTimestamp();

            // Those that are due come first and may have left no room for those that were told something.
            await DeliverAsync(isAll ? keys : [.. residents.Snapshot().Select(runtime => runtime.Key)], cancellationToken).ConfigureAwait(false);
        }

        List<ExecutionKey> absent = [.. keys.Where(key => !residents.Contains(key))];
        bool isTooMuch = !isAll || absent.Count > room;
        if (isTooMuch || Volatile.Read(ref _late) == late)
        {
            // What was reported meanwhile may not have been there to be found.
            _isCrowded = isTooMuch;
        }

        await ClaimAsync([.. absent.Take(room)], NoLimits, cancellationToken).ConfigureAwait(false);
        _hasBacklog |= isTooMuch;
        return room > 0 && absent.Count >= room;
    }

    /// <summary>Finds as many as there is room for, besides those in memory.</summary>
    private async Task<(IReadOnlyList<ExecutionKey> Keys, bool IsAll)> FindAsync(int room, CancellationToken cancellationToken)
    {
        int limit = Math.Max(room, MinFound);
        while (true)
        {
            IReadOnlyList<ExecutionKey> keys = await store.FindClaimableAsync(
                host.Silo, functions.Names, host.Now, limit, cancellationToken).ConfigureAwait(false);
            bool isAll = keys.Count < limit;
            if (isAll || limit == MaxFound || keys.Count(key => !residents.Contains(key)) >= room)
            {
                return (keys, isAll);
            }

            limit = Math.Min(limit * 4, MaxFound);
        }
    }

    /// <summary>
    /// Hands stored messages to executions in memory: another process may have stored them, or they were lost on their way through memory.
    /// Most are on their way all the same; an execution knows what it has had.
    /// </summary>
    private async Task DeliverAsync(IEnumerable<ExecutionKey> keys, CancellationToken cancellationToken)
    {
        foreach (ExecutionKey[] some in keys.Chunk(StoreArguments.MaxKeys))
        {
            // Noted before the store is read: what was read may have been consumed by the time it arrives, and only the same run of the
            // same runtime is sure to remember that.
            var present = new Dictionary<ExecutionKey, (ExecutionRuntime Runtime, int Run)>();
            foreach (ExecutionKey key in some)
            {
                if (residents.TryGet(key, out ExecutionRuntime? runtime) && runtime.Run is { } run)
                {
                    present[key] = (runtime, run);
                }
            }

            if (present.Count == 0)
            {
                continue;
            }

            foreach (Message message in await store.ReadMessagesAsync([.. present.Keys], MaxMessages, cancellationToken).ConfigureAwait(false))
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

    /// <summary>Claims as many of these as there are places for, and starts them.</summary>
    /// <returns>Those that were claimed and do not wait for a permit.</returns>
    private async Task<IReadOnlySet<ExecutionKey>> ClaimAsync(
        List<ExecutionKey> keys, IReadOnlyDictionary<string, int> limits, CancellationToken cancellationToken)
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
                Wake(key);
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
        }
        finally
        {
            foreach (ExecutionRuntime unclaimed in places.Values)
            {
                unclaimed.Abandon();
            }
        }

        return started;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Executions could not be claimed; trying again.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
