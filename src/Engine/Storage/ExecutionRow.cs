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

    /// <summary>Grows by one with each write of the row by its owner; 1 for the insert.</summary>
    public long Revision { get; init; }

    /// <summary>
    /// When somebody has to look at it: for one that is being run, when it began (so that it is due if its owner dies); for a waiting
    /// one, its next due time; for a new one, its rank in the queue: the time of its creation, moved by its priority; null when only a
    /// message can move it, and when it has ended.
    /// </summary>
    public DateTimeOffset? WakeAt { get; init; }

    /// <summary>Only silos of this group may claim it; null: all may that have its function.</summary>
    public string? WorkerGroup { get; init; }

    /// <summary>
    /// What it holds a permit of from the claim that lets it in until its end, ordinal order, none twice; never changed. Empty: nothing. A child or a
    /// root that names any is inserted without an owner, and waits for the first of them.
    /// </summary>
    public IReadOnlyList<string> Semaphores { get; init; } = [];

    /// <summary>
    /// The one of its <see cref="Semaphores"/> that it waits for, and last found without a permit; null when it has been let in, has ended, or
    /// has no semaphores. Set by the store: by a claim, and by an update that sets an ended row going again, after which it must be let in anew.
    /// Ignored when writing.
    /// </summary>
    public string? AwaitedSemaphore { get; init; }

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

    /// <summary>What people may change of it later, save labels (JSON, the engine's own form); none when there is nothing.</summary>
    public JsonPayload Settings { get; init; }

    /// <summary>Grows by one with each <see cref="IExecutionStore.UpdateSettingsAsync"/>; 1 for the insert.</summary>
    public long Generation { get; init; } = 1;

    /// <summary>How long after its end it is to be deleted; null: never.</summary>
    public TimeSpan? DeleteAfter { get; init; }

    /// <summary>How long after its end it is to be archived; null: never.</summary>
    public TimeSpan? ArchiveAfter { get; init; }

    /// <summary>
    /// When it is to be archived; null: never. Set by the store as <see cref="DeleteAt"/> is, from <see cref="ArchiveAfter"/>; of roots only.
    /// </summary>
    public DateTimeOffset? ArchiveAt { get; init; }

    /// <summary>
    /// When it is to be deleted; null: never. Set by the store: when somebody asks for it, and when the execution ends, from
    /// <see cref="DeleteAfter"/> as it is stored then. Ignored when the owner writes; cleared when an ended execution goes on.
    /// </summary>
    public DateTimeOffset? DeleteAt { get; init; }

    /// <summary>What shall run (JSON, the engine's own form).</summary>
    public required JsonPayload Spec { get; init; }

    /// <summary>What became of it (JSON, the engine's own form).</summary>
    public required JsonPayload Status { get; init; }

    /// <summary>How much it brings along: bytes of spec, status, settings and labels.</summary>
    public long PayloadBytes => (long)Spec.Length + Status.Length + Settings.Length + Labels.Length;

    /// <summary>
    /// The sequence number of the last journal record when the row was written; 0 when there was none. The journal of an execution that has
    /// not ended may have more (<see cref="RowWrite.IsGuard"/>).
    /// </summary>
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
/// <param name="Id">Unique; made by the sender (version 7).</param>
/// <param name="SentAt">When.</param>
/// <param name="Body">Opaque to stores.</param>
public readonly record struct Message(ExecutionKey Target, Guid TargetUid, Guid Id, DateTimeOffset SentAt, ReadOnlyMemory<byte> Body);

/// <summary>Names a stored message.</summary>
public readonly record struct MessageReference(ExecutionKey Target, Guid Id);

/// <summary>An execution that waits to be let in.</summary>
/// <param name="Key">Its address.</param>
/// <param name="Function">Its function.</param>
/// <param name="Awaited">The semaphore under which it was found.</param>
/// <param name="Held">How many permits of that are held.</param>
/// <param name="Semaphores">All that it needs a permit of.</param>
public sealed record WaitingExecution(ExecutionKey Key, string Function, string Awaited, int Held, IReadOnlyList<string> Semaphores);

/// <summary>An execution that will be due.</summary>
public readonly record struct WakeUp(ExecutionKey Key, DateTimeOffset At);

/// <summary>An execution with all that its new owner needs to run it.</summary>
/// <param name="Row">The row after the claim.</param>
/// <param name="Journal">The whole journal in order.</param>
/// <param name="Messages">Its unconsumed messages, in the order in which they were stored.</param>
public sealed record ClaimedExecution(ExecutionRow Row, IReadOnlyList<JournalRecord> Journal, IReadOnlyList<Message> Messages);

/// <summary>What somebody changes of a row.</summary>
/// <param name="Key">Its address.</param>
/// <param name="Uid">Its uid.</param>
/// <param name="Generation">The generation that the change was made from.</param>
/// <param name="Labels">The labels as they shall be.</param>
/// <param name="Settings">The settings as they shall be.</param>
/// <param name="DeleteAfter">
/// How long after its end it is to be deleted. For an execution that has ended, its <see cref="ExecutionRow.DeleteAt"/> follows.
/// </param>
/// <param name="ArchiveAfter">How long after its end it is to be archived; its <see cref="ExecutionRow.ArchiveAt"/> follows in the same way.</param>
/// <param name="DeleteAt">When it is to be deleted, whatever <paramref name="DeleteAfter"/> says; null: that is not asked for.</param>
public sealed record SettingsWrite(
    ExecutionKey Key, Guid Uid, long Generation, JsonPayload Labels, JsonPayload Settings, TimeSpan? DeleteAfter, TimeSpan? ArchiveAfter,
    DateTimeOffset? DeleteAt);

/// <summary>Names a row to delete.</summary>
/// <param name="Key">Its address.</param>
/// <param name="Uid">Its uid.</param>
/// <param name="Force">Whether it is deleted though it has not ended.</param>
/// <param name="MaxVersion">Its <see cref="ExecutionRow.ResourceVersion"/> at most: who has changed since stays. Null: whatever it is.</param>
public readonly record struct RowDeletion(ExecutionKey Key, Guid Uid, bool Force, long? MaxVersion = null);

/// <summary>A row that changed.</summary>
/// <param name="Row">The row; of a deleted one, without settings, spec and status, and with the version of its deletion.</param>
/// <param name="IsDeleted">Whether it is gone.</param>
public readonly record struct RowChange(ExecutionRow Row, bool IsDeleted);

/// <summary>Rows that changed.</summary>
/// <param name="Changes">In the order of their versions.</param>
/// <param name="Version">Where to read on.</param>
/// <param name="IsExpired">Set when deletions after the version asked for may have been forgotten; then nothing else is told.</param>
public sealed record ChangePage(IReadOnlyList<RowChange> Changes, long Version, bool IsExpired = false);

/// <summary>Which rows to list.</summary>
/// <remarks>
/// At most one of <see cref="Phase"/>, <see cref="Function"/>, <see cref="ParentUid"/> and <see cref="Labels"/> may be set: each is an index,
/// and a page is read from one.
/// </remarks>
public sealed record RowQuery
{
    /// <summary>Null: all namespaces.</summary>
    public string? Namespace { get; init; }

    /// <summary>Only rows after this address.</summary>
    public ExecutionKey? After { get; init; }

    /// <summary>At most so many: 1 to 10,000.</summary>
    public required int Limit { get; init; }

    /// <summary>Only this phase, which is not Completed: most are.</summary>
    public ExecutionPhase? Phase { get; init; }

    /// <summary>Only this function.</summary>
    public string? Function { get; init; }

    /// <summary>Only children of this execution.</summary>
    public Guid? ParentUid { get; init; }

    /// <summary>
    /// Only rows that carry all these labels, if the store has an index for it. One that has none returns other rows too: the caller
    /// looks at the labels itself.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
}
