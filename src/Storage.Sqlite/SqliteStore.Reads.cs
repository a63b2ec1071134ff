using Kontinue.Engine.Storage;

namespace Kontinue.Storage.Sqlite;

public sealed partial class SqliteStore
{
    // All reads of one answer see the same state.
    private const string BeginRead = "BEGIN";

    /// <inheritdoc/>
    public Task<ExecutionRow?> ReadAsync(ExecutionKey key, CancellationToken cancellationToken) => _readers.ReadAsync(
        database => database.Prepare(Sql.ReadRow).BindKey(1, key).Query(RowReader.ReadRow) is [var row] ? row : null, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExecutionRow>> ListAsync(RowQuery query, CancellationToken cancellationToken)
    {
        StoreArguments.CheckQuery(query);
        return StoreArguments.NameAfter(query) is not { } name
            ? Task.FromResult<IReadOnlyList<ExecutionRow>>([])
            : _readers.ReadAsync<IReadOnlyList<ExecutionRow>>(
                database => PrepareList(database, query)
                    .Bind(1, query.Namespace ?? query.After?.Namespace ?? "")
                    .Bind(2, name)
                    .Bind(3, query.Limit)
                    .Query(RowReader.ReadRow),
                cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<JournalRecord>> ReadJournalAsync(Guid uid, long after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return _readers.ReadAsync<IReadOnlyList<JournalRecord>>(
            database => database.Prepare(Sql.ReadJournal).Bind(1, uid).Bind(2, after).Bind(3, limit)
                .Query(row => new JournalRecord(uid, row.Integer(0), row.Bytes(1))),
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<long> ReadVersionAsync(CancellationToken cancellationToken) => _readers.ReadAsync(ReadVersion, cancellationToken);

    /// <inheritdoc/>
    public Task<ChangePage> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return _readers.ReadAsync(database => database.Transact(BeginRead, db => ReadChanges(db, after, limit)), cancellationToken);
    }

    private static ChangePage ReadChanges(Database database, long after, int limit)
    {
        if (after > 0 && after < database.Prepare(Sql.ReadPrunedVersion).Query(static row => row.Integer(0))[0])
        {
            return new ChangePage([], after, IsExpired: true);
        }

        List<RowChange> changes = database.Prepare(Sql.ReadChanges).Bind(1, after).Bind(2, limit).Query(RowReader.ReadChange);
        return new ChangePage(
            changes, changes.Count >= limit ? changes[^1].Row.ResourceVersion : Math.Max(after, ReadVersion(database)));
    }

    /// <summary>SQLite plans a statement before it knows its parameters, so each filter has a statement of its own.</summary>
    private static Statement PrepareList(Database database, RowQuery query)
    {
        bool all = query.Namespace is null;
        return query switch
        {
            { Phase: { } phase } => database.Prepare(all ? Sql.ListPhaseRows : Sql.ListPhaseRowsOfNamespace).Bind(4, (long)phase),
            { Function: { } function } => database.Prepare(all ? Sql.ListFunctionRows : Sql.ListFunctionRowsOfNamespace).Bind(4, function),
            { ParentUid: { } parent } => database.Prepare(all ? Sql.ListChildRows : Sql.ListChildRowsOfNamespace).Bind(4, parent),
            _ => database.Prepare(all ? Sql.ListRows : Sql.ListRowsOfNamespace),
        };
    }

    private static long ReadVersion(Database database) => database.Prepare(Sql.ReadVersion).Query(static row => row.Integer(0))[0];
}
