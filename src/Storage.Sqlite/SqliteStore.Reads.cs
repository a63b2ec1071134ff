using System.Text.Json;
using Kontinue.Engine.Storage;

namespace Kontinue.Storage.Sqlite;

public sealed partial class SqliteStore
{
    /// <inheritdoc/>
    public Task<ExecutionRow?> ReadAsync(ExecutionKey key, CancellationToken cancellationToken) => _readers.ReadAsync(
        database => database.Prepare(Sql.ReadRow).BindKey(1, key).Query(RowReader.ReadRow) is [var row] ? row : null, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExecutionRow>> ListAsync(RowQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        StoreArguments.CheckLimit(query.Limit);
        string labels = query.Labels is { Count: > 0 } ? JsonSerializer.Serialize(query.Labels) : "{}";
        return _readers.ReadAsync<IReadOnlyList<ExecutionRow>>(
            database =>
            {
                Statement list = query.Namespace is { } ns
                    ? database.Prepare(Sql.ListNamespaceRows).Bind(1, ns)
                    : database.Prepare(Sql.ListRows);
                list.Bind(2, query.After?.Namespace).Bind(3, query.After?.Name).Bind(5, query.Function).Bind(6, labels).Bind(7, query.Limit);
                return (query.Phase is { } phase ? list.Bind(4, (long)phase) : list.BindNull(4)).Query(RowReader.ReadRow);
            },
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
        return _readers.ReadAsync(
            database =>
            {
                // Read before the rows, so the rows hold all that it promises.
                long version = ReadVersion(database);
                List<ExecutionRow> rows = database.Prepare(Sql.ReadChanges).Bind(1, after).Bind(2, limit).Query(RowReader.ReadRow);
                long last = rows.Count == 0 ? after : rows[^1].ResourceVersion;
                return new ChangePage([.. rows.Select(r => new RowChange(r, false))], rows.Count >= limit ? last : Math.Max(last, version));
            },
            cancellationToken);
    }

    private static long ReadVersion(Database database) => database.Prepare(Sql.ReadVersion).Query(static row => row.Integer(0))[0];

    /// <inheritdoc/>
    public Task<ExecutionRow?> UpdateSettingsAsync(SettingsWrite write, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExecutionRow>> FindDeletableAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<int> DeleteAsync(IReadOnlyList<RowDeletion> rows, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<int> PruneDeletionsAsync(TimeSpan age, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();
}
