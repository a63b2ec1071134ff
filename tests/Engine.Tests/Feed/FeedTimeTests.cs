using Kontinue.Engine.Feed;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kontinue.Engine.Tests.Feed;

/// <summary>What the feed does by the clock.</summary>
public sealed class FeedTimeTests : IAsyncLifetime
{
    private readonly CountingTime _time = new();
    private readonly InMemoryStore _store = new();
    private readonly ChangeFeed _feed;

    public FeedTimeTests() => _feed = new ChangeFeed(_store, new KontinueOptions(), _time, NullLogger<ChangeFeed>.Instance);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _feed.DisposeAsync();

    [Fact]
    public async Task A_bookmark_comes_about_every_ten_seconds()
    {
        await using WatchReader watch = await WatchReader.StartAsync(_feed);
        Task<string[]> next = watch.NextAsync(1);
        await Wait.Until(
            () =>
            {
                _time.Clock.Advance(TimeSpan.FromSeconds(1));
                return next.IsCompleted;
            },
            "a bookmark");

        Assert.Equal(["Bookmark"], await next);
        Assert.InRange(_time.Clock.GetUtcNow() - ManualTimeProvider.Start, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10));
    }

    [Fact]
    public async Task A_commit_here_is_told_though_the_clock_stands_still_and_one_elsewhere_with_the_next_look()
    {
        var rows = new FeedRows(_store, _time);
        await using WatchReader watch = await WatchReader.StartAsync(_feed);
        await rows.AddAsync("here");
        _feed.Signal();
        Assert.Equal(["Added here"], await watch.NextAsync(1));

        await rows.AddAsync("elsewhere");
        Task<string[]> next = watch.NextAsync(1);
        Assert.False(next.IsCompleted);
        _time.Clock.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(["Added elsewhere"], await next);
    }

    [Fact]
    public async Task Nothing_remains_when_nobody_watches()
    {
        _feed.Signal();
        Assert.Equal((false, 0), (_feed.IsReading, _time.Timers));
        WatchReader watch = await WatchReader.StartAsync(_feed);
        await Wait.Until(() => _time.Timers == 1);
        await watch.DisposeAsync();

        Assert.False(_feed.IsReading);
        await Wait.Until(() => _time.Timers == 0);
    }

    /// <summary>Counts the timers that are not disposed of.</summary>
    private sealed class CountingTime : TimeProvider
    {
        private int _timers;

        public ManualTimeProvider Clock { get; } = new();

        public int Timers => Volatile.Read(ref _timers);

        public override long TimestampFrequency => Clock.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => Clock.GetUtcNow();

        public override long GetTimestamp() => Clock.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Increment(ref _timers);
            return new Timer(this, Clock.CreateTimer(callback, state, dueTime, period));
        }

        private sealed class Timer(CountingTime owner, ITimer inner) : ITimer
        {
            private int _isDisposed;

            public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(dueTime, period);

            public void Dispose()
            {
                inner.Dispose();
                if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
                {
                    Interlocked.Decrement(ref owner._timers);
                }
            }

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
