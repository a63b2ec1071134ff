using Kontinue.Engine.Storage;
using Kontinue.Engine.Telemetry;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Commit;

/// <summary>
/// Brings units to the store in groups: whatever is waiting goes into one transaction, and while that commits, the next group fills.
/// The more there is to do, the larger the groups and the cheaper each unit; a single unit never waits for company.
/// </summary>
/// <remarks>
/// <para>
/// When the store is away, the group is tried again until it succeeds: nothing is acknowledged meanwhile and nothing is lost. A unit that
/// the store rejects for its content is set apart, so that it does not hold up the others.
/// </para>
/// <para>
/// There are as many writers as the store has use for. A writer is no thread but a permit: whoever brings work while one is free begins
/// to write on its own thread, and whoever finds nothing more to write gives the permit back. An execution that waits for each of its
/// commits thus waits for the store only, and for no other thread.
/// </para>
/// </remarks>
internal sealed partial class GroupCommitter
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(2);

    // Whether this thread is within a call that brings work.
    [ThreadStatic]
    private static bool _isBringing;

    private readonly IExecutionStore _store;
    private readonly KontinueOptions _options;
    private readonly TimeProvider _time;
    private readonly StoreHealth _health;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly Queue<PendingUnit> _queue = new();
    private readonly CancellationTokenSource _stop = new();
    private int _permits;
    private int _writing;
    private TaskCompletionSource? _idle;

    public GroupCommitter(
        IExecutionStore store, KontinueOptions options, TimeProvider time, StoreHealth health, ILogger<GroupCommitter> logger)
    {
        _store = store;
        _options = options;
        _time = time;
        _health = health;
        _logger = logger;
    }

    /// <summary>Called after each commit, on the writer's thread. Must be quick, and must not throw.</summary>
    public Action? Committed { get; set; }

    private bool IsIdle => _queue.Count == 0 && _writing == 0;

    /// <summary>Begins to write; what was enqueued before has waited.</summary>
    public void Start()
    {
        bool mustWrite;
        lock (_gate)
        {
            _permits = _store.MaxConcurrentCommits;
            mustWrite = _queue.Count > 0;
            _writing += mustWrite ? 1 : 0;
        }

        if (mustWrite)
        {
            BeginWriting();
        }
    }

    /// <summary>Adds a unit to the next group.</summary>
    public void Enqueue(PendingUnit unit)
    {
        bool isStopped;
        bool mustWrite = false;
        lock (_gate)
        {
            isStopped = _stop.IsCancellationRequested;
            if (!isStopped)
            {
                _queue.Enqueue(unit);
                mustWrite = _writing < _permits;
                _writing += mustWrite ? 1 : 0;
            }
        }

        if (isStopped)
        {
            unit.Completion?.TrySetException(new UnavailableException("The host is shutting down."));
        }
        else if (mustWrite)
        {
            BeginWriting();
        }
    }

    /// <summary>Waits until everything that was enqueued has been committed.</summary>
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (IsIdle)
            {
                return Task.CompletedTask;
            }

            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Ends the writing. What was not committed is gone from memory, and was never acknowledged.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        List<PendingUnit> rest;
        lock (_gate)
        {
            rest = [.. _queue];
            _queue.Clear();
        }

        Fail(rest, new UnavailableException("The host is shutting down."));
        await FlushAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private void BeginWriting()
    {
        bool wasBringing = _isBringing;
        _isBringing = true;
        _ = WriteAsync();
        _isBringing = wasBringing;
    }

    private async Task WriteAsync()
    {
        var units = new List<PendingUnit>();
        while (TryTake(units))
        {
            CommitOutcome[]? outcomes = await CommitAsync(units).ConfigureAwait(false);
            if (outcomes is null)
            {
                units.Clear();
                continue;
            }

            // A unit that was alone goes on with this thread; the permit must be free by then, because it will bring the next unit.
            // Not with that of who brought work, which a store that answers at once leaves it on: that one has something to do behind this, and the unit may be somebody else's.
            bool isLast = units.Count == 1 && TryRelease();
            for (int i = 0; i < outcomes.Length; i++)
            {
                Complete(units[i], outcomes[i], isLast && !_isBringing);
            }

            if (isLast)
            {
                return;
            }

            units.Clear();
        }
    }

    /// <summary>Takes what is waiting. False: there was nothing, and the permit is given back.</summary>
    private bool TryTake(List<PendingUnit> units)
    {
        lock (_gate)
        {
            int bytes = 0;
            while (units.Count < _options.MaxBatchUnits && _queue.TryPeek(out PendingUnit? unit))
            {
                unit.Take();
                bytes += unit.Unit.ApproximateBytes;
                if (bytes > _options.MaxBatchBytes && units.Count > 0)
                {
                    break;
                }

                units.Add(_queue.Dequeue());
            }

            return units.Count > 0 || !ReleaseIfQueueEmpty();
        }
    }

    private bool TryRelease()
    {
        lock (_gate)
        {
            return ReleaseIfQueueEmpty();
        }
    }

    private bool ReleaseIfQueueEmpty()
    {
        if (_queue.Count > 0)
        {
            return false;
        }

        _writing--;
        if (IsIdle)
        {
            _idle?.TrySetResult();
            _idle = null;
        }

        return true;
    }

    /// <summary>Commits a group. Null: its units have been answered already.</summary>
    private async Task<CommitOutcome[]?> CommitAsync(List<PendingUnit> units)
    {
        try
        {
            return await CommitUntilTakenAsync(units.ConvertAll(unit => unit.Unit)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            Fail(units, new UnavailableException("The host shut down before the request was committed.") { MayHaveBeenDone = true });
        }
        catch (Exception) when (units.Count > 1)
        {
            // One of them cannot be stored. Alone, each one shows whether it is the one.
            foreach (PendingUnit unit in units)
            {
                if (await CommitAsync([unit]).ConfigureAwait(false) is [var outcome])
                {
                    Complete(unit, outcome, inline: false);
                }
            }
        }
#pragma warning disable CA1031 // Whatever happens, the writer must go on and the callers must be told.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _health.ReportCommit();
            LogRejected(e);
            Fail(units, new KontinueException(ErrorKind.Internal, $"The store rejects the change: {e.Message}", retryable: false, inner: e));
        }

        return null;
    }

    /// <summary>Tells a unit's participants. A defect of one of them must not take the writer with it.</summary>
    private void Complete(PendingUnit unit, CommitOutcome outcome, bool inline)
    {
        try
        {
            unit.Complete(outcome, inline);
        }
#pragma warning disable CA1031 // Said above.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogDefect(e);
        }
    }

    private static void Fail(List<PendingUnit> units, Exception exception) => units.ForEach(unit => unit.Fail(exception));

    private async Task<CommitOutcome[]> CommitUntilTakenAsync(List<CommitUnit> batch)
    {
        TimeSpan wait = FirstRetry;
        while (true)
        {
            long began = _time.GetTimestamp();
            try
            {
                CommitOutcome[] outcomes = await _store.CommitAsync(batch, _stop.Token).ConfigureAwait(false);
                _health.ReportCommit();
                EngineTelemetry.Committed(batch.Count, _time.GetElapsedTime(began));
                Committed?.Invoke();
                return outcomes;
            }
            catch (StoreException e) when (e.IsTransient)
            {
                if (_health.ReportCommitFailure(e.Message))
                {
                    LogAway(e);
                }

                await Task.Delay(wait, _time, _stop.Token).ConfigureAwait(false);
                wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, LongestRetry.Ticks));
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The store is away; trying again until it is back.")]
    private partial void LogAway(Exception exception);

    [LoggerMessage(Level = LogLevel.Critical, Message = "A defect: an execution could not be told that its change is durable.")]
    private partial void LogDefect(Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "The store rejects a change; the execution leaves memory and is taken up again later.")]
    private partial void LogRejected(Exception exception);
}
