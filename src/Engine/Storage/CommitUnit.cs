namespace Kontinue.Engine.Storage;

/// <summary>Changes that belong together: applied whole or not at all.</summary>
public sealed class CommitUnit
{
    /// <summary>Rows to insert or update. The first one decides the outcome; the others are its children, inserted with it.</summary>
    public List<RowWrite> Rows { get; } = [];

    /// <summary>
    /// Journal records to add, for executions of <see cref="Rows"/>. Several of one execution that is not new come one after the other, in
    /// the order of their sequence numbers.
    /// </summary>
    public List<JournalRecord> Journal { get; } = [];

    /// <summary>Messages to store.</summary>
    public List<Message> Messages { get; } = [];

    /// <summary>Messages to delete. Missing ones do not matter.</summary>
    public List<MessageReference> Consumed { get; } = [];

    /// <summary>
    /// Set on a unit that consists of one message only: it is stored if its target exists with the uid given (any, when that is empty)
    /// and has not ended; else the outcome is <see cref="CommitOutcome.NotFound"/> or <see cref="CommitOutcome.Ended"/>. An empty uid
    /// is replaced by the target's. Other messages are stored without a look at their target.
    /// </summary>
    public bool RequireTarget { get; init; }

    /// <summary>About how many bytes the unit brings to the store.</summary>
    public int ApproximateBytes { get; set; }
}

/// <summary>A row to insert or to update.</summary>
public sealed class RowWrite
{
    /// <summary>
    /// The row as it shall be. Its revision is one more than the stored one, save that of a guard; its epoch is the stored one.
    /// </summary>
    public required ExecutionRow Row { get; set; }

    /// <summary>Whether the row is new. An update never changes key, uid, function, owner (but see
    /// below), epoch, creation, parent, worker group, semaphores, labels, settings, generation and the times of archiving and deletion.</summary>
    public required bool IsInsert { get; init; }

    /// <summary>
    /// Whether an update leaves the stored row as it is, its resource version too: it only proves that the writer owns it, so that a record
    /// can be added to its journal. Its unit has one record for it. Then <see cref="ExecutionRow.Revision"/> is the stored one,
    /// and <see cref="ExecutionRow.JournalSequence"/>, which is that of the record, is not stored.
    /// </summary>
    public bool IsGuard { get; set; }

    /// <summary>Whether an update also writes <see cref="ExecutionRow.Spec"/>.</summary>
    public bool WritesSpec { get; set; }

    /// <summary>Whether an update sets the owner to nobody.</summary>
    public bool ReleasesOwner { get; set; }

    /// <summary>Whether all journal records stored so far are deleted, before those of this unit are added.</summary>
    public bool TruncatesJournal { get; set; }

    /// <summary>
    /// For the insert of a child whose name is taken by another execution: this message is stored instead of the child, and the rest of
    /// the unit, save the child's own journal records, is applied. Null (a root): the unit is refused with <see cref="CommitOutcome.AlreadyExists"/>.
    /// </summary>
    public Message? OnConflict { get; init; }

    /// <summary>Set by the store when <see cref="OnConflict"/> was stored instead of the row; also when a batch is repeated.</summary>
    public bool IsRefused { get; set; }
}

/// <summary>What became of a unit.</summary>
public enum CommitOutcome
{
    /// <summary>It is durable.</summary>
    Applied = 0,

    /// <summary>Refused: the execution has another owner now, or is gone.</summary>
    Fenced = 1,

    /// <summary>Refused: the name is taken by another execution.</summary>
    AlreadyExists = 2,

    /// <summary>Refused: the message's target does not exist.</summary>
    NotFound = 3,

    /// <summary>Refused: the message's target has ended.</summary>
    Ended = 4,
}
