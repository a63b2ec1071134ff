using Kontinue.Client.Tests.Support;
using Xunit;
using static Kontinue.Client.Tests.Support.Given;
using static Kontinue.Client.Tests.Support.WatchPeer;

namespace Kontinue.Client.Tests;

/// <summary>Silence, waits and patience of a watch, under a clock that the tests move.</summary>
public sealed class WatchTimeTests : IAsyncLifetime
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(60);

    private readonly ManualTime _time = new();
    private FakeServer _server = null!;
    private WatchPeers _peers = null!;

    public async Task InitializeAsync()
    {
        _server = await FakeServer.StartAsync();
        _peers = new WatchPeers(_server);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task ASilentConnection_IsReplaced_AndTheWatchGoesOn()
    {
        using var client = new KontinueHttpClient(_server.Address, Fast(), _time);
        await using IAsyncEnumerator<ExecutionEvent> watch = client.WatchAsync(new WatchQuery { ResourceVersion = "10" }).GetAsyncEnumerator();
        Task<bool> move = watch.MoveNextAsync().AsTask();
        WatchPeer silent = await _peers.NextAsync();
        await silent.SendAsync(Added("a", "11"));
        Assert.True(await move.Within("first event"));

        move = watch.MoveNextAsync().AsTask();
        await _time.TimerAsync(due => due == Idle).Within("watch for silence");
        _time.Advance(Idle);
        await silent.Left.Task.Within("end of the silent connection");
        WatchPeer next = await _peers.NextAsync();
        Assert.Equal("11", next["resourceVersion"]);
        await next.SendAsync(Added("b", "12"));
        Assert.True(await move.Within("next event"));
        Assert.Equal("12", watch.Current.ResourceVersion);
    }

    [Fact]
    public async Task ASlowReader_IsNotTakenForASilentServer()
    {
        using var client = new KontinueHttpClient(_server.Address, Fast(), _time);
        await using IAsyncEnumerator<ExecutionEvent> watch = client.WatchAsync(new WatchQuery { ResourceVersion = "10" }).GetAsyncEnumerator();
        Task<bool> move = watch.MoveNextAsync().AsTask();
        WatchPeer peer = await _peers.NextAsync();
        await peer.SendAsync(Added("a", "11"));
        await move.Within("first event");
        _time.Advance(TimeSpan.FromHours(1));
        await peer.SendAsync(Added("b", "12"));
        Assert.True(await watch.MoveNextAsync().AsTask().Within("second event"));
        Assert.Single(_server.All);
    }

    [Fact]
    public async Task AServerThatSendsNoHeaders_IsAskedAgain()
    {
        using var client = new KontinueHttpClient(_server.Address, Fast(), _time);
        await using IAsyncEnumerator<ExecutionEvent> watch = client.WatchAsync(new WatchQuery { ResourceVersion = "10" }).GetAsyncEnumerator();
        Task<bool> move = watch.MoveNextAsync().AsTask();
        WatchPeer silent = await _peers.NextAsync();
        await _time.TimerAsync(due => due == Idle).Within("watch for silence");
        _time.Advance(Idle);
        await silent.Left.Task.Within("end of the silent connection");
        await (await _peers.NextAsync()).SendAsync(Bookmark("11"));
        Assert.True(await move.Within("event"));
    }

    [Fact]
    public async Task RetryAfter_IsWaitedFor()
    {
        using var client = new KontinueHttpClient(_server.Address, Fast(), _time);
        await using IAsyncEnumerator<ExecutionEvent> watch = client.WatchAsync(new WatchQuery { ResourceVersion = "10" }).GetAsyncEnumerator();
        Task<bool> move = watch.MoveNextAsync().AsTask();
        WatchPeer peer = await _peers.NextAsync();
        await peer.SendAsync(Error(429, "TooManyRequests", retryAfter: 12));
        TimeSpan wait = await _time.TimerAsync(due => due > TimeSpan.Zero && due < Idle).Within("wait");
        Assert.Equal(TimeSpan.FromSeconds(12), wait);
        _time.Advance(wait);
        await (await _peers.NextAsync()).SendAsync(Bookmark("11"));
        Assert.True(await move.Within("event"));
    }

    [Fact]
    public async Task AServerThatNeverAnswered_IsGivenUpAfterMaxAttempts()
    {
        using var client = new KontinueHttpClient(_server.Address, Fast(), _time);
        await using IAsyncEnumerator<ExecutionEvent> watch = client.WatchAsync(new WatchQuery()).GetAsyncEnumerator();
        Task<bool> move = watch.MoveNextAsync().AsTask();
        for (int i = 0; i < 5; i++)
        {
            await (await _peers.NextAsync()).AnswerAsync(FakeApi.Failure(503, "ServiceUnavailable", "Away."));
        }

        Assert.Equal("Away.", (await Assert.ThrowsAsync<UnavailableException>(() => move).Within("end")).Message);
        Assert.Equal(5, _server.All.Count);
    }

    [Fact]
    public async Task AServerThatWasThere_IsWaitedForWithPatience_ThatEnds()
    {
        var options = new KontinueClientOptions { Backoff = TimeSpan.FromSeconds(20), MaxBackoff = TimeSpan.FromSeconds(20), WatchPatience = TimeSpan.FromMinutes(3) };
        using var client = new KontinueHttpClient(_server.Address, options, _time);
        await using IAsyncEnumerator<ExecutionEvent> watch = client.WatchAsync(new WatchQuery { ResourceVersion = "10" }).GetAsyncEnumerator();
        Task<bool> move = watch.MoveNextAsync().AsTask();
        WatchPeer peer = await _peers.NextAsync();
        await peer.SendAsync(Bookmark("11"));
        await move.Within("first event");
        move = watch.MoveNextAsync().AsTask();
        peer.Reset();

        TimeSpan away = TimeSpan.Zero;
        int attempts = 0;
        while (away <= options.WatchPatience)
        {
            TimeSpan wait = await _time.TimerAsync(due => due >= TimeSpan.FromSeconds(10) && due <= TimeSpan.FromSeconds(20)).Within("wait");
            Assert.False(move.IsCompleted);
            _time.Advance(wait);
            away += wait;
            attempts++;
            await (await _peers.NextAsync()).AnswerAsync(FakeApi.Failure(503, "ServiceUnavailable", "Away."));
        }

        Assert.True(attempts > 5);
        await Assert.ThrowsAsync<UnavailableException>(() => move).Within("end");
    }
}
