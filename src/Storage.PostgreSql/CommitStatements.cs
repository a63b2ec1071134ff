using Kontinue.Engine.Storage;

namespace Kontinue.Storage.PostgreSql;

/// <summary>All that a commit may have to run.</summary>
internal sealed class CommitStatements
{
    private readonly UpdateRows _updates = new();
    private readonly DeletePermits _permits = new();
    private readonly GuardRows _guards = new();
    private readonly InsertRows _inserts = new();
    private readonly TruncateJournals _truncations = new();
    private readonly InsertJournal _journal = new();
    private readonly DeleteMessages _consumed = new();
    private readonly InsertMessages _messages = new();
    private readonly SetStatement[] _all;

    public CommitStatements() =>
        _all = [_updates, _guards, _permits, _inserts, _truncations, _journal, _consumed, _messages, Targeted];

    public InsertTargetedMessages Targeted { get; } = new();

    /// <summary>Those that have something to do, in the order in which they must run.</summary>
    public IEnumerable<SetStatement> Filled => _all.Where(statement => statement.Count > 0);

    public void Clear()
    {
        foreach (SetStatement statement in _all)
        {
            statement.Clear();
        }
    }

    /// <summary>Adds a batch in the hope that nothing is in its way.</summary>
    public void Add(IReadOnlyList<CommitUnit> batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            Add(batch[i], i, decisions: []);
        }
    }

    /// <summary>Adds a unit of which it is known what is in its way. No decisions: nothing is.</summary>
    public void Add(CommitUnit unit, int position, ReadOnlySpan<RowDecision> decisions)
    {
        if (unit.RequireTarget)
        {
            Targeted.Add(unit.Messages[0]);
            Targeted.Units.Add(position);
            return;
        }

        for (int i = 0; i < unit.Rows.Count; i++)
        {
            Add(unit.Rows[i], decisions.IsEmpty ? RowDecision.Write : decisions[i]);
        }

        int row = 0;
        foreach (JournalRecord record in unit.Journal)
        {
            row = Find(unit, record.Uid, Math.Max(row, 0));
            if (row < 0 || decisions.IsEmpty || decisions[row] == RowDecision.Write)
            {
                _journal.Add(record, row >= 0 && (unit.Rows[row].IsInsert || unit.Rows[row].TruncatesJournal));
            }
        }

        foreach (MessageReference consumed in unit.Consumed)
        {
            _consumed.Add(consumed);
        }

        foreach (Message message in unit.Messages)
        {
            _messages.Add(message);
        }
    }

    private void Add(RowWrite write, RowDecision decision)
    {
        if (decision == RowDecision.Taken)
        {
            _messages.Add(write.OnConflict!.Value);
        }

        if (decision != RowDecision.Write)
        {
            return;
        }

        if (write.IsInsert)
        {
            _inserts.Add(write.Row);
        }
        else if (write.IsGuard)
        {
            _guards.Add(write.Row);
        }
        else
        {
            _updates.Add(write);
            if (write.Row.Phase.IsTerminal())
            {
                _permits.Add(write.Row);
            }
        }

        if (write.TruncatesJournal)
        {
            _truncations.Add(write.Row.Uid);
        }
    }

    /// <summary>Finds a record's row. Records come in the order of the rows, so the search begins where the last one ended.</summary>
    private static int Find(CommitUnit unit, Guid uid, int from)
    {
        for (int i = 0; i < unit.Rows.Count; i++)
        {
            int position = (from + i) % unit.Rows.Count;
            if (unit.Rows[position].Row.Uid == uid)
            {
                return position;
            }
        }

        return -1;
    }
}
