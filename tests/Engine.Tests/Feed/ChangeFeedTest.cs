using Kontinue.Engine.Feed;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kontinue.Engine.Tests.Feed;

/// <summary>A feed over a store in memory that can fail.</summary>
public abstract class ChangeFeedTest : IAsyncLifetime
{
    private protected ChangeFeedTest(TimeProvider? time = null)
    {
        Inner = new InMemoryStore(time);
        Store = new CrashableStore(Inner);
        Rows = new FeedRows(Inner, time);
        Feed = new ChangeFeed(Store, Options, time ?? TimeProvider.System, NullLogger<ChangeFeed>.Instance);
    }

    private protected KontinueOptions Options { get; } = new() { WatchPollInterval = TimeSpan.FromMilliseconds(10) };

    private protected InMemoryStore Inner { get; }

    private protected CrashableStore Store { get; }

    private protected FeedRows Rows { get; }

    private protected ChangeFeed Feed { get; }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Wait.For(Feed.DisposeAsync().AsTask(), "the end of the feed");

    /// <summary>Where a list made now would tell to watch on from.</summary>
    private protected async Task<string> VersionAsync() => FeedVersion.FormatAfter(await Inner.ReadVersionAsync(default));
}
