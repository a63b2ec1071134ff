namespace Kontinue.Engine.Storage;

/// <summary>An execution as a store keeps it. What stores need to know is a column of its own; the rest is opaque bytes.</summary>
public sealed record ExecutionRow
{
    /// <summary>The address; unique.</summary>
    public required ExecutionKey Key { get; init; }

    /// <summary>Unique over time; made by the engine (version 7, so that they grow).</summary>
    public required Guid Uid { get; init; }

    /// <summary>The function's name.</summary>
    public required string Function { get; init; }

    /// <summary>The phase.</summary>
    public required ExecutionPhase Phase { get; init; }

    /// <summary>Who runs it, or ran it last; null: nobody.</summary>
    public SiloId? Owner { get; init; }

    /// <summary>Grows with each claim. 1 for a row inserted with an owner, 0 without.</summary>
    public long Epoch { get; init; }

    /// <summary>Grows by one with each write of the owner; 1 for the insert.</summary>
    public long Revision { get; init; }

    /// <summary>
    /// When somebody has to look at it: for one that is being run, when it began (so that it is due if its owner dies); for a waiting
    /// one, its next due time; null when only a message can move it, and when it has ended.
    /// </summary>
    public DateTimeOffset? WakeAt { get; init; }

    /// <summary>Set while journal and code disagree: nobody may claim it.</summary>
    public bool Held { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ended; null until then.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The parent's uid, if any.</summary>
    public Guid? ParentUid { get; init; }

    /// <summary>Labels as a JSON object of strings, for selection; none when there are no labels.</summary>
    public JsonPayload Labels { get; init; }

    /// <summary>What shall run (JSON, the engine's own form).</summary>
    public required JsonPayload Spec { get; init; }

    /// <summary>What became of it (JSON, the engine's own form).</summary>
    public required JsonPayload Status { get; init; }

    /// <summary>The sequence number of the last journal record; 0 when there is none.</summary>
    public long JournalSequence { get; init; }

    /// <summary>Set by the store; ignored when writing.</summary>
    public long ResourceVersion { get; init; }
}

/// <summary>A silo's id: one process from its start to its end.</summary>
public readonly record struct SiloId(Guid Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>A part of a journal: what one commit added to it.</summary>
/// <param name="Uid">The execution.</param>
/// <param name="Sequence">From 1, growing by one per record.</param>
/// <param name="Data">One or more entries; opaque to stores.</param>
public readonly record struct JournalRecord(Guid Uid, long Sequence, ReadOnlyMemory<byte> Data);

/// <summary>Something that an execution is told.</summary>
/// <param name="Target">The execution it is for.</param>
/// <param name="TargetUid">Its uid. A message for another uid than the stored one is dead.</param>
/// <param name="Id">Unique; made by the sender (version 7). Messages of one target are read in the order of their ids.</param>
/// <param name="SentAt">When.</param>
/// <param name="Body">Opaque to stores.</param>
public readonly record struct Message(ExecutionKey Target, Guid TargetUid, Guid Id, DateTimeOffset SentAt, ReadOnlyMemory<byte> Body);

/// <summary>Names a stored message.</summary>
public readonly record struct MessageReference(ExecutionKey Target, Guid Id);

/// <summary>An execution that will be due.</summary>
public readonly record struct WakeUp(ExecutionKey Key, DateTimeOffset At);

/// <summary>An execution with all that its new owner needs to run it.</summary>
/// <param name="Row">The row after the claim.</param>
/// <param name="Journal">The whole journal in order.</param>
/// <param name="Messages">Its unconsumed messages, by id.</param>
public sealed record ClaimedExecution(ExecutionRow Row, IReadOnlyList<JournalRecord> Journal, IReadOnlyList<Message> Messages);

/// <summary>Rows that changed.</summary>
/// <param name="Rows">In the order of their versions.</param>
/// <param name="Version">Where to read on.</param>
public sealed record ChangePage(IReadOnlyList<ExecutionRow> Rows, long Version);

/// <summary>Which rows to list.</summary>
public sealed record RowQuery
{
    /// <summary>Null: all namespaces.</summary>
    public string? Namespace { get; init; }

    /// <summary>Only rows after this address.</summary>
    public ExecutionKey? After { get; init; }

    /// <summary>At most so many: 1 to 10,000.</summary>
    public required int Limit { get; init; }

    /// <summary>Only this phase.</summary>
    public ExecutionPhase? Phase { get; init; }

    /// <summary>Only this function.</summary>
    public string? Function { get; init; }

    /// <summary>Only rows that carry all these labels.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
}
