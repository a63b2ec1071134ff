using Kontinue.Client.Tests.Support;
using Xunit;
using static Kontinue.Client.Tests.Support.Given;

namespace Kontinue.Client.Tests;

/// <summary>How long the client waits, how often it tries, and what it says in the end.</summary>
public sealed class RetryTests : IAsyncLifetime
{
    private readonly FakeApi _api = new();
    private readonly ManualTime _time = new();
    private FakeServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await FakeServer.StartAsync();
        _server.OnRequest = _api.Handle;
        _api.Put("x");
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData(429, "TooManyRequests")]
    [InlineData(503, "ServiceUnavailable")]
    public async Task RetryAfter_InSeconds_IsWaitedFor(int code, string reason)
    {
        Once(FakeApi.Failure(code, reason, "Later.") with { RetryAfter = "7" });
        await ComesBackAfter(TimeSpan.FromSeconds(7));
    }

    [Fact]
    public async Task RetryAfter_AsADate_IsWaitedFor()
    {
        Once(FakeApi.Failure(503, "ServiceUnavailable", "Later.") with { RetryAfter = (_time.GetUtcNow() + TimeSpan.FromSeconds(9)).ToString("r") });
        await ComesBackAfter(TimeSpan.FromSeconds(9));
    }

    [Fact]
    public async Task RetryAfter_OfTheStatus_IsWaitedFor()
    {
        Once(new Answer(429, """{"kind":"Status","reason":"TooManyRequests","message":"Later.","code":429,"details":{"retryAfterSeconds":8}}"""));
        await ComesBackAfter(TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task RetryAfter_LongerThanAllowed_FailsAtOnce()
    {
        Once(FakeApi.Failure(429, "TooManyRequests", "Later.") with { RetryAfter = "31" });
        using var client = new KontinueHttpClient(_server.Address, time: _time);
        var e = await Assert.ThrowsAsync<TooManyRequestsException>(() => client.GetAsync(X));
        Assert.Equal((TimeSpan.FromSeconds(31), "Later."), (e.RetryAfter, e.Message));
    }

    [Fact]
    public async Task Backoff_DoublesUpToItsLimit_AndIsAtLeastHalf()
    {
        using var client = new KontinueHttpClient(
            _server.Address, new KontinueClientOptions { MaxAttempts = 6, Backoff = TimeSpan.FromSeconds(1), MaxBackoff = TimeSpan.FromSeconds(4), RequestTimeout = TimeSpan.FromMinutes(1) }, _time);
        _server.OnRequest = _ => FakeApi.Failure(503, "ServiceUnavailable", "Away.");
        Task<Resources.Execution> get = client.GetAsync(X);
        foreach (int seconds in new[] { 1, 2, 4, 4, 4 })
        {
            TimeSpan wait = await _time.TimerAsync(due => due < TimeSpan.FromSeconds(30)).Within("wait between two attempts");
            Assert.InRange(wait, TimeSpan.FromSeconds(seconds) / 2, TimeSpan.FromSeconds(seconds));
            _time.Advance(wait);
        }

        Assert.Equal("Away.", (await Assert.ThrowsAsync<UnavailableException>(() => get).Within("end")).Message);
        Assert.Equal(6, _server.All.Count);
    }

    [Fact]
    public async Task Timeout_OfEachAttempt_IsMeasuredWithItsWait()
    {
        var silent = new TaskCompletionSource();
        _server.OnWatch = _ => silent.Task;
        using var client = new KontinueHttpClient(
            new HttpClient(new ToWatch()) { BaseAddress = _server.Address }, new KontinueClientOptions { MaxAttempts = 1 }, _time);
        Task<Resources.Execution> get = client.WaitAsync(X, TimeSpan.FromSeconds(20));
        TimeSpan deadline = await _time.TimerAsync(_ => true).Within("deadline of the attempt");
        Assert.Equal(TimeSpan.FromSeconds(35), deadline);
        _time.Advance(deadline);
        var e = await Assert.ThrowsAsync<UnavailableException>(() => get).Within("end");
        Assert.Contains("no answer within 35s", e.Message, StringComparison.Ordinal);
        silent.SetResult();
    }

    [Fact]
    public async Task Cancellation_EndsTheWaitBetweenAttempts()
    {
        _server.OnRequest = _ => FakeApi.Failure(503, "ServiceUnavailable", "Away.") with { RetryAfter = "20" };
        using var client = new KontinueHttpClient(_server.Address, time: _time);
        using var cancel = new CancellationTokenSource();
        Task<Resources.Execution> get = client.GetAsync(X, cancel.Token);
        await _time.TimerAsync(due => due >= TimeSpan.FromSeconds(20)).Within("wait for the next attempt");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => get).Within("end");
        Assert.Single(_server.All);
    }

    [Fact]
    public async Task Cancellation_EndsARequestUnderWay_UnderTheCallersToken()
    {
        var arrived = new TaskCompletionSource();
        var silent = new TaskCompletionSource();
        _server.OnWatch = _ =>
        {
            arrived.SetResult();
            return silent.Task;
        };
        using var client = new KontinueHttpClient(new HttpClient(new ToWatch()) { BaseAddress = _server.Address }, time: _time);
        using var cancel = new CancellationTokenSource();
        Task<Resources.Execution> get = client.GetAsync(X, cancel.Token);
        await arrived.Task.Within("request");
        await cancel.CancelAsync();
        var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => get).Within("end");
        Assert.Equal(cancel.Token, e.CancellationToken);
        silent.SetResult();
    }

    [Fact]
    public async Task Answer_LargerThanAllowed_IsRefusedWithTheOptionsName()
    {
        _server.OnRequest = _ => new Answer(200, new string(' ', 70_000));
        using var client = new KontinueHttpClient(_server.Address, new KontinueClientOptions { MaxAnswerBytes = 65_536 });
        var e = await Assert.ThrowsAsync<KontinueException>(() => client.GetAsync(X));
        Assert.Contains("MaxAnswerBytes", e.Message, StringComparison.Ordinal);
        Assert.Single(_server.All);
    }

    private async Task ComesBackAfter(TimeSpan time)
    {
        using var client = new KontinueHttpClient(_server.Address, time: _time);
        Task<Resources.Execution> get = client.GetAsync(X);
        TimeSpan wait = await _time.TimerAsync(due => due > TimeSpan.Zero && due < TimeSpan.FromSeconds(15)).Within("wait for the next attempt");
        Assert.InRange(wait, time, time + TimeSpan.FromMilliseconds(100));
        Assert.Single(_server.All);
        _time.Advance(wait);
        Assert.Equal("x", (await get.Within("second attempt")).Metadata.Name);
    }

    private void Once(Answer answer) => _server.OnRequest = _ =>
    {
        _server.OnRequest = _api.Handle;
        return answer;
    };

    /// <summary>Lets a request arrive where the test takes it over.</summary>
    private sealed class ToWatch() : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri = new Uri(request.RequestUri + (request.RequestUri!.Query.Length == 0 ? "?watch" : "&watch"));
            return base.SendAsync(request, cancellationToken);
        }
    }
}
