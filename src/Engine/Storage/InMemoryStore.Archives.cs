using System.Runtime.CompilerServices;

namespace Kontinue.Engine.Storage;

public sealed partial class InMemoryStore
{
    private readonly Dictionary<Guid, StoredArchive> _archives = [];

    /// <inheritdoc/>
    public Task<IReadOnlyList<DueRow>> FindArchivableAsync(DateTimeOffset now, DueRow? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        now = StoreTime.Truncate(now);
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<DueRow>>(
            [
                .. _rows.Values
                    .Where(row => row.ParentUid is null && row.ArchiveAt <= now && !(row.DeleteAt <= now))
                    .Select(row => new DueRow(row.ArchiveAt!.Value, row.Key, row.Uid))
                    .Where(due => after is not { } last || (due.At, due.Uid).CompareTo((last.At, last.Uid)) > 0)
                    .OrderBy(due => due.At).ThenBy(due => due.Uid)
                    .Take(limit),
            ]);
        }
    }

    /// <inheritdoc/>
    public async Task<bool> WriteArchiveAsync(
        ArchiveRow archive, IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, Func<ArchiveRow> complete, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(archive);
        ArgumentNullException.ThrowIfNull(pieces);
        ArgumentNullException.ThrowIfNull(complete);
        var stored = new List<ReadOnlyMemory<byte>>();
        await foreach (ReadOnlyMemory<byte> piece in pieces.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            StoreArguments.CheckPiece(piece);
            stored.Add(piece.ToArray());
        }

        ArchiveRow written = complete();
        lock (_gate)
        {
            if ((_archives.TryGetValue(archive.Uid, out StoredArchive? old) ? old.Row.ResourceVersion : 0) != archive.ResourceVersion)
            {
                return false;
            }

            _version++;
            _archives[archive.Uid] = new StoredArchive(Own(written) with { Bytes = stored.Sum(piece => (long)piece.Length), ResourceVersion = _version }, stored);
            return true;
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ArchiveRow>> FindArchivesAsync(ExecutionKey key, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<ArchiveRow>>(
            [
                .. _archives.Values.Select(archive => archive.Row).Where(row => row.Key == key)
                    .OrderByDescending(row => row.CreatedAt).ThenByDescending(row => row.Uid).Take(limit),
            ]);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ArchiveRow>> ListArchivesAsync(
        string? @namespace, (ExecutionKey Key, Guid Uid)? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<ArchiveRow>>(
            [
                .. _archives.Values.Select(archive => archive.Row)
                    .Where(row => @namespace is null || string.Equals(row.Key.Namespace, @namespace, StringComparison.Ordinal))
                    .Where(row => after is not { } last || Compare((row.Key, row.Uid), last) > 0)
                    .Order(Comparer<ArchiveRow>.Create((x, y) => Compare((x.Key, x.Uid), (y.Key, y.Uid))))
                    .Take(limit),
            ]);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadArchiveAsync(Guid uid, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        StoredArchive? first = null;
        for (int i = 0; ; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            StoredArchive? now;
            lock (_gate)
            {
                now = _archives.GetValueOrDefault(uid);
            }

            if (i > 0 && now != first)
            {
                throw new StoreException($"The archived execution {uid} was replaced or deleted while it was read.", isTransient: true);
            }

            first = now;
            if (now is null || i == now.Pieces.Count)
            {
                yield break;
            }

            yield return now.Pieces[i];
        }
    }

    /// <inheritdoc/>
    public Task<bool> IsArchiveWholeAsync(Guid uid, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_archives.ContainsKey(uid));
        }
    }

    /// <inheritdoc/>
    public Task<int> DeleteArchivesAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        now = StoreTime.Truncate(now);
        lock (_gate)
        {
            Guid[] due = [.. _archives.Values.Where(a => a.Row.DeleteAt <= now).OrderBy(a => a.Row.DeleteAt).Take(limit).Select(a => a.Row.Uid)];
            return Task.FromResult(due.Count(_archives.Remove));
        }
    }

    /// <inheritdoc/>
    public Task<bool> DeleteArchiveAsync(Guid uid, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_archives.Remove(uid));
        }
    }

    private static ArchiveRow Own(ArchiveRow row) => row with
    {
        Labels = new JsonPayload(row.Labels.Utf8.ToArray()),
        CreatedAt = StoreTime.Truncate(row.CreatedAt),
        FinishedAt = StoreTime.Truncate(row.FinishedAt),
        ArchivedAt = StoreTime.Truncate(row.ArchivedAt),
        DeleteAt = row.DeleteAt is { } at ? StoreTime.Truncate(at) : null,
    };

    private static int Compare((ExecutionKey Key, Guid Uid) x, (ExecutionKey Key, Guid Uid) y)
    {
        int byKey = KeyOrder.Instance.Compare(x.Key, y.Key);
        return byKey != 0 ? byKey : x.Uid.CompareTo(y.Uid);
    }

    private sealed record StoredArchive(ArchiveRow Row, List<ReadOnlyMemory<byte>> Pieces);
}
