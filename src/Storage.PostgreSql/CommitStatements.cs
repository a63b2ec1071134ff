using Kontinue.Engine.Storage;

namespace Kontinue.Storage.PostgreSql;

/// <summary>All that a commit may have to run.</summary>
internal sealed class CommitStatements
{
    private readonly UpdateRows _updates = new();
    private readonly DeletePermits _permits = new();
    private readonly InsertRows _inserts = new();
    private readonly TruncateJournals _truncations = new();
    private readonly InsertJournal _journal = new();
    private readonly DeleteMessages _consumed = new();
    private readonly InsertMessages _messages = new();
    private readonly SetStatement[] _all;

    public CommitStatements() => _all = [_updates, _permits, _inserts, _truncations, _journal, _consumed, _messages, Targeted];

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

    /// <summary>Adds a unit in the hope that nothing is in its way.</summary>
    public void Add(CommitUnit unit, int position) => Add(unit, position, decisions: []);

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

        foreach (JournalRecord record in unit.Journal)
        {
            if (decisions.IsEmpty || IsWritten(unit, decisions, record.Uid))
            {
                _journal.Add(record);
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
