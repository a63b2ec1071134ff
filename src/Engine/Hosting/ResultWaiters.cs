using Kontinue.Engine.Executions;

namespace Kontinue.Engine.Hosting;

/// <summary>Callers that wait for the end of executions.</summary>
internal sealed class ResultWaiters
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ExecutionKey, List<TaskCompletionSource<StoredExecution>>> _waiters = [];

    public TaskCompletionSource<StoredExecution> Add(ExecutionKey key)
    {
        var waiter = new TaskCompletionSource<StoredExecution>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (!_waiters.TryGetValue(key, out List<TaskCompletionSource<StoredExecution>>? list))
            {
                _waiters[key] = list = new List<TaskCompletionSource<StoredExecution>>(1);
            }

            list.Add(waiter);
        }

        return waiter;
    }

    public void Remove(ExecutionKey key, TaskCompletionSource<StoredExecution> waiter)
    {
        lock (_gate)
        {
            if (_waiters.TryGetValue(key, out List<TaskCompletionSource<StoredExecution>>? list) && list.Remove(waiter) && list.Count == 0)
            {
                _waiters.Remove(key);
            }
        }
    }

    public void Complete(StoredExecution ended)
    {
        List<TaskCompletionSource<StoredExecution>>? list;
        lock (_gate)
        {
            _waiters.Remove(ended.Row.Key, out list);
        }

        list?.ForEach(waiter => waiter.TrySetResult(ended));
    }

    public void FailAll(Exception exception)
    {
        List<TaskCompletionSource<StoredExecution>> all;
        lock (_gate)
        {
            all = [.. _waiters.Values.SelectMany(w => w)];
            _waiters.Clear();
        }

        all.ForEach(waiter => waiter.TrySetException(exception));
    }
}
