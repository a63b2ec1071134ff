using System.Collections.Concurrent;
using Kontinue.Engine.Runtime;

namespace Kontinue.Engine.Hosting;

/// <summary>
/// New executions whose first turn has not ended. Usually that takes microseconds, and the row is written once, with what the turn brought.
/// A function that blocks its first turn is stored as it was created, so that its caller gets an answer.
/// </summary>
internal sealed class Unstored(TimeProvider time, TimeSpan limit)
{
    private readonly ConcurrentQueue<(ExecutionRuntime Runtime, long Since)> _watched = new();

    public void Watch(ExecutionRuntime runtime) => _watched.Enqueue((runtime, time.GetTimestamp()));

    public void StoreOverdue()
    {
        while (_watched.TryPeek(out (ExecutionRuntime Runtime, long Since) entry) && time.GetElapsedTime(entry.Since) >= limit)
        {
            _watched.TryDequeue(out entry);
            entry.Runtime.StoreNow();
        }
    }
}
