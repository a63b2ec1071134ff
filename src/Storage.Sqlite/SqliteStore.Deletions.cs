using Kontinue.Engine.Storage;

namespace Kontinue.Storage.Sqlite;

public sealed partial class SqliteStore
{
    /// <inheritdoc/>
    public Task<ExecutionRow?> UpdateSettingsAsync(SettingsWrite write, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(write);
        return _writer.TransactAsync(
            database =>
            {
                long version = database.NextVersion();
                List<ExecutionRow> rows = database.Prepare(Sql.UpdateSettings)
                    .BindKey(1, write.Key)
                    .Bind(3, write.Uid)
                    .BindText(4, write.Labels.Utf8.Span)
                    .BindOptional(5, write.Settings.Utf8.Span)
                    .BindSpan(6, write.DeleteAfter)
                    .BindTime(7, write.DeleteAt)
                    .Bind(8, version)
                    .Bind(9, write.Generation)
                    .BindSpan(10, write.ArchiveAfter)
                    .Query(RowReader.ReadRow);
                return rows is [var row] ? row : null;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExecutionRow>> FindDeletableAsync(DateTimeOffset now, DueRow? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return _readers.ReadAsync<IReadOnlyList<ExecutionRow>>(
            database => database.Prepare(Sql.FindDeletable)
                .BindTime(1, now)
                .Bind(2, limit)
                .BindTime(3, after?.At)
                .Bind(4, after?.Uid)
                .Query(RowReader.ReadRow),
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> DeleteAsync(IReadOnlyList<RowDeletion> rows, CancellationToken cancellationToken)
    {
        StoreArguments.CheckDeletions(rows);
        return rows.Count == 0
            ? Task.FromResult(0)
            : _writer.TransactAsync(
                database =>
                {
                    DateTimeOffset now = _time.GetUtcNow();
                    long version = database.NextVersion();
                    return rows.Count(row => Delete(database, row, version, now));
                },
                cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> PruneDeletionsAsync(TimeSpan age, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return _writer.TransactAsync(
            database =>
            {
                // The oldest by version; looking no further keeps this bounded when none of them is old enough.
                long until = StoreTime.ToMicroseconds(_time.GetUtcNow() - age);
                List<(long Version, Guid Uid)> old = [.. database.Prepare(Sql.FindDeletions).Bind(1, limit)
                    .Query(static row => (Version: row.Integer(0), Uid: row.Uuid(1), At: row.Integer(2)))
                    .TakeWhile(deletion => deletion.At <= until)
                    .Select(deletion => (deletion.Version, deletion.Uid))];
                if (old.Count > 0)
                {
                    database.Prepare(Sql.PruneDeletions).Bind(1, old[^1].Version).Bind(2, old[^1].Uid).Execute();
                    database.Prepare(Sql.RaisePrunedVersion).Bind(1, old[^1].Version).Execute();
                }

                return old.Count;
            },
            cancellationToken);
    }

    private static bool Delete(Database database, RowDeletion deletion, long version, DateTimeOffset now)
    {
        bool isMarked = database.Prepare(Sql.MarkDeletion)
            .BindKey(1, deletion.Key)
            .Bind(3, deletion.Uid)
            .Bind(4, deletion.Force ? 1 : 0)
            .Bind(5, version)
            .BindTime(6, now)
            .Bind(7, deletion.MaxVersion ?? long.MaxValue)
            .Execute() > 0;
        if (isMarked)
        {
            database.Prepare(Sql.DeletePermits).BindKey(1, deletion.Key).Bind(3, deletion.Uid).Execute();
            database.Prepare(Sql.DeleteRow).BindKey(1, deletion.Key).Execute();
            database.Prepare(Sql.TruncateJournal).Bind(1, deletion.Uid).Execute();
            database.Prepare(Sql.DeleteMessages).BindKey(1, deletion.Key).Bind(3, deletion.Uid).Execute();
        }

        return isMarked;
    }
}
