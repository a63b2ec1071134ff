using System.Net;
using System.Text;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Client.Tests;

public sealed class ClientTests : IAsyncLifetime
{
    private static readonly ExecutionKey X = new("default", "x");

    private ApiServer _server = null!;
    private KontinueHttpClient _client = null!;

    public async Task InitializeAsync()
    {
        _server = await ApiServer.StartAsync();
        _client = new KontinueHttpClient(KontinueHttp.Create(_server.Address), new KontinueClientOptions { Backoff = TimeSpan.FromMilliseconds(1) });
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Create_WithGenerateName_IsNamedHereAndWaits()
    {
        _server.Client.OnCreate = (e, wait, _) => Task.FromResult(FakeClient.Stored(e, wait > TimeSpan.Zero ? ExecutionPhase.Completed : ExecutionPhase.Pending, JsonPayload.From("hi")));
        Execution execution = await _client.CreateAsync(Hello(null), TimeSpan.FromMinutes(5));
        Assert.StartsWith("hello-", execution.Metadata.Name, StringComparison.Ordinal);
        Assert.Equal(ExecutionPhase.Completed, execution.Status!.Phase);
        Assert.Equal("hi", execution.GetResult<string>());
    }

    [Fact]
    public async Task Create_AnswerLost_StartsOnlyOne()
    {
        Execution? stored = null;
        _server.Client.OnCreate = (e, _, _) => stored is null
            ? Task.FromResult(stored = FakeClient.Stored(e, ExecutionPhase.Pending))
            : throw new ExecutionAlreadyExistsException(e.Key, stored.Metadata.Uid!.Value);
        _server.Client.OnGet = _ => Task.FromResult(stored!);
        var client = new KontinueHttpClient(new HttpClient(new LosesFirstAnswer()) { BaseAddress = _server.Address }, Fast());
        Execution created = await client.CreateAsync(Hello("x"));
        Assert.Equal(stored!.Metadata.Uid, created.Metadata.Uid);
    }

    [Fact]
    public async Task Create_NameOfSomebodyElse_IsAlreadyExists()
    {
        _server.Client.OnCreate = (e, _, _) => throw new ExecutionAlreadyExistsException(e.Key, Guid.Parse("0198c0de-0000-7000-8000-000000000002"));
        _server.Client.OnGet = key => Task.FromResult(FakeClient.Make(key, ExecutionPhase.Pending));
        var e = await Assert.ThrowsAsync<ExecutionAlreadyExistsException>(() => _client.CreateAsync(Hello("x")));
        Assert.Equal(X, e.Key);
        Assert.Equal("0198c0de-0000-7000-8000-000000000002", e.ExistingUid.ToString());
    }

    [Fact]
    public async Task Wait_GoesOnUntilItHasEnded()
    {
        int asked = 0;
        _server.Client.OnWait = (key, _, _) => Task.FromResult(FakeClient.Make(key, ++asked < 3 ? ExecutionPhase.Executing : ExecutionPhase.Completed));
        Execution execution = await _client.WaitAsync(X, TimeSpan.FromMinutes(10));
        Assert.Equal(ExecutionPhase.Completed, execution.Status!.Phase);
        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task Errors_ComeBackAsTheSameExceptions()
    {
        await Assert.ThrowsAsync<ExecutionNotFoundException>(() => _client.GetAsync(X));
        _server.Client.OnCancel = (key, _) => throw new ExecutionConflictException(key, "It has ended.");
        Assert.Equal("It has ended.", (await Assert.ThrowsAsync<ExecutionConflictException>(() => _client.CancelAsync(X))).Message);
        var invalid = await Assert.ThrowsAsync<InvalidRequestException>(() => _client.SendEventAsync(X, "a#b"));
        Assert.Equal("name", invalid.Field);
        _server.Client.OnResume = (_, _, _) => throw new UnavailableException("Away.");
        Assert.Equal("Away.", (await Assert.ThrowsAsync<UnavailableException>(() => _client.ResumeAsync(X))).Message);
        _server.Client.OnJournal = _ => throw new InvalidOperationException("secret");
        Assert.Equal(ErrorKind.Internal, (await Assert.ThrowsAsync<KontinueException>(() => _client.ReadJournalAsync(X))).Kind);
        Assert.Equal("limit", (await Assert.ThrowsAsync<InvalidRequestException>(() => _client.ListAsync(new ListQuery { Limit = 1000 }))).Field);
    }

    [Fact]
    public async Task List_SendsTheWholeQuery()
    {
        ListQuery? seen = null;
        _server.Client.OnList = q =>
        {
            seen = q;
            return Task.FromResult(new ExecutionList { Items = [] });
        };
        var labels = new Dictionary<string, string> { ["a.b/c"] = "d", ["e"] = "" };
        await _client.ListAsync(new ListQuery
        {
            Limit = 3,
            Continue = "a+b=&",
            Selector = new ExecutionSelector
            {
                Namespace = "ns", Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Failed }, Function = "f",
                Labels = [.. labels.Select(l => LabelRequirement.Equal(l.Key, l.Value))],
            },
        });
        Assert.Equal(("ns", 3, "a+b=&", ExecutionPhase.Failed, "f"), (seen!.Selector.Namespace, seen.Limit, seen.Continue, Assert.Single(seen.Selector.Phases!), seen.Selector.Function));
        Assert.Equal(labels, seen.Selector.Labels!.ToDictionary(l => l.Key, l => l.Values[0]));
    }

    [Fact]
    public async Task ServerAway_IsUnavailable()
    {
        await _server.StopAsync();
        var e = await Assert.ThrowsAsync<UnavailableException>(() => _client.GetAsync(X));
        Assert.Contains("cannot be reached", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OtherServer_IsSaidToBeNone()
    {
        var client = new KontinueHttpClient(new HttpClient(new Page()) { BaseAddress = new Uri("http://x/") }, Fast());
        Assert.Contains("not one of the Kontinue API", (await Assert.ThrowsAsync<KontinueException>(() => client.GetAsync(X))).Message, StringComparison.Ordinal);
    }

    private static KontinueClientOptions Fast() => new() { Backoff = TimeSpan.FromMilliseconds(1) };

    private static Execution Hello(string? name) => new()
    {
        Metadata = new ObjectMetadata { Name = name, GenerateName = name is null ? "hello-" : null },
        Spec = new ExecutionSpec { Function = "hello" },
    };

    private sealed class LosesFirstAnswer() : DelegatingHandler(new SocketsHttpHandler())
    {
        private bool _lost;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
            if (_lost)
            {
                return response;
            }

            _lost = true;
            response.Dispose();
            throw new HttpRequestException(HttpRequestError.ResponseEnded, "The connection was lost.");
        }
    }

    private sealed class Page : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent("<html>", Encoding.UTF8, "text/html") });
    }
}
