using System.Runtime.CompilerServices;
using Kontinue.Engine.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Kontinue.Storage.PostgreSql;

public sealed partial class PostgreSqlStore
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<DueRow>> FindArchivableAsync(DateTimeOffset now, DueRow? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return QueryAsync(
            Sql.FindArchivable,
            p => p
                .AddTime(now)
                .AddValue(after is { } last ? RowReader.ToDatabase(last.At) : (DateTime?)null, NpgsqlDbType.TimestampTz)
                .AddValue(after?.Uid, NpgsqlDbType.Uuid)
                .AddValue(limit, NpgsqlDbType.Integer),
            static row => new DueRow(RowReader.ReadTime(row, 0), new ExecutionKey(row.GetString(1), row.GetString(2)), row.GetGuid(3)),
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
        await ExecuteAsync(Sql.BeginArchive, p => p.AddValue(set, NpgsqlDbType.Uuid), cancellationToken).ConfigureAwait(false);
        try
        {
            (int count, long bytes) = (0, 0);
            await foreach (ReadOnlyMemory<byte> piece in pieces.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                StoreArguments.CheckPiece(piece);
                await ExecuteAsync(
                    Sql.InsertArchivePiece,
                    p => p.AddValue(set, NpgsqlDbType.Uuid).AddValue(count, NpgsqlDbType.Integer).AddValue(piece, NpgsqlDbType.Bytea),
                    cancellationToken).ConfigureAwait(false);
                count++;
                bytes += piece.Length;
            }

            isStored = await EndArchiveAsync(set, complete() with { Bytes = bytes }, count, cancellationToken).ConfigureAwait(false);
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
        return QueryAsync(
            Sql.FindArchives,
            p => p.AddValue(key.Namespace, NpgsqlDbType.Text).AddValue(key.Name, NpgsqlDbType.Text).AddValue(limit, NpgsqlDbType.Integer),
            ReadArchiveRow,
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ArchiveRow>> ListArchivesAsync(
        string? @namespace, (ExecutionKey Key, Guid Uid)? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return QueryAsync(
            Sql.ListArchives,
            p => p
                .AddValue(@namespace, NpgsqlDbType.Text)
                .AddValue(after?.Key.Namespace, NpgsqlDbType.Text)
                .AddValue(after?.Key.Name, NpgsqlDbType.Text)
                .AddValue(after?.Uid, NpgsqlDbType.Uuid)
                .AddValue(limit, NpgsqlDbType.Integer),
            ReadArchiveRow,
            cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadArchiveAsync(Guid uid, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyList<(Guid Set, int Pieces)> found = await QueryAsync(
            Sql.ReadArchive, p => p.AddValue(uid, NpgsqlDbType.Uuid), static row => (row.GetGuid(0), row.GetInt32(1)), cancellationToken)
            .ConfigureAwait(false);
        for (int i = 0; found.Count > 0 && i < found[0].Pieces; i++)
        {
            IReadOnlyList<byte[]> piece = await QueryAsync(
                Sql.ReadArchivePiece,
                p => p.AddValue(found[0].Set, NpgsqlDbType.Uuid).AddValue(i, NpgsqlDbType.Integer),
                static row => row.GetFieldValue<byte[]>(0),
                cancellationToken).ConfigureAwait(false);
            yield return piece.Count == 1
                ? piece[0]
                : throw new StoreException($"The archived execution {uid} was replaced or deleted while it was read.", isTransient: true);
        }
    }

    /// <inheritdoc/>
    public async Task<bool> IsArchiveWholeAsync(Guid uid, CancellationToken cancellationToken) =>
        await CountAsync(Sql.CountWholeArchives, p => p.AddValue(uid, NpgsqlDbType.Uuid), cancellationToken).ConfigureAwait(false) > 0;

    /// <inheritdoc/>
    public Task<int> DeleteArchivesAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return CountAsync(
            Sql.DeleteArchives,
            p => p.AddTime(now).AddValue(limit, NpgsqlDbType.Integer).AddValue(StoreArguments.ArchiveWriteLimit, NpgsqlDbType.Interval),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteArchiveAsync(Guid uid, CancellationToken cancellationToken) =>
        await CountAsync(Sql.DeleteArchive, p => p.AddValue(uid, NpgsqlDbType.Uuid), cancellationToken).ConfigureAwait(false) > 0;

    private async Task<bool> EndArchiveAsync(Guid set, ArchiveRow row, int pieces, CancellationToken cancellationToken)
    {
        IReadOnlyList<(int Ended, int Stored)> answer = await QueryAsync(
            Sql.EndArchive,
            p => p
                .AddValue(row.Uid, NpgsqlDbType.Uuid)
                .AddValue(set, NpgsqlDbType.Uuid)
                .AddValue(row.Version, NpgsqlDbType.Bigint)
                .AddValue(row.Bytes, NpgsqlDbType.Bigint)
                .AddTime(row.CreatedAt)
                .AddTime(row.FinishedAt)
                .AddTime(row.ArchivedAt)
                .AddValue(row.DeleteAt is { } at ? RowReader.ToDatabase(at) : (DateTime?)null, NpgsqlDbType.TimestampTz)
                .AddValue(row.Executions, NpgsqlDbType.Integer)
                .AddValue(pieces, NpgsqlDbType.Integer)
                .AddValue((short)row.Phase, NpgsqlDbType.Smallint)
                .AddValue(row.Key.Namespace, NpgsqlDbType.Text)
                .AddValue(row.Key.Name, NpgsqlDbType.Text)
                .AddValue(row.Function, NpgsqlDbType.Text)
                .AddValue(row.Labels.IsNone ? null : row.Labels.ToString(), NpgsqlDbType.Jsonb)
                .AddValue(row.ResourceVersion, NpgsqlDbType.Bigint),
            static reader => (reader.GetInt32(0), reader.GetInt32(1)),
            cancellationToken).ConfigureAwait(false);
        return answer[0].Ended == 1
            ? answer[0].Stored == 1
            : throw new StoreException($"Archiving {row.Key} took longer than {StoreArguments.ArchiveWriteLimit}.", isTransient: true);
    }

    /// <summary>Deletes what was written, unless its end is stored. When that fails, it is deleted later.</summary>
    private async Task AbandonArchiveAsync(Guid set)
    {
        try
        {
            await ExecuteAsync(Sql.AbandonArchive, p => p.AddValue(set, NpgsqlDbType.Uuid), CancellationToken.None).ConfigureAwait(false);
        }
        catch (StoreException)
        {
            // What led here is thrown, and tells more.
        }
    }

    private async Task<int> CountAsync(string sql, Action<NpgsqlParameterCollection> bind, CancellationToken cancellationToken) =>
        (await QueryAsync(sql, bind, static reader => reader.GetInt32(0), cancellationToken).ConfigureAwait(false))[0];

    private static ArchiveRow ReadArchiveRow(NpgsqlDataReader reader) => new()
    {
        Key = new ExecutionKey(reader.GetString(0), reader.GetString(1)),
        Uid = reader.GetGuid(2),
        Function = reader.GetString(3),
        Phase = (ExecutionPhase)reader.GetInt16(4),
        Labels = reader.IsDBNull(5) ? default : new JsonPayload(reader.GetFieldValue<byte[]>(5)),
        CreatedAt = RowReader.ReadTime(reader, 6),
        FinishedAt = RowReader.ReadTime(reader, 7),
        ArchivedAt = RowReader.ReadTime(reader, 8),
        DeleteAt = reader.IsDBNull(9) ? null : RowReader.ReadTime(reader, 9),
        Executions = reader.GetInt32(10),
        Version = reader.GetInt64(11),
        Bytes = reader.GetInt64(12),
        ResourceVersion = reader.GetInt64(13),
    };
}
