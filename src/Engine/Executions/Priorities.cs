using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Executions;

/// <summary>In which order new executions are let in when not all can be at once.</summary>
internal static class Priorities
{
    /// <summary>The priority of those that are let in first.</summary>
    public const int First = 1;

    /// <summary>The priority of those that are let in last.</summary>
    public const int Last = 5;

    private const int Default = 3;

    /// <summary>
    /// The rank of a new execution in the queue: as if it had come earlier or later by its priority. What is urgent overtakes, but only
    /// what has not waited long enough to make up for it, so nothing waits for ever.
    /// </summary>
    /// <param name="since">Since when it waits.</param>
    /// <param name="priority">Its priority; null: the one in the middle.</param>
    /// <param name="aging">What one level is worth.</param>
    public static DateTimeOffset Rank(DateTimeOffset since, int? priority, TimeSpan aging) =>
        StoreTime.Truncate(since + (((priority ?? Default) - Default) * aging));
}
