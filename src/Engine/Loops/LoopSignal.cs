namespace Kontinue.Engine.Loops;

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
    /// <returns>Whether it was the signal.</returns>
    public async Task<bool> WaitAsync(Task signal, TimeSpan interval, CancellationToken cancellationToken)
    {
        using var tick = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task first = await Task.WhenAny(signal, Task.Delay(interval, time, tick.Token)).ConfigureAwait(false);
        await tick.CancelAsync().ConfigureAwait(false);
        return first == signal;
    }

    /// <summary>
    /// The same for a loop that waits before it looks: what was set since the last wait ends this one at once.
    /// </summary>
    /// <exception cref="OperationCanceledException">The loop is to end.</exception>
    public async Task WaitAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        await WaitAsync(Current(), interval, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        _ = Rearm();
    }

    private Task Current()
    {
        lock (_gate)
        {
            return _signal.Task;
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
