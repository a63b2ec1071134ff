using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Commit;

/// <summary>
/// Brings units to the store in groups: whatever is waiting goes into one transaction, and while that commits, the next group fills.
/// The more there is to do, the larger the groups and the cheaper each unit; a single unit never waits for company.
/// </summary>
/// <remarks>
/// When the store is away, the group is tried again until it succeeds: nothing is acknowledged meanwhile and nothing is lost. A unit that
/// the store rejects for its content is set apart, so that it does not hold up the others.
/// </remarks>
internal sealed partial class GroupCommitter
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(2);

    private readonly IExecutionStore _store;
    private readonly KontinueOptions _options;
    private readonly TimeProvider _time;
    private readonly StoreHealth _health;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly Queue<PendingUnit> _queue = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _writers = [];
    private int _idleWriters;
    private int _unfinished;
    private TaskCompletionSource? _signal;
    private TaskCompletionSource? _empty;

    public GroupCommitter(
        IExecutionStore store, KontinueOptions options, TimeProvider time, StoreHealth health, ILogger<GroupCommitter> logger)
    {
        _store = store;
        _options = options;
        _time = time;
        _health = health;
        _logger = logger;
    }

    public void Start()
    {
        for (int i = 0; i < _store.MaxConcurrentCommits; i++)
        {
            _writers.Add(Task.Run(WriteAsync));
        }
    }

    /// <summary>Adds a unit to the next group.</summary>
    public void Enqueue(PendingUnit unit)
    {
        TaskCompletionSource? wake = null;
        lock (_gate)
        {
            if (_stop.IsCancellationRequested)
            {
                unit.Completion?.TrySetException(new UnavailableException("The host is shutting down."));
                return;
            }

            _unfinished++;
            _queue.Enqueue(unit);
            if (_idleWriters > 0)
            {
                wake = _signal;
                _signal = null;
            }
        }

        wake?.TrySetResult();
    }

    /// <summary>Waits until everything that was enqueued has been committed.</summary>
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_unfinished == 0)
            {
                return Task.CompletedTask;
            }

            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _empty.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Stops the writers. What was not committed is gone from memory, and was never acknowledged.</summary>
    public async Task StopAsync()
    {
        List<PendingUnit> rest;
        TaskCompletionSource? wake;
        await _stop.CancelAsync().ConfigureAwait(false);
        lock (_gate)
        {
            rest = [.. _queue];
            _queue.Clear();
            wake = _signal;
        }

        wake?.TrySetResult();
        await Task.WhenAll(_writers).ConfigureAwait(false);
        foreach (PendingUnit unit in rest)
        {
            unit.Completion?.TrySetException(new UnavailableException("The host is shutting down."));
        }
    }

    private async Task WriteAsync()
    {
        var units = new List<PendingUnit>();
        while (await FillAsync(units).ConfigureAwait(false))
        {
            await CommitAsync(units).ConfigureAwait(false);
            Finished(units.Count);
            units.Clear();
        }
    }

    /// <summary>Takes what is waiting, or waits for something. False: the committer is stopping.</summary>
    private async ValueTask<bool> FillAsync(List<PendingUnit> units)
    {
        while (true)
        {
            Task signal;
            lock (_gate)
            {
                // Asked under the lock: after the stop, nobody raises the signal.
                if (_stop.IsCancellationRequested)
                {
                    return false;
                }

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

                if (units.Count > 0)
                {
                    return true;
                }

                _signal ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                signal = _signal.Task;
                _idleWriters++;
            }

            await signal.ConfigureAwait(false);
            lock (_gate)
            {
                _idleWriters--;
            }
        }
    }

    private async Task CommitAsync(List<PendingUnit> units)
    {
        CommitOutcome[] outcomes;
        try
        {
            outcomes = await CommitUntilTakenAsync(units.ConvertAll(unit => unit.Unit)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            Fail(units, new UnavailableException("The host shut down before the request was committed."));
            return;
        }
        catch (Exception) when (units.Count > 1)
        {
            // One of them cannot be stored. Alone, each one shows whether it is the one.
            foreach (PendingUnit unit in units)
            {
                await CommitAsync([unit]).ConfigureAwait(false);
            }

            return;
        }
#pragma warning disable CA1031 // Whatever happens, the writer must go on and the callers must be told.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogRejected(e);
            Fail(units, new KontinueException(ErrorKind.Internal, $"The store rejects the change: {e.Message}", retryable: false, inner: e));
            return;
        }

        for (int i = 0; i < outcomes.Length; i++)
        {
            units[i].Complete(outcomes[i]);
        }
    }

    private static void Fail(List<PendingUnit> units, Exception exception) => units.ForEach(unit => unit.Fail(exception));

    private async Task<CommitOutcome[]> CommitUntilTakenAsync(List<CommitUnit> batch)
    {
        TimeSpan wait = FirstRetry;
        while (true)
        {
            try
            {
                CommitOutcome[] outcomes = await _store.CommitAsync(batch, _stop.Token).ConfigureAwait(false);
                _health.ReportSuccess();
                return outcomes;
            }
            catch (StoreException e) when (e.IsTransient)
            {
                if (_health.ReportFailure(e.Message))
                {
                    LogAway(e);
                }

                await Task.Delay(wait, _time, _stop.Token).ConfigureAwait(false);
                wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, LongestRetry.Ticks));
            }
        }
    }

    private void Finished(int count)
    {
        lock (_gate)
        {
            _unfinished -= count;
            if (_unfinished == 0)
            {
                _empty?.TrySetResult();
                _empty = null;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The store is away; trying again until it is back.")]
    private partial void LogAway(Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "The store rejects a change; the execution leaves memory and is taken up again later.")]
    private partial void LogRejected(Exception exception);
}
