using Kontinue.Client;
using Kontinue.Engine.Storage;
using Xunit;

namespace Kontinue.Engine.Tests.Feed;

/// <summary>What a watch meets that cannot go on, or not yet.</summary>
public sealed class WatchLimitTests : ChangeFeedTest
{
    [Fact]
    public async Task A_watch_that_is_not_read_ends_and_says_where_to_go_on_and_others_do_not_notice()
    {
        Options.MaxWatchBacklog = 16;
        await using WatchReader slow = await WatchReader.StartAsync(Feed);
        await using WatchReader quick = await WatchReader.StartAsync(Feed);
        for (int i = 0; i < 40; i++)
        {
            await Rows.AddAsync($"e-{i:00}");
            Assert.Equal([$"Added e-{i:00}"], await quick.NextAsync(1));
        }

        Assert.Equal(Enumerable.Range(0, 16).Select(i => $"Added e-{i:00}"), await slow.NextAsync(16));
        TooManyRequestsException ended = await Assert.ThrowsAsync<TooManyRequestsException>(() => slow.NextAsync());
        Assert.Contains("16 events behind", ended.Message, StringComparison.Ordinal);
        Assert.Contains("from resource version 17,", ended.Message, StringComparison.Ordinal);
        await using var again = new WatchReader(Feed, from: "17");
        Assert.Equal(Enumerable.Range(16, 24).Select(i => $"Added e-{i:00}"), await again.NextAsync(24));
    }

    [Fact]
    public async Task There_are_only_so_many_watches()
    {
        Options.MaxWatches = 2;
        await using WatchReader one = await WatchReader.StartAsync(Feed);
        WatchReader two = await WatchReader.StartAsync(Feed);
        await using (var refused = new WatchReader(Feed))
        {
            await Assert.ThrowsAsync<TooManyRequestsException>(() => refused.NextAsync());
        }

        await two.DisposeAsync();
        await using WatchReader three = await WatchReader.StartAsync(Feed);
    }

    [Fact]
    public async Task A_version_before_forgotten_deletions_is_expired_and_a_new_list_helps()
    {
        ExecutionRow first = await Rows.AddAsync("a");
        string old = await VersionAsync();
        await Rows.DeleteAsync(first);
        await Rows.AddAsync("b");
        await Inner.PruneDeletionsAsync(TimeSpan.FromTicks(-1), 10, default);
        await using (var expired = new WatchReader(Feed, from: old))
        {
            await Assert.ThrowsAsync<VersionExpiredException>(() => expired.NextAsync());
        }

        await using var watch = new WatchReader(Feed);
        Assert.Equal(["Added b", "Bookmark initial", "Bookmark"], await watch.NextAsync(3));
    }

    [Fact]
    public async Task A_version_ahead_of_the_store_is_expired()
    {
        await using var watch = new WatchReader(Feed, from: "1000");
        Assert.Contains("1000", (await Assert.ThrowsAsync<VersionExpiredException>(() => watch.NextAsync())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("abc")]
    [InlineData("99999999999999999999")]
    public async Task What_is_no_version_is_refused(string version)
    {
        await using var watch = new WatchReader(Feed, from: version);
        Assert.Equal("resourceVersion", (await Assert.ThrowsAsync<InvalidRequestException>(() => watch.NextAsync())).Field);
    }

    [Fact]
    public async Task A_watch_waits_while_the_store_is_away_and_then_goes_on()
    {
        await using WatchReader watch = await WatchReader.StartAsync(Feed);
        Store.IsAway = true;
        await Rows.AddAsync("meanwhile");
        await using (var late = new WatchReader(Feed))
        {
            await Assert.ThrowsAsync<UnavailableException>(() => late.NextAsync());
        }

        Store.IsAway = false;
        Assert.Equal(["Added meanwhile"], await watch.NextAsync(1));
    }

    [Fact]
    public async Task The_end_of_the_server_ends_watches()
    {
        await using WatchReader watch = await WatchReader.StartAsync(Feed);
        Task<ExecutionEvent> next = watch.NextAsync();
        Feed.Stop();

        Assert.Contains("stops", (await Assert.ThrowsAsync<UnavailableException>(() => next)).Message, StringComparison.Ordinal);
        await using var refused = new WatchReader(Feed);
        await Assert.ThrowsAsync<UnavailableException>(() => refused.NextAsync());
        Assert.False(Feed.IsReading);
    }

    [Fact]
    public async Task A_watch_can_be_given_up()
    {
        using var cancel = new CancellationTokenSource();
        await using var watch = new WatchReader(Feed, cancellationToken: cancel.Token);
        Assert.Equal(["Bookmark initial", "Bookmark"], await watch.NextAsync(2));
        Task<ExecutionEvent> next = watch.NextAsync();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        Assert.False(Feed.IsReading);
    }
}
