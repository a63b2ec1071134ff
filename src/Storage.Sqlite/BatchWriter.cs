using System.Text.Json;
using Kontinue.Engine.Storage;

namespace Kontinue.Storage.Sqlite;

/// <summary>Writes the units of one transaction, one after the other: each sees what those before it have done.</summary>
internal sealed class BatchWriter
{
    private readonly Database _database;
    private readonly Func<ExecutionKey, RowState?> _readState;
    private readonly long _version;

    public BatchWriter(Database database)
    {
        _database = database;
        _readState = key => ReadTarget(key)?.State;
        _version = database.NextVersion();
    }

    /// <summary>Judges a unit and writes it if it may be written; nothing of it is written before all of it is judged.</summary>
    public CommitOutcome Write(CommitUnit unit)
    {
        if (unit.RequireTarget)
        {
            return WriteToTarget(unit.Messages[0]);
        }

        // The commonest unit is one new row: trying to insert it is judgement enough.
        if (unit.Rows is [{ IsInsert: true } single] && Insert(single.Row))
        {
            WriteRest(unit, [RowDecision.Write]);
            return CommitOutcome.Applied;
        }

        RowDecision[] decisions = CommitRules.JudgeRows(unit, _readState);
        (CommitOutcome outcome, bool mustWrite) = CommitRules.Judge(unit, decisions);
        if (mustWrite)
        {
            WriteRows(unit, decisions);
            WriteRest(unit, decisions);
        }

        return outcome;
    }

    private CommitOutcome WriteToTarget(in Message message)
    {
        bool isStored = _database.Prepare(Sql.FindMessage).BindKey(1, message.Target).Bind(3, message.Id).Query(static _ => true).Count > 0;
        (RowState State, ExecutionPhase Phase)? target = ReadTarget(message.Target);
        CommitOutcome outcome = CommitRules.Judge(message, isStored, target?.State.Uid, target?.Phase ?? default);
        if (outcome == CommitOutcome.Applied && !isStored)
        {
            Insert(message with { TargetUid = target!.Value.State.Uid });
        }

        return outcome;
    }

    private void WriteRows(CommitUnit unit, RowDecision[] decisions)
    {
        for (int i = 0; i < decisions.Length; i++)
        {
            RowWrite write = unit.Rows[i];
            if (decisions[i] == RowDecision.Taken)
            {
                Insert(write.OnConflict!.Value);
            }
            else if (decisions[i] == RowDecision.Write && write.IsInsert)
            {
                Insert(write.Row);
            }
            else if (decisions[i] == RowDecision.Write)
            {
                Update(write);
            }
        }
    }

    private void WriteRest(CommitUnit unit, ReadOnlySpan<RowDecision> decisions)
    {
        for (int i = 0; i < decisions.Length; i++)
        {
            if (unit.Rows[i].TruncatesJournal && decisions[i] == RowDecision.Write)
            {
                _database.Prepare(Sql.TruncateJournal).Bind(1, unit.Rows[i].Row.Uid).Execute();
            }
        }

        foreach (JournalRecord record in unit.Journal)
        {
            if (IsWritten(unit, decisions, record.Uid))
            {
                _database.Prepare(Sql.InsertJournal).Bind(1, record.Uid).Bind(2, record.Sequence).Bind(3, record.Data.Span).Execute();
            }
        }

        foreach (MessageReference consumed in unit.Consumed)
        {
            _database.Prepare(Sql.DeleteMessage).BindKey(1, consumed.Target).Bind(3, consumed.Id).Execute();
        }

        foreach (Message message in unit.Messages)
        {
            Insert(message);
        }
    }

    private bool Insert(ExecutionRow row) => _database.Prepare(Sql.InsertRow)
        .BindKey(1, row.Key)
        .Bind(3, row.Uid)
        .Bind(4, row.Function)
        .Bind(5, (long)row.Phase)
        .Bind(6, row.Held ? 1 : 0)
        .Bind(7, row.Owner?.Value)
        .Bind(8, row.Epoch)
        .Bind(9, row.Revision)
        .Bind(10, row.JournalSequence)
        .BindTime(11, row.WakeAt)
        .BindTime(12, row.CreatedAt)
        .BindTime(13, row.FinishedAt)
        .Bind(14, row.ParentUid)
        .BindText(15, row.Labels.Utf8.Span)
        .Bind(16, row.Spec.Utf8.Span)
        .Bind(17, row.Status.Utf8.Span)
        .Bind(18, _version)
        .BindOptional(19, row.Settings.Utf8.Span)
        .BindSpan(20, row.DeleteAfter)
        .Bind(21, row.WorkerGroup)
        .Bind(22, row.Semaphores.Count == 0 ? null : JsonSerializer.Serialize(row.Semaphores))
        .Bind(23, row.Phase.IsTerminal() || row.Semaphores.Count == 0 ? null : row.Semaphores[0])
        .BindSpan(24, row.ArchiveAfter)
        .Execute() > 0;

    private void Update(RowWrite write)
    {
        ExecutionRow row = write.Row;
        Statement update = _database.Prepare(Sql.UpdateRow)
            .BindKey(1, row.Key)
            .Bind(3, (long)row.Phase)
            .Bind(4, row.Held ? 1 : 0)
            .Bind(5, row.Revision)
            .Bind(6, row.JournalSequence)
            .BindTime(7, row.WakeAt)
            .BindTime(8, row.FinishedAt)
            .Bind(9, write.ReleasesOwner ? 1 : 0)
            .Bind(11, row.Status.Utf8.Span)
            .Bind(12, _version);
        (write.WritesSpec ? update.Bind(10, row.Spec.Utf8.Span) : update.BindNull(10)).Execute();
        if (row.Phase.IsTerminal())
        {
            foreach (string semaphore in row.Semaphores)
            {
                _database.Prepare(Sql.DeletePermit).Bind(1, semaphore).Bind(2, row.Uid).Execute();
            }
        }
    }

    private void Insert(in Message message) => _database.Prepare(Sql.InsertMessage)
        .BindKey(1, message.Target)
        .Bind(3, message.Id)
        .Bind(4, message.TargetUid)
        .BindTime(5, message.SentAt)
        .Bind(6, message.Body.Span)
        .Execute();

    private (RowState State, ExecutionPhase Phase)? ReadTarget(ExecutionKey key)
    {
        List<(RowState, ExecutionPhase)> rows = _database.Prepare(Sql.ReadState).BindKey(1, key).Query(static row =>
            (new RowState(row.Uuid(0), row.Integer(1), row.Integer(2)), (ExecutionPhase)row.Integer(3)));
        return rows.Count == 0 ? null : rows[0];
    }

    private static bool IsWritten(CommitUnit unit, ReadOnlySpan<RowDecision> decisions, Guid uid)
    {
        for (int i = 0; i < decisions.Length; i++)
        {
            if (unit.Rows[i].Row.Uid == uid)
            {
                return decisions[i] == RowDecision.Write;
            }
        }

        return true;
    }
}
