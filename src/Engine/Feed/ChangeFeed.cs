using Kontinue.Client;
using Kontinue.Engine.Storage;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Feed;

/// <summary>
/// Tells all watches of this process what changes in the store, with one reader for all of them. While nobody watches, nothing runs.
/// </summary>
/// <remarks>
/// <para>
/// A watch first reads for itself, from its own version up to where the store is, and then joins: under one lock it is given what the
/// feed has told since then, from memory, and all that the feed tells later. So there is no gap, and what it had is left out.
/// </para>
/// <para>
/// A change that the feed read before the watch did, and tells after it, cannot lead the watch back: a version up to which one read goes
/// is never lower than that of a read before it, so the watch has had that version, and passes it over.
/// </para>
/// <para>No watch holds up another: each has a queue of its own, and one whose queue is full ends.</para>
/// </remarks>
internal sealed partial class ChangeFeed : IAsyncDisposable
{
    /// <summary>How many changes are kept for watches that join, at most.</summary>
    private const int MaxRecent = 5000;

    private const long MaxRecentBytes = 32 * 1024 * 1024;
    private static readonly TimeSpan BookmarkInterval = TimeSpan.FromSeconds(10);

    private readonly IExecutionStore _store;
    private readonly KontinueOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly HashSet<Watch> _open = [];
    private readonly WatchIndex<Watch> _joined = new();
    private readonly List<Watch> _concerned = [];
    private readonly Queue<FeedChange> _recent = new();
    private readonly CancellationTokenSource _stopped = new();
    private volatile FeedReader? _reader;
    private Task _reading = Task.CompletedTask;
    private SeenUids _seen = new(DateTimeOffset.MinValue);
    private long _offers;
    private long _recentAfter;
    private long _recentBytes;
    private DateTimeOffset _bookmarkAt;
    private bool _isStopped;

    public ChangeFeed(IExecutionStore store, KontinueOptions options, TimeProvider time, ILogger<ChangeFeed> logger)
    {
        _store = store;
        _options = options;
        _time = time;
        _logger = logger;
    }

    /// <summary>Whether the store is being read; for tests.</summary>
    public bool IsReading => _reader is not null;

    /// <summary>How often a change was offered to a watch that had joined; for tests.</summary>
    public long Offers => Volatile.Read(ref _offers);

    /// <summary>Says that something was committed here. Costs next to nothing while nobody watches.</summary>
    public void Signal() => _reader?.Signal();

    /// <summary>Ends all watches, because the server stops. Others are refused from then on.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isStopped = true;
            foreach (Watch watch in _open)
            {
                watch.End(Stopping());
            }
        }

        StopReader();
        _stopped.Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        Stop();
        await _reading.ConfigureAwait(false);
    }

    /// <summary>Lets a watch go. The last one takes the reader with it.</summary>
    public void Close(Watch watch)
    {
        lock (_gate)
        {
            _open.Remove(watch);
            Leave(watch);
            if (_joined.Count == 0)
            {
                StopReader();
            }
        }
    }

    private Watch Open(ExecutionSelector selector, WatchFilter filter)
    {
        lock (_gate)
        {
            if (_isStopped)
            {
                throw Stopping();
            }

            if (_open.Count >= _options.MaxWatches)
            {
                throw new TooManyRequestsException(
                    $"There are {_options.MaxWatches:N0} watches, which is as many as this server serves. End some, or raise {nameof(KontinueOptions.MaxWatches)}.",
                    BookmarkInterval);
            }

            var watch = new Watch(this, selector, filter, _options.MaxWatchBacklog);
            _open.Add(watch);
            return watch;
        }
    }

    /// <summary>Lets a watch in that has told everything up to its position. False: that is too long ago, and it has to read on.</summary>
    private bool TryJoin(Watch watch)
    {
        lock (_gate)
        {
            if (_isStopped)
            {
                throw Stopping();
            }

            if (_reader is null)
            {
                StartReader(watch.Position);
            }
            else if (watch.Position < _recentAfter)
            {
                return false;
            }

            foreach (FeedChange change in _recent)
            {
                watch.Offer(change, toldUntil: null);
            }

            watch.HasJoined = true;
            _joined.Add(watch, watch.Selector);
            return true;
        }
    }

    private void Leave(Watch watch)
    {
        watch.HasJoined = false;
        _joined.Remove(watch, watch.Selector);
    }

    private void StartReader(long after)
    {
        _recent.Clear();
        _recentBytes = 0;
        _recentAfter = after;
        _bookmarkAt = _time.GetUtcNow() + BookmarkInterval;
        _seen = new SeenUids(_time.GetUtcNow());
        var reader = new FeedReader(_store, _time, _options.WatchPollInterval, after);
        _reader = reader;
        _reading = Task.Run(() => ReadAsync(reader));
    }

    private void StopReader()
    {
        lock (_gate)
        {
            _reader?.Stop();
            _reader = null;
            _recent.Clear();
        }
    }

    private async Task ReadAsync(FeedReader reader)
    {
        try
        {
            await reader.RunAsync(page => Publish(reader, page), LogAway).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (reader.IsStopped)
        {
            // Nobody watches any more.
        }
        catch (VersionExpiredException e)
        {
            EndAll(reader, e);
        }
#pragma warning disable CA1031 // Watches that end silently would leave their readers with old news; say it to them, and to operators.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogEnded(e);
            EndAll(reader, new KontinueException(ErrorKind.Internal, $"The feed of changes has ended: {e.Message}", retryable: true, inner: e));
        }
    }

    private void Publish(FeedReader reader, ChangePage page)
    {
        lock (_gate)
        {
            if (reader != _reader)
            {
                return;
            }

            foreach (RowChange row in page.Changes)
            {
                var change = new FeedChange(row, !row.IsDeleted && _seen.Add(row.Row));
                Keep(change);
                Tell(change, reader.ToldUntil);
            }

            if (_time.GetUtcNow() >= _bookmarkAt)
            {
                _bookmarkAt = _time.GetUtcNow() + BookmarkInterval;
                foreach (Watch watch in _open.Where(watch => watch.HasJoined))
                {
                    watch.OfferBookmark(page.Version);
                }
            }
        }
    }

    private void Tell(FeedChange change, DateTimeOffset? toldUntil)
    {
        _joined.Find(change, _concerned);
        _offers += _concerned.Count;
        foreach (Watch watch in _concerned)
        {
            watch.Offer(change, toldUntil);
        }

        // One that has left must not be kept alive by it.
        _concerned.Clear();
    }

    private void Keep(FeedChange change)
    {
        _recent.Enqueue(change);
        _recentBytes += change.Bytes;
        while (_recent.Count > Math.Min(MaxRecent, _options.MaxWatchBacklog / 2) || _recentBytes > MaxRecentBytes)
        {
            FeedChange oldest = _recent.Dequeue();
            _recentBytes -= oldest.Bytes;
            _recentAfter = oldest.Version;
        }
    }

    private void EndAll(FeedReader reader, Exception reason)
    {
        lock (_gate)
        {
            if (reader != _reader)
            {
                return;
            }

            foreach (Watch watch in _open.Where(watch => watch.HasJoined))
            {
                watch.End(reason);
                Leave(watch);
            }

            StopReader();
        }
    }

    private static UnavailableException Stopping() => new("The server stops. Watch on from the last version, at another one or later.");

    [LoggerMessage(Level = LogLevel.Warning, Message = "The changes for watches cannot be read; trying again until they can.")]
    private partial void LogAway(Exception exception);

    [LoggerMessage(Level = LogLevel.Critical, Message = "A defect has ended the feed of changes. Watches begin anew.")]
    private partial void LogEnded(Exception exception);
}
