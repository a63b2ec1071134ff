using System.Runtime.InteropServices;

namespace Kontinue.Engine.Storage;

/// <summary>What a store needs to know of a stored row to judge a write.</summary>
/// <param name="Uid">Whose it is.</param>
/// <param name="Epoch">Grows with each claim.</param>
/// <param name="Revision">Grows with each write of the row.</param>
/// <param name="JournalSequence">The sequence number of its last stored journal record, not what the row says of it; 0: there is none.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct RowState(Guid Uid, long Epoch, long Revision, long JournalSequence);

/// <summary>What is to be done with one row of a unit.</summary>
public enum RowDecision
{
    /// <summary>Write it.</summary>
    Write = 0,

    /// <summary>An earlier call has written it.</summary>
    Present = 1,

    /// <summary>Its name belongs to another execution.</summary>
    Taken = 2,

    /// <summary>The writer is not the owner any more.</summary>
    Fenced = 3,
}

/// <summary>The rules of <see cref="IExecutionStore.CommitAsync"/> that do not depend on how rows are kept. Pure.</summary>
public static class CommitRules
{
    /// <summary>Judges one write against what is stored.</summary>
    /// <param name="write">The write.</param>
    /// <param name="record">The sequence number of the journal record that comes with it; 0: none does.</param>
    /// <param name="stored">What is stored; null: nothing.</param>
    public static RowDecision Judge(RowWrite write, long record, RowState? stored)
    {
        ExecutionRow row = write.Row;
        if (write.IsInsert)
        {
            return stored is not { } other ? RowDecision.Write : other.Uid == row.Uid ? RowDecision.Present : RowDecision.Taken;
        }

        if (stored is not { } current || current.Uid != row.Uid || current.Epoch != row.Epoch)
        {
            return RowDecision.Fenced;
        }

        bool isPresent = write.IsGuard
            ? current.Revision == row.Revision && current.JournalSequence >= record
            : current.Revision >= row.Revision;
        if (isPresent)
        {
            return RowDecision.Present;
        }

        // A stored revision that is too low, or a journal that is too short, means that the database has gone back in time under a running
        // silo, as after a restore: the silo's copy is worth nothing then. Nor is it when the journal is longer than the writer knew.
        bool isNext = current.Revision == (write.IsGuard ? row.Revision : row.Revision - 1);
        bool continues = record == 0 || write.TruncatesJournal || current.JournalSequence == record - 1;
        return isNext && continues ? RowDecision.Write : RowDecision.Fenced;
    }

    /// <summary>Judges all rows of a unit, each knowing of those before it: two children of one unit may want the same name.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="stored">Looks a row up.</param>
    public static RowDecision[] JudgeRows(CommitUnit unit, Func<ExecutionKey, RowState?> stored)
    {
        var decisions = new RowDecision[unit.Rows.Count];
        Dictionary<ExecutionKey, RowState>? written = decisions.Length > 1 ? new(decisions.Length) : null;
        for (int i = 0; i < decisions.Length; i++)
        {
            ExecutionRow row = unit.Rows[i].Row;
            RowState? state = written is not null && written.TryGetValue(row.Key, out RowState earlier) ? earlier : stored(row.Key);
            decisions[i] = Judge(unit.Rows[i], RecordOf(unit, row.Uid), state);
            if (decisions[i] == RowDecision.Write && written is not null)
            {
                written[row.Key] = new RowState(row.Uid, row.Epoch, row.Revision, row.JournalSequence);
            }
        }

        return decisions;
    }

    private static long RecordOf(CommitUnit unit, Guid uid)
    {
        foreach (JournalRecord record in unit.Journal)
        {
            if (record.Uid == uid)
            {
                return record.Sequence;
            }
        }

        return 0;
    }

    /// <summary>Judges a unit by its rows' decisions, which are in the order of its rows.</summary>
    /// <returns>The outcome, and whether the unit is still to be written: not when it was refused or is there already.</returns>
    public static (CommitOutcome Outcome, bool MustWrite) Judge(CommitUnit unit, ReadOnlySpan<RowDecision> rows)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            unit.Rows[i].IsRefused = rows[i] == RowDecision.Taken && unit.Rows[i].OnConflict is not null;
        }

        // Units are atomic, so what is true of the first row's earlier write is true of the whole unit's.
        if (!rows.IsEmpty && rows[0] == RowDecision.Present)
        {
            return (CommitOutcome.Applied, false);
        }

        for (int i = 0; i < rows.Length; i++)
        {
            if (rows[i] == RowDecision.Fenced)
            {
                return (CommitOutcome.Fenced, false);
            }

            if (rows[i] == RowDecision.Taken && unit.Rows[i].OnConflict is null)
            {
                return (CommitOutcome.AlreadyExists, false);
            }
        }

        return (CommitOutcome.Applied, true);
    }

    /// <summary>Judges a message that needs its target.</summary>
    /// <param name="message">The message.</param>
    /// <param name="isStored">Whether a message of this id is stored for the target already.</param>
    /// <param name="targetUid">The uid of the execution at the target's address; null when there is none.</param>
    /// <param name="targetPhase">Its phase.</param>
    public static CommitOutcome Judge(in Message message, bool isStored, Guid? targetUid, ExecutionPhase targetPhase)
    {
        if (isStored)
        {
            return CommitOutcome.Applied;
        }

        if (targetUid is not { } uid || (message.TargetUid != Guid.Empty && message.TargetUid != uid))
        {
            return CommitOutcome.NotFound;
        }

        return targetPhase.IsTerminal() ? CommitOutcome.Ended : CommitOutcome.Applied;
    }
}
