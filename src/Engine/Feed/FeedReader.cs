using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Feed;

/// <summary>
/// Reads the store's changes from a version on, as long as somebody watches. It reads when something was committed here, at most every 20
/// ms, and else as often as it is told to, for what other silos commit.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="time">The clock that the looks at the store go by.</param>
/// <param name="interval">Between two looks that nothing led to.</param>
/// <param name="after">The version read last.</param>
internal sealed class FeedReader(IExecutionStore store, TimeProvider time, TimeSpan interval, long after)
{
    /// <summary>Between two looks at least: real time, whatever the clock is, because it saves work and decides nothing.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a change may be on its way to the store after the time that it carries.</summary>
    private static readonly TimeSpan CommitDelay = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(5);

    private readonly FeedSignal _signal = new();
    private readonly PieceSize _piece = new(first: 32, max: 1000);
    private readonly CancellationTokenSource _stop = new();
    private long _readAt;

    /// <summary>The version read last.</summary>
    public long Position { get; private set; } = after;

    /// <summary>What was committed until then was told with the page before; null before the first one.</summary>
    public DateTimeOffset? ToldUntil { get; private set; }

    /// <summary>Whether it was told to end.</summary>
    public bool IsStopped => _stop.IsCancellationRequested;

    /// <summary>Something was committed.</summary>
    public void Signal() => _signal.Set();

    /// <summary>Ends the reading.</summary>
    public void Stop() => _ = _stop.CancelAsync();

    /// <summary>Reads until it is stopped.</summary>
    /// <param name="publish">Takes each page.</param>
    /// <param name="failed">Is told of failures of the store, once for several in a row.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="VersionExpiredException">The store cannot tell all changes from here on.</exception>
    public async Task RunAsync(Action<ChangePage> publish, Action<StoreException> failed)
    {
        ITimer poll = time.CreateTimer(static signal => ((FeedSignal)signal!).Set(), _signal, interval, interval);
        await using (poll.ConfigureAwait(false))
        {
            bool isMore = true;
            while (true)
            {
                if (!isMore)
                {
                    await _signal.WaitAsync(_stop.Token).ConfigureAwait(false);
                    await KeepPaceAsync().ConfigureAwait(false);
                }

                _signal.Reset();
                DateTimeOffset began = time.GetUtcNow();
                int limit = _piece.Rows;
                ChangePage page = await ReadAsync(limit, failed).ConfigureAwait(false);
                _readAt = TimeProvider.System.GetTimestamp();
                _stop.Token.ThrowIfCancellationRequested();
                publish(page);
                Learn(_piece, page);
                Position = page.Version;
                isMore = page.Changes.Count >= limit;
                ToldUntil = isMore ? ToldUntil : began - CommitDelay;
            }
        }
    }

    /// <summary>Lets it learn from a page.</summary>
    public static void Learn(PieceSize piece, ChangePage page) =>
        piece.Learn(page.Changes.Count, page.Changes.Sum(change => change.Row.PayloadBytes));

    private Task KeepPaceAsync()
    {
        TimeSpan left = Pace - TimeProvider.System.GetElapsedTime(_readAt);
        return left > TimeSpan.Zero ? Task.Delay(left, TimeProvider.System, _stop.Token) : Task.CompletedTask;
    }

    private async Task<ChangePage> ReadAsync(int limit, Action<StoreException> failed)
    {
        TimeSpan wait = FirstRetry;
        bool hasFailed = false;
        while (true)
        {
            try
            {
                // A database that was away may be another one now, restored from a backup.
                if (hasFailed && await store.ReadVersionAsync(_stop.Token).ConfigureAwait(false) is var version && version < Position)
                {
                    throw Expired($"The store has gone back to version {version}, before {Position}.");
                }

                ChangePage page = await store.ReadChangesAsync(Position, limit, _stop.Token).ConfigureAwait(false);
                return page.IsExpired ? throw Expired($"Deletions after version {Position} have been forgotten.") : page;
            }
            catch (StoreException e)
            {
                if (!hasFailed)
                {
                    failed(e);
                }

                hasFailed = true;
                await Task.Delay(wait, time, _stop.Token).ConfigureAwait(false);
                wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, LongestRetry.Ticks));
            }
        }
    }

    private static VersionExpiredException Expired(string reason) =>
        new($"{reason} List again and watch on from the list's version.");
}
