using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Hosting;

/// <summary>Callers that wait for the end of executions.</summary>
internal sealed class ResultWaiters
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ExecutionKey, List<TaskCompletionSource<ExecutionRow>>> _waiters = [];

    /// <summary>Executions that somebody waits for.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _waiters.Count;
            }
        }
    }

    public TaskCompletionSource<ExecutionRow> Add(ExecutionKey key)
    {
        var waiter = new TaskCompletionSource<ExecutionRow>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (!_waiters.TryGetValue(key, out List<TaskCompletionSource<ExecutionRow>>? list))
            {
                _waiters[key] = list = new List<TaskCompletionSource<ExecutionRow>>(1);
            }

            list.Add(waiter);
        }

        return waiter;
    }

    public void Remove(ExecutionKey key, TaskCompletionSource<ExecutionRow> waiter)
    {
        lock (_gate)
        {
            if (_waiters.TryGetValue(key, out List<TaskCompletionSource<ExecutionRow>>? list) && list.Remove(waiter) && list.Count == 0)
            {
                _waiters.Remove(key);
            }
        }
    }

    public void Complete(ExecutionRow row)
    {
        List<TaskCompletionSource<ExecutionRow>>? list;
        lock (_gate)
        {
            _waiters.Remove(row.Key, out list);
        }

        list?.ForEach(waiter => waiter.TrySetResult(row));
    }

    public void FailAll(Exception exception)
    {
        List<TaskCompletionSource<ExecutionRow>> all;
        lock (_gate)
        {
            all = [.. _waiters.Values.SelectMany(w => w)];
            _waiters.Clear();
        }

        all.ForEach(waiter => waiter.TrySetException(exception));
    }
}
