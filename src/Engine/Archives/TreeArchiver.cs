using System.Runtime.CompilerServices;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Archives;

/// <summary>Moves one tree into the archive: writes it, then deletes its rows, children first and the root last.</summary>
/// <remarks>
/// Both moves may be repeated, by several silos at once too. Who finds the tree in the archive writes it only if something of it has
/// changed since, and puts what is left before it then: a part of the tree may be deleted already. And a tree is written only over what was
/// found before it was read (<see cref="IArchiveStore.WriteArchiveAsync"/>), so nobody who has read a half-deleted tree replaces the whole one.
/// What is in the archive counts only if all its pieces are there.
/// </remarks>
internal sealed class TreeArchiver(IExecutionStore store, TreeDeletion trees, Func<DateTimeOffset> now)
{
    /// <summary>Whoever has the name now is the youngest of those who had it, as far as clocks agree.</summary>
    private const int NearestOfName = 100;

    private readonly TreeReader _reader = new(store);

    /// <summary>Archives a tree that is due.</summary>
    /// <returns>What runs of it and has to end first; null: it is archived, or is not due any more, or somebody else is at it.</returns>
    public async Task<ExecutionRow?> ArchiveAsync(DueRow due, CancellationToken cancellationToken)
    {
        // Before the tree is read: what changes from here on has a later version.
        long version = await store.ReadVersionAsync(cancellationToken).ConfigureAwait(false);
        DateTimeOffset at = now();
        if (await store.ReadAsync(due.Key, cancellationToken).ConfigureAwait(false) is not { } root || root.Uid != due.Uid || !IsDue(root, at))
        {
            return null;
        }

        ArchiveRow? known = (await store.FindArchivesAsync(root.Key, NearestOfName, cancellationToken).ConfigureAwait(false))
            .FirstOrDefault(archive => archive.Uid == root.Uid);
        bool hasChanged = known is null;
        await foreach (ExecutionRow row in _reader.RowsAsync(root, cancellationToken).ConfigureAwait(false))
        {
            if (!row.Phase.IsTerminal())
            {
                return row;
            }

            hasChanged = hasChanged || row.ResourceVersion > known!.Version;
        }

        // One whose pieces are lost is written anew, while there are rows to write it from.
        bool isWhole = known is not null && await store.IsArchiveWholeAsync(root.Uid, cancellationToken).ConfigureAwait(false);
        try
        {
            if ((hasChanged || !isWhole) && !await WriteAsync(root, known, isWhole, version, at, cancellationToken).ConfigureAwait(false))
            {
                return null;
            }
        }
        catch (TreeRunsException e)
        {
            return e.Running;
        }
        catch (NotDueException)
        {
            return null;
        }

        // What has changed since what the archive has of it was read stays, and the tree is written again.
        return await trees.DeleteWithChildrenAsync(root, cancellationToken, hasChanged ? version : known!.Version).ConfigureAwait(false)
            ? null
            : root;
    }

    /// <summary>
    /// Once more before the archive is complete, so that nothing that is being deleted, and was read in part only, gets into it. A later
    /// change finds a whole tree there. What is complete is never taken back: another silo may have begun to delete the rows for it.
    /// </summary>
    private async IAsyncEnumerable<ReadOnlyMemory<byte>> WhileDueAsync(
        ExecutionRow root, IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (ReadOnlyMemory<byte> piece in pieces.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return piece;
        }

        if (await store.ReadAsync(root.Key, cancellationToken).ConfigureAwait(false) is not { } row || row.Uid != root.Uid ||
            !IsDue(row, now()) || StoredSettings.Of(row).Deletion is not null)
        {
            throw new NotDueException(root.Key);
        }
    }

    private static bool IsDue(ExecutionRow root, DateTimeOffset at) =>
        root.Phase.IsTerminal() && root.ParentUid is null && root.ArchiveAt <= at && !(root.DeleteAt <= at);

    private Task<bool> WriteAsync(
        ExecutionRow root, ArchiveRow? known, bool isWhole, long version, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var writer = new TreeWriter(_reader);
        DateTimeOffset since = isWhole ? known!.ArchivedAt : DateTimeOffset.MinValue;
        IAsyncEnumerable<ReadOnlyMemory<byte>> pieces = writer.PiecesAsync(root, since, cancellationToken);
        var row = new ArchiveRow
        {
            Uid = root.Uid,
            Key = root.Key,
            Function = root.Function,
            Phase = root.Phase,
            Labels = root.Labels,
            CreatedAt = root.CreatedAt,
            FinishedAt = root.FinishedAt ?? at,
            ArchivedAt = at,
            DeleteAt = root.DeleteAt,
            Executions = 0,
            Version = version,
            ResourceVersion = known?.ResourceVersion ?? 0,
        };
        return store.WriteArchiveAsync(
            row,
            WhileDueAsync(root, isWhole ? BeforeAsync(root.Uid, pieces, cancellationToken) : pieces, cancellationToken),
            () => row with { Executions = isWhole ? known!.Executions + writer.Younger : writer.Executions },
            cancellationToken);
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> BeforeAsync(
        Guid uid, IAsyncEnumerable<ReadOnlyMemory<byte>> latest, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (ReadOnlyMemory<byte> piece in latest.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return piece;
        }

        await foreach (ReadOnlyMemory<byte> piece in store.ReadArchiveAsync(uid, cancellationToken).ConfigureAwait(false))
        {
            yield return piece;
        }
    }

    /// <summary>Ends the writing of a tree that is not to be archived now.</summary>
    private sealed class NotDueException(ExecutionKey key) : Exception($"Execution {key} is not to be archived any more.");
}
