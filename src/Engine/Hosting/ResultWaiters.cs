using Kontinue.Engine.Executions;

namespace Kontinue.Engine.Hosting;

/// <summary>Callers that wait for the end of executions.</summary>
internal sealed class ResultWaiters
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ExecutionKey, List<ResultWaiter>> _waiters = [];

    public ResultWaiter Add(ExecutionKey key)
    {
        var waiter = new ResultWaiter();
        lock (_gate)
        {
            if (!_waiters.TryGetValue(key, out List<ResultWaiter>? list))
            {
                _waiters[key] = list = new List<ResultWaiter>(1);
            }

            list.Add(waiter);
        }

        return waiter;
    }

    public void Remove(ExecutionKey key, ResultWaiter waiter)
    {
        lock (_gate)
        {
            if (_waiters.TryGetValue(key, out List<ResultWaiter>? list) && list.Remove(waiter) && list.Count == 0)
            {
                _waiters.Remove(key);
            }
        }
    }

    /// <summary>An execution has ended here.</summary>
    public void Complete(StoredExecution ended)
    {
        List<ResultWaiter>? list;
        lock (_gate)
        {
            _waiters.Remove(ended.Row.Key, out list);
        }

        list?.ForEach(waiter => waiter.Complete(ended));
    }

    /// <summary>An execution may have ended elsewhere: those who wait look into the store.</summary>
    public void Hint(ExecutionKey key)
    {
        lock (_gate)
        {
            if (_waiters.TryGetValue(key, out List<ResultWaiter>? list))
            {
                list.ForEach(waiter => waiter.Hint());
            }
        }
    }

    /// <summary>Hints may have been lost: all who wait look.</summary>
    public void HintAll()
    {
        lock (_gate)
        {
            foreach (List<ResultWaiter> list in _waiters.Values)
            {
                list.ForEach(waiter => waiter.Hint());
            }
        }
    }

    public void FailAll(Exception exception)
    {
        List<ResultWaiter> all;
        lock (_gate)
        {
            all = [.. _waiters.Values.SelectMany(w => w)];
            _waiters.Clear();
        }

        all.ForEach(waiter => waiter.Fail(exception));
    }
}

/// <summary>One caller that waits for the end of an execution.</summary>
internal sealed class ResultWaiter
{
    private static readonly TimeSpan MinDeaf = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxDeaf = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource<StoredExecution> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _hint = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// How long no hint is heard. Who waits on after a hint was told of an end that is none, as of a run before a retry; each further hint
    /// has to wait for longer, so that no number of them makes a busy loop.
    /// </summary>
    private TimeSpan _deaf;

    /// <summary>Whether it has been told of the end.</summary>
    public bool HasEnded => _end.Task.IsCompletedSuccessfully;

    /// <summary>The end that it was told of; null: none yet.</summary>
    public StoredExecution? Ended => HasEnded ? _end.Task.Result : null;

    public void Complete(StoredExecution ended) => _end.TrySetResult(ended);

    public void Fail(Exception exception) => _end.TrySetException(exception);

    public void Hint() => Volatile.Read(ref _hint).TrySetResult();

    /// <summary>Waits for the end, for a hint of it, or for a time.</summary>
    /// <returns>What has ended; null: it is time to look into the store.</returns>
    public async Task<StoredExecution?> WaitAsync(TimeSpan wait, TimeProvider time, CancellationToken cancellationToken)
    {
        TimeSpan deaf = _deaf < wait ? _deaf : wait;
        if (deaf > TimeSpan.Zero && await IsInTimeAsync(_end.Task, deaf, time, cancellationToken).ConfigureAwait(false))
        {
            return await _end.Task.ConfigureAwait(false);
        }

        TaskCompletionSource hint = Volatile.Read(ref _hint);
        if (!await IsInTimeAsync(Task.WhenAny(_end.Task, hint.Task), wait - deaf, time, cancellationToken).ConfigureAwait(false))
        {
            _deaf = TimeSpan.Zero;
            return null;
        }

        if (_end.Task.IsCompleted)
        {
            return await _end.Task.ConfigureAwait(false);
        }

        // Taken before the look that follows, so that none gets lost.
        Volatile.Write(ref _hint, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        TimeSpan longer = _deaf * 2;
        _deaf = longer < MinDeaf ? MinDeaf : longer < MaxDeaf ? longer : MaxDeaf;
        return null;
    }

    private static async Task<bool> IsInTimeAsync(Task task, TimeSpan wait, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await task.WaitAsync(wait, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
