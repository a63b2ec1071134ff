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
