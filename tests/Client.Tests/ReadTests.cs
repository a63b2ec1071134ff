using Kontinue.Client.Tests.Support;
using Kontinue.Resources;
using Xunit;
using static Kontinue.Client.Tests.Support.Given;

namespace Kontinue.Client.Tests;

public sealed class ReadTests : IAsyncLifetime
{
    private FakeServer _server = null!;
    private KontinueHttpClient _client = null!;

    public async Task InitializeAsync()
    {
        _server = await FakeServer.StartAsync();
        _client = new KontinueHttpClient(_server.Address, Fast());
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(400, "BadRequest", typeof(InvalidRequestException))]
    [InlineData(401, "Unauthorized", typeof(AccessDeniedException))]
    [InlineData(403, "Forbidden", typeof(AccessDeniedException))]
    [InlineData(404, "NotFound", typeof(ExecutionNotFoundException))]
    [InlineData(405, "MethodNotAllowed", typeof(KontinueException))]
    [InlineData(409, "AlreadyExists", typeof(ExecutionAlreadyExistsException))]
    [InlineData(409, "Conflict", typeof(ExecutionConflictException))]
    [InlineData(410, "Expired", typeof(VersionExpiredException))]
    [InlineData(413, "RequestEntityTooLarge", typeof(KontinueException))]
    [InlineData(415, "UnsupportedMediaType", typeof(KontinueException))]
    [InlineData(422, "Invalid", typeof(InvalidRequestException))]
    [InlineData(429, "TooManyRequests", typeof(TooManyRequestsException))]
    [InlineData(500, "InternalError", typeof(KontinueException))]
    [InlineData(503, "ServiceUnavailable", typeof(UnavailableException))]
    [InlineData(504, "Timeout", typeof(UnavailableException))]
    public async Task Reasons_BecomeExceptionsWithTheServersMessage(int code, string reason, Type expected)
    {
        _server.OnRequest = _ => FakeApi.Failure(code, reason, "The server's words.");
        var e = await Assert.ThrowsAnyAsync<KontinueException>(() => _client.GetAsync(X));
        Assert.IsType(expected, e);
        if (e is not (ExecutionNotFoundException or ExecutionAlreadyExistsException))
        {
            Assert.StartsWith("The server's words.", e.Message, StringComparison.Ordinal);
        }

        if (expected == typeof(KontinueException) && code != 413)
        {
            Assert.Contains($"{code}", e.Message, StringComparison.Ordinal);
        }

        Assert.Equal(code is 429 or >= 503 ? 5 : 1, _server.All.Count);
    }

    [Theory]
    [InlineData(401, typeof(AccessDeniedException), 1)]
    [InlineData(403, typeof(AccessDeniedException), 1)]
    [InlineData(404, typeof(KontinueException), 1)]
    [InlineData(429, typeof(TooManyRequestsException), 5)]
    [InlineData(500, typeof(KontinueException), 1)]
    [InlineData(502, typeof(UnavailableException), 5)]
    [InlineData(503, typeof(UnavailableException), 5)]
    [InlineData(504, typeof(UnavailableException), 5)]
    public async Task PagesOfProxies_AreUnderstoodByTheirCode(int code, Type expected, int attempts)
    {
        _server.OnRequest = _ => new Answer(code, "<html>");
        Assert.IsType(expected, await Assert.ThrowsAnyAsync<KontinueException>(() => _client.GetAsync(X)));
        Assert.Equal(attempts, _server.All.Count);
    }

    [Fact]
    public async Task ListAll_ReadsAllPages()
    {
        _server.OnRequest = asked => asked.Query switch
        {
            "?limit=2&labelSelector=a%3Db" => List("next+1", "a", "b"),
            "?limit=2&continue=next%2B1&labelSelector=a%3Db" => List("2"),
            "?limit=2&continue=2&labelSelector=a%3Db" => List(null, "c"),
            _ => FakeApi.Failure(400, "BadRequest", asked.Query),
        };
        var query = new ListQuery { Limit = 2, Selector = new ExecutionSelector { Labels = LabelSelector.Parse("a=b") } };
        Assert.Equal(["a", "b", "c"], await _client.ListAllAsync(query).Select(e => e.Metadata.Name).ToListAsync());

        static Answer List(string? next, params string[] names) => new(200, FakeApi.Json(
            new ExecutionList { Metadata = new ListMetadata { Continue = next }, Items = [.. names.Select(n => Hello(n))] }, KontinueJsonContext.Writing.ExecutionList));
    }

    [Fact]
    public async Task WholeJournal_ReadsAllPages()
    {
        _server.OnRequest = asked => asked.Query switch
        {
            "?after=0&limit=1000" => Page(2, 1, 2),
            "?after=2&limit=1000" => Page(null, 3),
            _ => FakeApi.Failure(400, "BadRequest", asked.Query),
        };
        Assert.Equal([1, 2, 3], await _client.ReadWholeJournalAsync(X).Select(e => e.Sequence).ToListAsync());

        static Answer Page(long? next, params long[] numbers) => new(200, FakeApi.Json(
            new JournalPage
            {
                Next = next, Items = [.. numbers.Select(n => new JournalEntry { Sequence = n, Kind = "StepCompleted", At = DateTimeOffset.UnixEpoch })],
            },
            KontinueJsonContext.Writing.JournalPage));
    }

    [Fact]
    public async Task Suspensions_AreSelectedByTheirExecution()
    {
        _server.OnRequest = _ => new Answer(200, FakeApi.Json(
            new SuspensionList { Items = [Waiting("x", "approval"), Waiting("y", "sleep")] }, KontinueJsonContext.Writing.SuspensionList));
        var query = new ListQuery { Selector = new ExecutionSelector { Namespace = "ns", Name = "x", Function = "f" } };
        Assert.Equal("approval", Assert.Single((await _client.ListSuspensionsAsync(query)).Items).Spec.Wait);
        Asked asked = _server.All.Single();
        Assert.Equal(
            ("/apis/kontinue.cloud/v1alpha1/namespaces/ns/suspensions", "?limit=500&fieldSelector=spec.function%3Df"), (asked.Path, asked.Query));
        Assert.Equal(2, (await _client.ListSuspensionsAsync(new ListQuery())).Items.Count);

        static Suspension Waiting(string execution, string wait) => new()
        {
            Metadata = new ObjectMetadata { Name = $"{execution}.{wait}" },
            Spec = new SuspensionSpec { Execution = execution, Function = "f", Wait = wait, Type = "Suspend" },
        };
    }

    [Fact]
    public async Task Functions_AreRead()
    {
        _server.OnRequest = _ => new Answer(200, """{"items":[{"metadata":{"name":"hello"},"spec":{"description":"Greets","arguments":{"type":"object"}}}]}""");
        Function hello = Assert.Single((await _client.ListFunctionsAsync()).Items);
        Assert.Equal(("hello", "Greets", """{"type":"object"}"""), (hello.Metadata.Name, hello.Spec.Description, hello.Spec.Arguments.ToString()));
        Assert.Equal("/apis/kontinue.cloud/v1alpha1/functions", _server.All.Single().Path);
    }
}
