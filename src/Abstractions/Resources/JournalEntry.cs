using System.Text.Json.Serialization;

namespace Kontinue.Resources;

/// <summary>One line of an execution's journal, as the API shows it.</summary>
public sealed record JournalEntry
{
    /// <summary>The number of the commit that recorded it: grows from entry to entry, or stays when both were recorded by one.</summary>
    public required long Sequence { get; init; }

    /// <summary>What happened: StepCompleted, TimerStarted, ...</summary>
    public required string Kind { get; init; }

    /// <summary>When it was recorded.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The operation, such as <c>pay#2</c>; absent for entries of the execution itself.</summary>
    public string? Name { get; init; }

    /// <summary>The result, payload or arguments that belong to it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JsonPayload Value { get; init; }

    /// <summary>The failure that belongs to it.</summary>
    public ExecutionError? Error { get; init; }

    /// <summary>The attempt it counts, for retries.</summary>
    public int? Attempt { get; init; }

    /// <summary>The due time or deadline it sets.</summary>
    public DateTimeOffset? Due { get; init; }
}

/// <summary>A journal, or a page of it.</summary>
public sealed record JournalPage
{
    /// <summary>The entries in order.</summary>
    public required IReadOnlyList<JournalEntry> Items { get; init; }

    /// <summary>Pass it as <c>after</c> to read on; absent at the end of what there is.</summary>
    public long? Next { get; init; }
}
