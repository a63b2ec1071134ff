using System.Collections.Concurrent;
using Kontinue.Engine.Loops;
using Kontinue.Engine.Runtime;

namespace Kontinue.Engine.Hosting;

/// <summary>
/// New executions whose first turn has not ended. Usually that takes microseconds, and the row is written once, with what the turn brought.
/// A function that blocks its first turn is stored as it was created, so that its caller gets an answer.
/// </summary>
internal sealed class Unstored(TimeProvider time, TimeSpan limit)
{
    private readonly ConcurrentQueue<(ExecutionRuntime Runtime, long Since)> _watched = new();
    private readonly LoopSignal _signal = new(time);
    private volatile bool _isIdle;

    public void Watch(ExecutionRuntime runtime)
    {
        _watched.Enqueue((runtime, time.GetTimestamp()));
        if (_isIdle)
        {
            _signal.Set();
        }
    }

    /// <summary>Stores those whose time is over, until canceled. Sleeps while there is nothing to watch: an idle silo is not to wake a hundred times a second.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task signal = _signal.Rearm();
            _isIdle = true;

            // After the flag: who comes between the two is seen here, or sees it.
            if (_watched.IsEmpty)
            {
                await signal.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            _isIdle = false;
            await Task.Delay(limit / 2, time, cancellationToken).ConfigureAwait(false);
            StoreOverdue();
        }
    }

    private void StoreOverdue()
    {
        while (_watched.TryPeek(out (ExecutionRuntime Runtime, long Since) entry) && time.GetElapsedTime(entry.Since) >= limit)
        {
            _watched.TryDequeue(out entry);
            entry.Runtime.StoreNow();
        }
    }
}
