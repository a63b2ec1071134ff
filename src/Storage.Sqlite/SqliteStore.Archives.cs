using System.Runtime.CompilerServices;
using System.Text;
using Kontinue.Engine.Storage;

namespace Kontinue.Storage.Sqlite;

public sealed partial class SqliteStore
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<DueRow>> FindArchivableAsync(DateTimeOffset now, DueRow? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return _readers.ReadAsync<IReadOnlyList<DueRow>>(
            database => database.Prepare(Sql.FindArchivable)
                .BindTime(1, now)
                .Bind(2, after is { } last ? StoreTime.ToMicroseconds(last.At) : long.MinValue)
                .Bind(3, after?.Uid ?? Guid.Empty)
                .Bind(4, limit)
                .Query(static row => new DueRow(StoreTime.FromMicroseconds(row.Integer(0)), new ExecutionKey(row.Text(1), row.Text(2)), row.Uuid(3))),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<bool> WriteArchiveAsync(
        ArchiveRow archive, IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, Func<ArchiveRow> complete, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(archive);
        ArgumentNullException.ThrowIfNull(pieces);
        ArgumentNullException.ThrowIfNull(complete);
        var set = Guid.NewGuid();
        bool isStored = false;
        await _writer.TransactAsync(
            database => database.Prepare(Sql.BeginArchive).Bind(1, set).BindTime(2, _time.GetUtcNow()).Execute(), cancellationToken).ConfigureAwait(false);
        try
        {
            (int count, long bytes) = (0, 0);
            await foreach (ReadOnlyMemory<byte> piece in pieces.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                StoreArguments.CheckPiece(piece);
                await _writer.TransactAsync(
                    database => database.Prepare(Sql.InsertArchivePiece).Bind(1, set).Bind(2, count).Bind(3, piece.Span).Execute(),
                    cancellationToken).ConfigureAwait(false);
                count++;
                bytes += piece.Length;
            }

            ArchiveRow row = complete() with { Bytes = bytes };
            isStored = await _writer.TransactAsync(database => EndArchive(database, set, row, count), cancellationToken).ConfigureAwait(false);
            return isStored;
        }
        finally
        {
            if (!isStored)
            {
                await AbandonArchiveAsync(set).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ArchiveRow>> FindArchivesAsync(ExecutionKey key, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return _readers.ReadAsync<IReadOnlyList<ArchiveRow>>(
            database => database.Prepare(Sql.FindArchives).BindKey(1, key).Bind(3, limit).Query(ReadArchiveRow), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ArchiveRow>> ListArchivesAsync(
        string? @namespace, (ExecutionKey Key, Guid Uid)? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return _readers.ReadAsync<IReadOnlyList<ArchiveRow>>(
            database =>
            {
                Statement list = database.Prepare(@namespace is null ? Sql.ListArchives : Sql.ListArchivesOfNamespace)
                    .Bind(1, after?.Key.Namespace ?? "")
                    .Bind(2, after?.Key.Name ?? "")
                    .Bind(3, after?.Uid ?? Guid.Empty)
                    .Bind(4, limit);
                return (@namespace is null ? list : list.Bind(5, @namespace)).Query(ReadArchiveRow);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadArchiveAsync(Guid uid, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (Guid set, long pieces, _) = await _readers.ReadAsync(database => FindArchive(database, uid), cancellationToken).ConfigureAwait(false);
        for (int i = 0; i < pieces; i++)
        {
            List<byte[]> piece = await _readers.ReadAsync(
                database => database.Prepare(Sql.ReadArchivePiece).Bind(1, set).Bind(2, i).Query(static row => row.Bytes(0)),
                cancellationToken).ConfigureAwait(false);
            yield return piece.Count == 1
                ? piece[0]
                : throw new StoreException($"The archived execution {uid} was replaced or deleted while it was read.", isTransient: true);
        }
    }

    /// <inheritdoc/>
    public Task<bool> IsArchiveWholeAsync(Guid uid, CancellationToken cancellationToken) => _readers.ReadAsync(
        database => database.Prepare(Sql.CountWholeArchives).Bind(1, uid).Query(static row => row.Integer(0))[0] > 0, cancellationToken);

    /// <inheritdoc/>
    public Task<int> DeleteArchivesAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return _writer.TransactAsync(
            database =>
            {
                DateTimeOffset until = _time.GetUtcNow() - StoreArguments.ArchiveWriteLimit;
                foreach (Guid set in database.Prepare(Sql.FindOldArchiveWrites).BindTime(1, until).Bind(2, limit).Query(static row => row.Uuid(0)))
                {
                    Abandon(database, set);
                }

                List<(Guid Uid, Guid Set)> due = database.Prepare(Sql.FindOldArchives).BindTime(1, now).Bind(2, limit)
                    .Query(static row => (row.Uuid(0), row.Uuid(1)));
                due.ForEach(archive => Delete(database, archive.Uid, archive.Set));
                return due.Count;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> DeleteArchiveAsync(Guid uid, CancellationToken cancellationToken) => _writer.TransactAsync(
        database => FindArchive(database, uid) is { Version: > 0 } found && Delete(database, uid, found.Set), cancellationToken);

    private static bool EndArchive(Database database, Guid set, ArchiveRow row, int pieces)
    {
        if (database.Prepare(Sql.EndArchiveWrite).Bind(1, set).Execute() == 0)
        {
            throw new StoreException($"Archiving {row.Key} took longer than {StoreArguments.ArchiveWriteLimit}.", isTransient: true);
        }

        (Guid oldSet, _, long version) = FindArchive(database, row.Uid);
        if (version != row.ResourceVersion)
        {
            // Here and not by the caller: once the write is ended, nobody would find them.
            database.Prepare(Sql.DeleteArchivePieces).Bind(1, set).Execute();
            return false;
        }

        database.Prepare(Sql.EndArchive)
            .Bind(1, row.Uid)
            .Bind(2, set)
            .Bind(3, pieces)
            .Bind(4, row.Bytes)
            .Bind(5, row.Version)
            .Bind(6, database.NextVersion())
            .BindKey(7, row.Key)
            .Bind(9, row.Function)
            .Bind(10, (int)row.Phase)
            .BindText(11, row.Labels.Utf8.Span)
            .BindTime(12, row.CreatedAt)
            .BindTime(13, row.FinishedAt)
            .BindTime(14, row.ArchivedAt)
            .BindTime(15, row.DeleteAt)
            .Bind(16, row.Executions)
            .Execute();
        if (version != 0)
        {
            database.Prepare(Sql.DeleteArchivePieces).Bind(1, oldSet).Execute();
        }

        return true;
    }

    /// <summary>The version is 0 when there is none.</summary>
    private static (Guid Set, long Pieces, long Version) FindArchive(Database database, Guid uid) => database.Prepare(Sql.ReadArchive).Bind(1, uid)
        .Query(static row => (row.Uuid(0), row.Integer(1), row.Integer(2))).FirstOrDefault();

    private static bool Delete(Database database, Guid uid, Guid set)
    {
        database.Prepare(Sql.DeleteArchivePieces).Bind(1, set).Execute();
        return database.Prepare(Sql.DeleteArchive).Bind(1, uid).Execute() > 0;
    }

    /// <summary>Only what is still being written: of who lost the answer to its end, the pieces may be those of the archived tree by now.</summary>
    private static int Abandon(Database database, Guid set) => database.Prepare(Sql.EndArchiveWrite).Bind(1, set).Execute() > 0
        ? database.Prepare(Sql.DeleteArchivePieces).Bind(1, set).Execute()
        : 0;

    /// <summary>Deletes what was written, unless its end is stored. When that fails, it is deleted later.</summary>
    private async Task AbandonArchiveAsync(Guid set)
    {
        try
        {
            await _writer.TransactAsync(database => Abandon(database, set), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreException or ObjectDisposedException)
        {
            // What led here is thrown, and tells more.
        }
    }

    private static ArchiveRow ReadArchiveRow(Statement row) => new()
    {
        Key = RowReader.ReadKey(row),
        Uid = row.Uuid(2),
        Function = row.Text(3),
        Phase = (ExecutionPhase)row.Integer(4),
        Labels = row.IsNull(5) ? default : new JsonPayload(Encoding.UTF8.GetBytes(row.Text(5))),
        CreatedAt = StoreTime.FromMicroseconds(row.Integer(6)),
        FinishedAt = StoreTime.FromMicroseconds(row.Integer(7)),
        ArchivedAt = StoreTime.FromMicroseconds(row.Integer(8)),
        DeleteAt = row.OptionalInteger(9) is { } at ? StoreTime.FromMicroseconds(at) : null,
        Executions = (int)row.Integer(10),
        Version = row.Integer(11),
        Bytes = row.Integer(12),
        ResourceVersion = row.Integer(13),
    };
}
