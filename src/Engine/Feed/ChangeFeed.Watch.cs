using System.Runtime.CompilerServices;
using Kontinue.Client;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Feed;

/// <summary>The course of one watch: what there is, what happened since, what happens.</summary>
internal sealed partial class ChangeFeed
{
    /// <summary>Watches that read for themselves at the same moment. Many begin at once when a server has come back.</summary>
    private const int MaxStarts = 4;

    /// <summary>What a watch reads at one go: one that has missed very much lets others in between.</summary>
    private const int MaxPieces = 20;

    /// <summary>What a watch holds of rows while its reader takes its time, about: there are thousands of watches.</summary>
    private const int PieceBytes = 1024 * 1024;

    /// <summary>How far the clocks of silos may differ before a watch takes an execution for newer than the caller's list.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(1);

    /// <summary>How long a version may be ahead of what the store has made safe to read, because a transaction has not ended.</summary>
    private static readonly TimeSpan MaxLag = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LagLook = TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim _starts = new(MaxStarts);

    /// <inheritdoc cref="IKontinueClient.WatchAsync"/>
    public async IAsyncEnumerable<ExecutionEvent> WatchAsync(
        WatchQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ExecutionSelector selector = query.Selector;
        long? after = FeedVersion.ParseAfter(query.ResourceVersion);
        var filter = new WatchFilter(selector, after is null ? null : _time.GetUtcNow() + ClockSkew);
        using Watch watch = Open(selector, filter);
        watch.Position = await FindStartAsync(after, cancellationToken).ConfigureAwait(false);
        var told = new SeenUids(DateTimeOffset.MinValue);
        if (after is null)
        {
            ScanPage page;
            ExecutionKey? next = null;
            do
            {
                page = await ReadAsync(
                    token => RowScan.ReadAsync(_store, selector, next, ListQuery.MaxLimit, PieceBytes, token), cancellationToken).ConfigureAwait(false);
                foreach (ExecutionRow row in page.Rows)
                {
                    told.Add(row);
                    var change = new FeedChange(new RowChange(row, IsDeleted: false), isNew: true);
                    if (filter.Decide(change, isNew: true, toldUntil: null) is { } type)
                    {
                        yield return change.ToEvent(type);
                    }
                }

                next = page.Next;
            }
            while (next is not null);

            yield return new ExecutionEvent(ExecutionEventType.Bookmark, null, FeedVersion.FormatAfter(watch.Position)) { IsInitialEnd = true };
        }

        // At least one page, also when the feed is no further: it may be about to tell what it read before the caller's list was made.
        var missed = new List<ExecutionEvent>();
        bool hasJoined;
        do
        {
            hasJoined = await ReadAsync(token => CatchUpAsync(watch, told, missed, token), cancellationToken).ConfigureAwait(false);
            foreach (ExecutionEvent happened in missed)
            {
                yield return happened;
            }

            missed.Clear();
        }
        while (!hasJoined);

        yield return new ExecutionEvent(ExecutionEventType.Bookmark, null, FeedVersion.FormatAfter(watch.Position));
        while (await watch.WaitAsync(cancellationToken).ConfigureAwait(false))
        {
            while (watch.TryTake(out Watch.Item item))
            {
                yield return item.ToEvent();
            }
        }
    }

    private async Task<long> FindStartAsync(long? after, CancellationToken cancellationToken)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            long version = await ReadAsync(_store.ReadVersionAsync, cancellationToken).ConfigureAwait(false);
            if (after is null || after <= version)
            {
                return after ?? version;
            }

            if (TimeProvider.System.GetElapsedTime(began) > MaxLag)
            {
                throw new VersionExpiredException(
                    $"Version {FeedVersion.FormatAfter(after.Value)} is ahead of the store, which is at {FeedVersion.Format(version)}: was it restored from a backup? " +
                    "List again and watch on from the list's version.");
            }

            await Task.Delay(LagLook, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Reads what a watch has missed, a piece of it at most if that is large, and lets it join when that was all. It joins before what it
    /// missed is told: while that goes to a slow reader, the feed would move on, and with many watches that begin at once none would catch up.
    /// </summary>
    /// <returns>Whether it has joined.</returns>
    private async Task<bool> CatchUpAsync(Watch watch, SeenUids told, List<ExecutionEvent> missed, CancellationToken cancellationToken)
    {
        var piece = new PieceSize(first: 32, max: 1000, PieceBytes);
        long bytes = 0;
        int pieces = 0;
        bool isMore;
        do
        {
            ChangePage page = await ReadMissedAsync(watch.Position, piece.Rows, cancellationToken).ConfigureAwait(false);
            isMore = page.Changes.Count >= piece.Rows;
            FeedReader.Learn(piece, page);
            foreach (RowChange row in page.Changes)
            {
                var change = new FeedChange(row, !row.IsDeleted && told.Add(row.Row));
                if (watch.Filter.Decide(change, change.IsNew, toldUntil: null) is { } type)
                {
                    bytes += change.Bytes;
                    missed.Add(change.ToEvent(type));
                }
            }

            watch.Position = page.Version;
        }
        while (isMore && bytes < PieceBytes && ++pieces < MaxPieces);

        return !isMore && TryJoin(watch);
    }

    private async Task<ChangePage> ReadMissedAsync(long after, int limit, CancellationToken cancellationToken)
    {
        ChangePage page = await _store.ReadChangesAsync(after, limit, cancellationToken).ConfigureAwait(false);
        return page.IsExpired
            ? throw new VersionExpiredException(
                $"Version {FeedVersion.FormatAfter(after)} is too old: deletions after it have been forgotten. List again and watch on from the list's version.")
            : page;
    }

    /// <summary>Asks the store, when it is this watch's turn, once or until it has caught up. Nobody waits for a watch that does not read what it got.</summary>
    private async Task<T> ReadAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopped.Token);
        try
        {
            await _starts.WaitAsync(either.Token).ConfigureAwait(false);
            try
            {
                return await read(either.Token).ConfigureAwait(false);
            }
            finally
            {
                _starts.Release();
            }
        }
        catch (StoreException e)
        {
            throw new UnavailableException($"The store cannot be read: {e.Message}", e);
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Stopping();
        }
    }
}
