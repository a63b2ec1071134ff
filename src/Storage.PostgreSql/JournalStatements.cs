using Kontinue.Engine.Storage;

namespace Kontinue.Storage.PostgreSql;

/// <summary>Empties journals.</summary>
internal sealed class TruncateJournals : SetStatement
{
    private readonly List<Guid> _uids;

    public TruncateJournals()
        : base(Sql.TruncateJournals) => _uids = Uuid();

    public void Add(Guid uid) => _uids.Add(uid);
}

/// <summary>Adds journal records.</summary>
internal sealed class InsertJournal : SetStatement
{
    private readonly List<Guid> _uids;
    private readonly List<long> _sequences;
    private readonly List<ReadOnlyMemory<byte>> _data;
    private readonly List<bool> _first;
    private readonly ExpectedCount _expected;

    public InsertJournal()
        : base(Sql.InsertJournal)
    {
        _uids = Uuid();
        _sequences = Bigint();
        _data = Bytes();
        _first = Boolean();
        _expected = Expected();
    }

    /// <param name="record">The record.</param>
    /// <param name="isFirst">Whether nothing stored comes before it: the row is new, or its journal is emptied.</param>
    public void Add(in JournalRecord record, bool isFirst)
    {
        // A statement does not see what it adds itself.
        bool follows = Count > 0 && _uids[^1] == record.Uid && _sequences[^1] == record.Sequence - 1;
        _first.Add(isFirst || follows || record.Sequence == 1);
        _uids.Add(record.Uid);
        _sequences.Add(record.Sequence);
        _data.Add(record.Data);
        _expected.Set(Count);
    }
}

/// <summary>Adds a record to the journal of a row that is as expected, and fails when it is not. For a commit of nothing else.</summary>
internal sealed class InsertGuardedRecord : SetStatement
{
    private readonly List<string> _namespaces;
    private readonly List<string> _names;
    private readonly List<Guid> _uids;
    private readonly List<long> _epochs;
    private readonly List<long> _revisions;
    private readonly List<long> _sequences;
    private readonly List<ReadOnlyMemory<byte>> _data;

    public InsertGuardedRecord()
        : base(Sql.InsertGuardedRecord)
    {
        _namespaces = Text();
        _names = Text();
        _uids = Uuid();
        _epochs = Bigint();
        _revisions = Bigint();
        _sequences = Bigint();
        _data = Bytes();
    }

    /// <summary>Adds the only unit of a commit, if it is of this form.</summary>
    public bool TryAdd(CommitUnit unit)
    {
        if (unit is not { Rows: [{ IsGuard: true } guard], Journal: [var record], Messages.Count: 0, Consumed.Count: 0 })
        {
            return false;
        }

        _namespaces.Add(guard.Row.Key.Namespace);
        _names.Add(guard.Row.Key.Name);
        _uids.Add(record.Uid);
        _epochs.Add(guard.Row.Epoch);
        _revisions.Add(guard.Row.Revision);
        _sequences.Add(record.Sequence);
        _data.Add(record.Data);
        return true;
    }
}
