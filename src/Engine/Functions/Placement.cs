using Kontinue.Engine.Executions;
using Kontinue.Resources;

namespace Kontinue.Engine.Functions;

/// <summary>Who may run a new execution, and what it has to wait for.</summary>
internal sealed record Placement
{
    /// <summary>The worker group; null: whoever has the function.</summary>
    public string? WorkerGroup { get; init; }

    /// <summary>How many executions of the function may be under way at once; null: any number.</summary>
    public int? Limit { get; init; }

    /// <summary>How long executions of the function that say nothing of it are kept after their end; null: for good.</summary>
    public TtlSpec? Ttl { get; init; }

    /// <summary>What is missing for it to run, for people; null: nothing that is known of.</summary>
    public string? Missing { get; init; }

    /// <summary>Set when none was asked for and several groups have the function: these.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>Says that a choice has to be made.</summary>
    public string ChoiceNeeded(string function) =>
        $"Function '{function}' is registered by worker groups {string.Join(" and ", Choices!)}. Say which one shall run it.";

    /// <summary>Says why an execution waits for a silo; null when it does not.</summary>
    public Condition? ToCondition(DateTimeOffset since) =>
        Missing is null ? null : new Condition(Condition.FunctionUnknown, "True", "NotRegistered", Missing, since);

    /// <summary>What an execution needs a permit of, in ordinal order.</summary>
    public IReadOnlyList<string> SemaphoresOf(string @namespace, string function, StoredSpec spec)
    {
        if (Limit is null && spec.ConcurrencyKey is null && spec.Mutex is null)
        {
            return [];
        }

        var all = new List<string>(3);
        if (Limit is not null && WorkerGroup is not null)
        {
            all.Add(Semaphores.Function(WorkerGroup, function));
        }

        if (spec.ConcurrencyKey is { } key)
        {
            all.Add(Semaphores.Key(@namespace, key));
        }

        if (spec.Mutex is { } mutex)
        {
            all.Add(Semaphores.Mutex(@namespace, mutex));
        }

        all.Sort(StringComparer.Ordinal);
        return all;
    }
}
