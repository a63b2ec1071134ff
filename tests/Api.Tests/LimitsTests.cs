using System.Net;
using Kontinue.Api.Access;
using Kontinue.Api.Limits;
using Kontinue.Resources;
using Kontinue.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Kontinue.Api.Tests;

/// <summary>How much is taken on at once.</summary>
public sealed class LimitsTests
{
    private const string Root = "/apis/kontinue.cloud/v1alpha1";
    private const string Shop = Root + "/namespaces/shop/executions";

    private const int Headroom = 64 * 1024;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly ApiGroup Group = new("kontinue.cloud");

    [Fact]
    public async Task Gate_LetsIn_QueuesInOrder_AndRefuses()
    {
        using var gate = new ConcurrencyGate(limit: 1, queueLimit: 2);
        Assert.True(gate.TryEnter(out Task first));
        Assert.True(first.IsCompleted);
        Assert.True(gate.TryEnter(out Task second));
        Assert.True(gate.TryEnter(out Task third));
        Assert.Equal((1, 2), (gate.Entered, gate.Waiting));
        Assert.False(gate.TryEnter(out _));
        Assert.False(second.IsCompleted);
        gate.Leave();
        await second.WaitAsync(Deadline);
        Assert.False(third.IsCompleted);
        Assert.True(gate.TryEnter(out Task fourth));
        gate.Leave();
        await third.WaitAsync(Deadline);
        gate.Leave();
        await fourth.WaitAsync(Deadline);
        gate.Leave();
        Assert.Equal((0, 0), (gate.Entered, gate.Waiting));
    }

    [Fact]
    public async Task Gate_UnderManyCallers_NeverLetsInTooMany_AndLosesNoPlace()
    {
        const int limit = 3;
        using var gate = new ConcurrencyGate(limit, queueLimit: 2);
        int inside = 0, most = 0, refused = 0, entered = 0;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 2000; i++)
            {
                if (!gate.TryEnter(out Task turn))
                {
                    Interlocked.Increment(ref refused);
                    await Task.Yield();
                    continue;
                }

                await turn.WaitAsync(Deadline);
                int now = Interlocked.Increment(ref inside);
                InterlockedMax(ref most, now);
                Interlocked.Increment(ref entered);
                await Task.Yield();
                Interlocked.Decrement(ref inside);
                gate.Leave();
            }
        })));
        Assert.InRange(most, 1, limit);
        Assert.Equal(16 * 2000, refused + entered);
        Assert.Equal((0, 0), (gate.Entered, gate.Waiting));
        for (int i = 0; i < limit; i++)
        {
            Assert.True(gate.TryEnter(out Task turn) && turn.IsCompletedSuccessfully);
        }
    }

    [Fact]
    public async Task Lease_GivenBackBeforeItsTurn_LosesNoPlace()
    {
        using var limits = new RequestLimits(new KontinueLimitsOptions { MaxConcurrentRequests = 1, MaxQueuedRequests = 1 });
        LimitLease first = Enter(limits, "GET", "");
        LimitLease gone = Enter(limits, "GET", "");
        gone.GiveBack();
        ApiException full = Assert.Throws<ApiException>(() => Enter(limits, "GET", ""));
        Assert.Equal(429, full.Status.Code);
        first.GiveBack();
        await gone.Turn.WaitAsync(Deadline);
        LimitLease next = Enter(limits, "GET", "");
        await next.Turn.WaitAsync(Deadline);
        next.GiveBack();
    }

    [Theory]
    [InlineData("GET", "/namespaces/{ns}/executions", "?watch=true", LimitKind.Watch)]
    [InlineData("GET", "/executions", "?watch=1", LimitKind.Watch)]
    [InlineData("GET", "/namespaces/{ns}/executions", "?watch=false", LimitKind.Request)]
    [InlineData("GET", "/namespaces/{ns}/executions", "?wait=30s", LimitKind.Request)]
    [InlineData("POST", "/namespaces/{ns}/executions", "?watch=true", LimitKind.Request)]
    [InlineData("POST", "/namespaces/{ns}/executions", "?wait=30s", LimitKind.Wait)]
    [InlineData("POST", "/namespaces/{ns}/executions", "", LimitKind.Request)]
    [InlineData("GET", "/namespaces/{ns}/executions/{name}", "?wait=30s", LimitKind.Wait)]
    [InlineData("GET", "/namespaces/{ns}/executions/{name}/result", "?wait=30s", LimitKind.Wait)]
    [InlineData("GET", "/namespaces/{ns}/executions/{name}/status", "?wait=30s", LimitKind.Wait)]
    [InlineData("GET", "/namespaces/{ns}/executions/{name}", "?watch=1&wait=30s", LimitKind.Wait)]
    [InlineData("DELETE", "/namespaces/{ns}/executions/{name}", "?wait=30s", LimitKind.Request)]
    [InlineData("GET", "/namespaces/{ns}/executions/{name}", "?wait", LimitKind.Request)]
    [InlineData("GET", "/namespaces/{ns}/executions/{name}", "?wait=0s", LimitKind.Request)]
    [InlineData("GET", "/namespaces/{ns}/executions/{name}", "?wait=soon", LimitKind.Request)]
    [InlineData("GET", "/namespaces/{ns}/executions/{name}", "?watch=1", LimitKind.Request)]
    [InlineData("GET", "/namespaces/{ns}/executions/{name}/journal", "?wait=30s", LimitKind.Request)]
    [InlineData("POST", "/namespaces/{ns}/executions", "?wait=0s", LimitKind.Request)]
    [InlineData("POST", "/namespaces/{ns}/executions/{name}/cancel", "?wait=30s", LimitKind.Request)]
    [InlineData("GET", "/namespaces/{ns}/suspensions/{name}", "?wait=30s", LimitKind.Request)]
    [InlineData("GET", "/namespaces/{ns}/suspensions", "?watch=true", LimitKind.Watch)]
    [InlineData("GET", "/functions", "?watch=true", LimitKind.Watch)]
    [InlineData("GET", null, "?watch=true&wait=30s", LimitKind.None)]
    public void Requests_CountAsWhatTheyAre(string method, string? pattern, string query, object kind)
    {
        HttpContext context = Context(method, query);
        var target = RequestTarget.Of(pattern is null ? "/readyz" : Root + pattern, Group);
        Assert.Equal(kind, RequestLimits.KindOf(context.Request, target.Describe(context.Request)));
    }

    [Fact]
    public void Watches_HavePlacesOfTheirOwn()
    {
        using var limits = new RequestLimits(new KontinueLimitsOptions { MaxConcurrentRequests = 1, MaxQueuedRequests = 0, MaxWatches = 2 });
        LimitLease request = Enter(limits, "GET", "");
        LimitLease watch = Enter(limits, "GET", "?watch=true");
        Enter(limits, "GET", "?watch=true");
        ApiException full = Assert.Throws<ApiException>(() => Enter(limits, "GET", "?watch=true"));
        Assert.Equal((429, StatusReason.TooManyRequests, 1), (full.Status.Code, full.Status.Reason, full.Status.Details!.RetryAfterSeconds));
        Assert.Contains("2 watches", full.Status.Message, StringComparison.Ordinal);
        watch.GiveBack();
        Assert.True(Enter(limits, "GET", "?watch=true").Turn.IsCompletedSuccessfully);
        request.GiveBack();
        Assert.True(Enter(limits, "GET", "").Turn.IsCompletedSuccessfully);
    }

    [Fact]
    public void Rate_IsPerUser()
    {
        using var limits = new RequestLimits(new KontinueLimitsOptions { RequestsPerSecondPerUser = 5, BurstPerUser = 10 });
        Assert.InRange(Allowed("alice"), 10, 500);
        Assert.InRange(Allowed("bob"), 10, 500);

        int Allowed(string user)
        {
            int allowed = 0;
            for (int i = 0; i < 1000; i++)
            {
                try
                {
                    Enter(limits, "GET", "", new Caller(user, default, [])).GiveBack();
                    allowed++;
                }
                catch (ApiException e)
                {
                    Assert.Contains("5 requests per second", e.Status.Message, StringComparison.Ordinal);
                }
            }

            return allowed;
        }
    }

    [Fact]
    public async Task Server_WhenFull_Answers429_ButWaitsAndProbesGetThrough()
    {
        await using AccessServer server = await AccessServer.StartAsync(o => (o.Limits.MaxConcurrentRequests, o.Limits.MaxQueuedRequests, o.Limits.MaxWaits) = (1, 1, 1));
        var entered = new SemaphoreSlim(0);
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Client.OnJournal = _ => HoldAsync(new JournalPage { Items = [] });
        server.Client.OnWait = (key, _, _) => HoldAsync(FakeClient.Make(key, ExecutionPhase.Completed));
        using HttpClient http = server.Connect();

        Task<HttpResponseMessage> working = http.GetAsync(Shop + "/x/journal");
        Assert.True(await entered.WaitAsync(Deadline), "Waited for the first request to be worked on.");
        Task<HttpResponseMessage> one = http.GetAsync(Shop + "/x");
        Task<HttpResponseMessage> other = http.GetAsync(Shop + "/x");
        Task<HttpResponseMessage> answered = await Task.WhenAny(one, other).WaitAsync(Deadline);
        Task<HttpResponseMessage> queued = answered == one ? other : one;
        using HttpResponseMessage refused = await answered;
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
        Assert.Contains("\"reason\":\"TooManyRequests\"", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/healthz")).StatusCode);

        Task<HttpResponseMessage> waiting = http.GetAsync(Shop + "/x?wait=30s");
        Assert.True(await entered.WaitAsync(Deadline), "Waited for the wait to begin although the server is full.");
        using HttpResponseMessage tooMany = await http.GetAsync(Shop + "/y?wait=30s");
        Assert.Equal(HttpStatusCode.TooManyRequests, tooMany.StatusCode);
        Assert.False(queued.IsCompleted);

        open.SetResult();
        foreach (Task<HttpResponseMessage> request in (Task<HttpResponseMessage>[])[working, queued, waiting])
        {
            Assert.Equal(HttpStatusCode.OK, (await request.WaitAsync(Deadline)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(Shop)).StatusCode);

        async Task<T> HoldAsync<T>(T value)
        {
            entered.Release();
            await open.Task;
            return value;
        }
    }

    [Fact]
    public async Task Kestrel_HasTheLimitsOfTheOptions()
    {
        await using AccessServer server = await AccessServer.StartAsync(o =>
        {
            (o.Limits.MaxConnections, o.Limits.MinBodyBytesPerSecond) = (123, 77);
            (o.Limits.HeadersTimeout, o.Limits.KeepAliveTimeout) = (TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(70));
        });
        KestrelServerLimits limits = server.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
        Assert.Equal((123L, 77d), (limits.MaxConcurrentConnections!.Value, limits.MinRequestBodyDataRate!.BytesPerSecond));
        Assert.Equal((TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(70)), (limits.RequestHeadersTimeout, limits.KeepAliveTimeout));
        Assert.True(limits.MaxRequestBodySize > 1024 * 1024 + Headroom);
        using HttpClient http = server.Connect();
        using var large = new ByteArrayContent(new byte[(int)limits.MaxRequestBodySize]);
        large.Headers.ContentType = new("application/json");
        using HttpResponseMessage response = await http.PostAsync(Shop, large);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("The body is larger than", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static LimitLease Enter(RequestLimits limits, string method, string query, Caller? caller = null)
    {
        HttpContext context = Context(method, query);
        return limits.Enter(
            context, RequestTarget.Of(Root + "/namespaces/{ns}/executions", Group).Describe(context.Request), caller ?? Caller.AnonymousAdmin);
    }

    private static DefaultHttpContext Context(string method, string query)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = method;
        context.Request.QueryString = new QueryString(query);
        return context;
    }

    private static void InterlockedMax(ref int most, int now)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < now && Interlocked.CompareExchange(ref most, now, seen) != seen)
        {
        }
    }
}
