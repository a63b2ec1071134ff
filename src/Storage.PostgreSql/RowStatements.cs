using Kontinue.Engine.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Kontinue.Storage.PostgreSql;

/// <summary>Inserts rows.</summary>
internal sealed class InsertRows : SetStatement
{
    private readonly List<string> _namespaces;
    private readonly List<string> _names;
    private readonly List<Guid> _uids;
    private readonly List<string> _functions;
    private readonly List<short> _phases;
    private readonly List<bool> _held;
    private readonly List<Guid?> _owners;
    private readonly List<long> _epochs;
    private readonly List<long> _revisions;
    private readonly List<long> _journalSequences;
    private readonly List<DateTime?> _wakeAt;
    private readonly List<DateTime> _createdAt;
    private readonly List<DateTime?> _finishedAt;
    private readonly List<Guid?> _parents;
    private readonly List<string?> _labels;
    private readonly List<ReadOnlyMemory<byte>> _specs;
    private readonly List<ReadOnlyMemory<byte>> _statuses;
    private readonly List<ReadOnlyMemory<byte>> _settings;
    private readonly List<long?> _deleteAfter;
    private readonly List<string?> _workerGroups;
    private readonly List<string?> _semaphores;
    private readonly List<long?> _archiveAfter;

    public InsertRows()
        : base(Sql.InsertRows, Sql.InsertRow)
    {
        // In the order of the statement's parameters.
        _namespaces = Text();
        _names = Text();
        _uids = Uuid();
        _functions = Text();
        _phases = Column<short>(NpgsqlDbType.Smallint);
        _held = Boolean();
        _owners = Column<Guid?>(NpgsqlDbType.Uuid);
        _epochs = Bigint();
        _revisions = Bigint();
        _journalSequences = Bigint();
        _wakeAt = OptionalTime();
        _createdAt = Column<DateTime>(NpgsqlDbType.TimestampTz);
        _finishedAt = OptionalTime();
        _parents = Column<Guid?>(NpgsqlDbType.Uuid);
        _labels = Column<string?>(NpgsqlDbType.Text);
        _specs = Bytes();
        _statuses = Bytes();
        _settings = Bytes();
        _deleteAfter = Column<long?>(NpgsqlDbType.Bigint);
        _workerGroups = Column<string?>(NpgsqlDbType.Text);
        _semaphores = Column<string?>(NpgsqlDbType.Text);
        _archiveAfter = Column<long?>(NpgsqlDbType.Bigint);
    }

    public void Add(ExecutionRow row)
    {
        _namespaces.Add(row.Key.Namespace);
        _names.Add(row.Key.Name);
        _uids.Add(row.Uid);
        _functions.Add(row.Function);
        _phases.Add((short)row.Phase);
        _held.Add(row.Held);
        _owners.Add(row.Owner?.Value);
        _epochs.Add(row.Epoch);
        _revisions.Add(row.Revision);
        _journalSequences.Add(row.JournalSequence);
        _wakeAt.Add(row.WakeAt is { } wakeAt ? RowReader.ToDatabase(wakeAt) : null);
        _createdAt.Add(RowReader.ToDatabase(row.CreatedAt));
        _finishedAt.Add(row.FinishedAt is { } finishedAt ? RowReader.ToDatabase(finishedAt) : null);
        _parents.Add(row.ParentUid);
        _labels.Add(row.Labels.IsNone ? null : row.Labels.ToString());
        _specs.Add(row.Spec.Utf8);
        _statuses.Add(row.Status.Utf8);
        _settings.Add(row.Settings.Utf8);
        _deleteAfter.Add(RowReader.ToMicroseconds(row.DeleteAfter));
        _workerGroups.Add(row.WorkerGroup);
        _semaphores.Add(row.Semaphores.Count == 0 ? null : ToArrayText(row.Semaphores));
        _archiveAfter.Add(RowReader.ToMicroseconds(row.ArchiveAfter));
    }

    /// <summary>
    /// As PostgreSQL writes an array: arrays of arrays must be of one length each.
    /// https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
    /// </summary>
    private static string ToArrayText(IReadOnlyList<string> values) => "{" + string.Join(',', values.Select(
        value => "\"" + value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"")) + "}";
}

/// <summary>Updates rows whose uid, epoch and revision are as expected, and fails the batch when one is not.</summary>
internal sealed class UpdateRows : SetStatement
{
    private readonly List<string> _namespaces;
    private readonly List<string> _names;
    private readonly List<Guid> _uids;
    private readonly List<short> _phases;
    private readonly List<bool> _held;
    private readonly List<long> _epochs;
    private readonly List<long> _revisions;
    private readonly List<long> _journalSequences;
    private readonly List<DateTime?> _wakeAt;
    private readonly List<DateTime?> _finishedAt;
    private readonly List<bool> _releases;
    private readonly List<NpgsqlParameter<long>> _expected = [];
    private readonly List<ReadOnlyMemory<byte>> _specs;
    private readonly List<ReadOnlyMemory<byte>> _statuses;

    public UpdateRows()
        : base(Sql.UpdateRows, Sql.UpdateRow)
    {
        _namespaces = Text();
        _names = Text();
        _uids = Uuid();
        _phases = Column<short>(NpgsqlDbType.Smallint);
        _held = Boolean();
        _epochs = Bigint();
        _revisions = Bigint();
        _journalSequences = Bigint();
        _wakeAt = OptionalTime();
        _finishedAt = OptionalTime();
        _releases = Boolean();
        _specs = Bytes();
        _statuses = Bytes();
        Add(() =>
        {
            var expected = new NpgsqlParameter<long> { NpgsqlDbType = NpgsqlDbType.Bigint };
            _expected.Add(expected);
            return expected;
        });
    }

    public void Add(RowWrite write)
    {
        ExecutionRow row = write.Row;
        _namespaces.Add(row.Key.Namespace);
        _names.Add(row.Key.Name);
        _uids.Add(row.Uid);
        _phases.Add((short)row.Phase);
        _held.Add(row.Held);
        _epochs.Add(row.Epoch);
        _revisions.Add(row.Revision);
        _journalSequences.Add(row.JournalSequence);
        _wakeAt.Add(row.WakeAt is { } wakeAt ? RowReader.ToDatabase(wakeAt) : null);
        _finishedAt.Add(row.FinishedAt is { } finishedAt ? RowReader.ToDatabase(finishedAt) : null);
        _releases.Add(write.ReleasesOwner);
        _specs.Add(write.WritesSpec ? row.Spec.Utf8 : default);
        _statuses.Add(row.Status.Utf8);
        _expected.ForEach(expected => expected.TypedValue = Count);
    }
}
