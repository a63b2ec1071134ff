using Kontinue.Engine.Storage;
using Kontinue.Resources;

namespace Kontinue.Engine.Executions;

/// <summary>Says why an execution has not been let in.</summary>
internal static class Waiting
{
    /// <summary>The condition of one that waits for a permit; null when it waits for none.</summary>
    /// <param name="row">The execution.</param>
    /// <param name="status">Its status.</param>
    /// <param name="holder">One that holds a permit, if that is known.</param>
    public static Condition? Describe(ExecutionRow row, StoredStatus status, ExecutionKey? holder = null)
    {
        if (row.AwaitedSemaphore is not { } semaphore || row.Phase.IsTerminal())
        {
            return null;
        }

        // One that began and was retried by hand waits since then; when that was is not on record, save in its rank.
        DateTimeOffset since = status.StartedAt is null ? row.CreatedAt : row.WakeAt ?? row.CreatedAt;
        string name = Semaphores.NameOf(semaphore);
        if (Semaphores.IsMutex(semaphore))
        {
            return new Condition(
                Condition.MutexHeld, "True", "WaitsForMutex",
                holder is { } key ? $"Mutex '{name}' is held by execution {key}." : $"It waits for mutex '{name}', which one execution holds at a time.",
                since);
        }

        string message = Semaphores.IsKey(semaphore)
            ? $"As many executions with the concurrency key '{name}' are under way as may be at once."
            : $"As many executions of function '{name}' are under way as may be at once.";
        return new Condition(
            Condition.Throttled, "True", Semaphores.IsKey(semaphore) ? "KeyLimit" : "FunctionLimit",
            holder is { } one ? $"{message} One of them is {one}." : message, since);
    }
}
