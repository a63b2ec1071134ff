namespace Kontinue.Engine.Hosting;

/// <summary>Wakes a loop before its time. Set twice before the loop looks, it counts once; what is set while the loop works is not lost.</summary>
internal sealed class LoopSignal(TimeProvider time)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _signal = New();

    /// <summary>Wakes the loop.</summary>
    public void Set()
    {
        lock (_gate)
        {
            _signal.TrySetResult();
        }
    }

    /// <summary>To be called before the loop looks for work: what is set from then on wakes it.</summary>
    public Task Rearm()
    {
        lock (_gate)
        {
            if (_signal.Task.IsCompleted)
            {
                _signal = New();
            }

            return _signal.Task;
        }
    }

    /// <summary>Waits for the signal, or until the time has passed, or until the loop is to end.</summary>
    public async Task WaitAsync(Task signal, TimeSpan interval, CancellationToken cancellationToken)
    {
        using var tick = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(signal, Task.Delay(interval, time, tick.Token)).ConfigureAwait(false);
        await tick.CancelAsync().ConfigureAwait(false);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
