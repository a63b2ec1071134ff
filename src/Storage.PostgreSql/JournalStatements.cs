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

    public InsertJournal()
        : base(Sql.InsertJournal)
    {
        _uids = Uuid();
        _sequences = Bigint();
        _data = Bytes();
    }

    public void Add(in JournalRecord record)
    {
        _uids.Add(record.Uid);
        _sequences.Add(record.Sequence);
        _data.Add(record.Data);
    }
}
