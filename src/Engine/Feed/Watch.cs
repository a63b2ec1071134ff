using System.Runtime.InteropServices;
using System.Threading.Channels;
using Kontinue.Client;

namespace Kontinue.Engine.Feed;

/// <summary>One watch: what it selects, and what waits to be read of it.</summary>
/// <remarks>
/// Until it joins the feed, its filter belongs to the reader of the watch; from then on to the feed, under the feed's lock. What was queued
/// before the watch ended is still read, and then the reason.
/// </remarks>
internal sealed class Watch : IDisposable
{
    /// <summary>Bytes that may wait, as they are stored: large executions fill a watch sooner.</summary>
    private const long MaxBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly ChangeFeed _feed;
    private readonly Channel<Item> _queue;
    private readonly int _capacity;
    private long _bytes;
    private bool _isBookmarkLast;

    public Watch(ChangeFeed feed, ExecutionSelector selector, WatchFilter filter, int capacity)
    {
        _feed = feed;
        _capacity = capacity;
        Selector = selector;
        Filter = filter;
        _queue = Channel.CreateBounded<Item>(new BoundedChannelOptions(capacity) { SingleReader = true });
    }

    public ExecutionSelector Selector { get; }

    public WatchFilter Filter { get; }

    /// <summary>Everything up to this version was told before the watch joined the feed.</summary>
    public long Position { get; set; }

    /// <summary>Whether the feed tells it what happens. Under the feed's lock.</summary>
    public bool HasJoined { get; set; }

    /// <summary>Whether nothing is queued any more.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Queues a change if it is selected. Called under the feed's lock.</summary>
    public void Offer(FeedChange change, bool isLate)
    {
        if (HasEnded || change.Version <= Position)
        {
            return;
        }

        try
        {
            if (Filter.Decide(change, change.IsNew, isLate) is { } type)
            {
                Enqueue(change, type);
            }
        }
        catch (VersionExpiredException e)
        {
            End(e);
        }
    }

    /// <summary>Queues a bookmark, unless one is waiting or there is no room: it says nothing that cannot be said later.</summary>
    public void OfferBookmark(long version)
    {
        if (!HasEnded && version >= Position && !(_isBookmarkLast && _queue.Reader.Count > 0))
        {
            _isBookmarkLast = _queue.Writer.TryWrite(new Item(null, ExecutionEventType.Bookmark, version));
        }
    }

    /// <summary>Ends the watch, with a reason.</summary>
    public void End(Exception reason)
    {
        HasEnded = true;
        _queue.Writer.TryComplete(reason);
    }

    /// <summary>Waits until something can be taken.</summary>
    /// <exception cref="Exception">The reason why the watch has ended.</exception>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _queue.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Takes the next event.</summary>
    public bool TryTake(out Item item)
    {
        bool isTaken = _queue.Reader.TryRead(out item);
        Interlocked.Add(ref _bytes, isTaken ? -item.Bytes : 0);
        return isTaken;
    }

    public void Dispose() => _feed.Close(this);

    private void Enqueue(FeedChange change, ExecutionEventType type)
    {
        var item = new Item(change, type, change.Version);
        if (Interlocked.Read(ref _bytes) <= MaxBytes && _queue.Writer.TryWrite(item))
        {
            Interlocked.Add(ref _bytes, item.Bytes);
            _isBookmarkLast = false;
            return;
        }

        // What is queued is told before this. Others of the same version may be among it, and come again.
        int waiting = _queue.Reader.Count;
        End(new TooManyRequestsException(
            $"The watch was read too slowly: it is {waiting:N0} events behind, and at most {_capacity:N0} may wait. " +
            $"Watch on from resource version {FeedVersion.Format(change.Version)}, or select less.",
            RetryAfter));
    }

    /// <summary>Something to tell.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Item(FeedChange? Change, ExecutionEventType Type, long Version)
    {
        public int Bytes => Change?.Bytes ?? 0;

        public ExecutionEvent ToEvent() => Change?.ToEvent(Type) ?? new ExecutionEvent(Type, null, FeedVersion.FormatAfter(Version));
    }
}
