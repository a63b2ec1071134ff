using System.Net;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Api.Tests;

public sealed class CreateTests : ApiTest
{
    private const string Minimal = """{"metadata":{"name":"x"},"spec":{"function":"hello"}}""";

    [Fact]
    public async Task Create_FullObject_IsPassedOnAndAnswered201()
    {
        Execution? seen = null;
        Client.OnCreate = (e, wait, _) =>
        {
            seen = e;
            Assert.Equal(TimeSpan.FromSeconds(30), wait);
            return Task.FromResult(FakeClient.Stored(e, ExecutionPhase.Completed, JsonPayload.Parse("[1]")));
        };
        HttpResponseMessage response = await PostAsync(Executions + "?wait=30s&fieldManager=kubectl-create", """
            {"apiVersion":"kontinue.cloud/v1alpha1","kind":"Execution",
             "metadata":{"generateName":"x-","namespace":"default","labels":{"a":"b"},"creationTimestamp":null},
             "spec":{"function":"hello","arguments":{"n":1},"retry":{"retries":2,"backoff":"1m30s","childPolicy":"RetryFailed"},"timeout":{"overall":"7d"}},
             "status":{}}
            """);
        Execution created = await ReadAsync<Execution>(response, HttpStatusCode.Created);
        Assert.Equal("[1]", created.Status!.Result.ToString());
        Assert.Equal(Executions + "/x-abcde", response.Headers.Location!.ToString());
        Assert.Equal("x-", seen!.Metadata.GenerateName);
        Assert.Equal("""{"n":1}""", seen.Spec.Arguments.ToString());
        Assert.Equal(TimeSpan.FromSeconds(90), seen.Spec.Retry!.Backoff);
        Assert.Equal(ChildPolicy.RetryFailed, seen.Spec.Retry.ChildPolicy);
        Assert.Null(seen.Status);
    }

    [Theory]
    [InlineData("", "body")]
    [InlineData("null", "not null")]
    [InlineData("[]", "must be an object")]
    [InlineData("{\n  \"metadata\": {,", "line 2, column 16")]
    [InlineData("""{"metadata":{"name":"x"},"spec":{"function":"hello"}} x""", "not valid JSON")]
    [InlineData("""{"metadata":{"name":"x"},"spec":{"function":"\ud800"}}""", "Unicode")]
    [InlineData("""{"kind":"Job","metadata":{"name":"x"},"spec":{"function":"hello"}}""", "kind: must be Execution")]
    [InlineData("""{"apiVersion":"v1","metadata":{"name":"x"},"spec":{"function":"hello"}}""", "apiVersion: must be kontinue.cloud/v1alpha1")]
    [InlineData("""{"metadata":{"name":"x","namespace":"other"},"spec":{"function":"hello"}}""", "metadata.namespace")]
    public async Task Create_BodyThatCannotBeUnderstood_IsBadRequest(string body, string message)
    {
        ErrorStatus status = await ErrorAsync(await PostAsync(Executions, body), 400, "BadRequest");
        Assert.Contains(message, status.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"x"},"spec":{"functoin":"hello"}}""", "spec.functoin", "did you mean \"function\"?")]
    [InlineData("""{"metadata":{"name":"x"},"spec":{}}""", "spec.function", "is required")]
    [InlineData("""{"metadata":{"name":"x"},"spec":{"function":null}}""", "spec.function", "must be a string")]
    [InlineData("""{"metadata":{"name":"x"}}""", "spec", "is required")]
    [InlineData("""{"spec":{"function":"hello"}}""", "metadata", "is required")]
    [InlineData("""{"metadata":{"name":7},"spec":{"function":"hello"}}""", "metadata.name", "must be a string, not 7")]
    [InlineData("""{"metadata":{"name":"x","labels":{"a":1}},"spec":{"function":"hello"}}""", "metadata.labels.a", "must be a string, not 1")]
    [InlineData("""{"metadata":{"name":"x"},"spec":{"function":"hello","retry":{"retries":"2"}}}""", "spec.retry.retries", "must be a whole number")]
    [InlineData("""{"metadata":{"name":"x"},"spec":{"function":"hello","retry":[]}}""", "spec.retry", "must be an object, not an array")]
    public async Task Create_BodyOfAnotherShape_NamesTheField(string body, string field, string message)
    {
        ErrorStatus status = await ErrorAsync(await PostAsync(Executions, body), 400, "BadRequest");
        StatusCause cause = Assert.Single(status.Details!.Causes!, c => c.Field == field);
        Assert.Contains(message, cause.Message, StringComparison.Ordinal);
        Assert.Contains(field, status.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"x"},"spec":{"function":"hello","retry":{"backoff":"5 parsecs"}}}""", "spec.retry.backoff", "\"5 parsecs\" is not a duration")]
    [InlineData("""{"metadata":{"name":"x"},"spec":{"function":"hello","retry":{"backoff":5}}}""", "spec.retry.backoff", "5 is not a duration")]
    [InlineData("""{"metadata":{"name":"x"},"spec":{"function":"hello","timeout":{"overall":"-1s"}}}""", "spec.timeout.overall", "\"-1s\" is not a duration")]
    [InlineData("""{"metadata":{"name":"x"},"spec":{"function":"hello","retry":{"retries":1.5}}}""", "spec.retry.retries", "1.5 is not a whole number")]
    [InlineData("""{"metadata":{"name":"x"},"spec":{"function":"hello","retry":{"childPolicy":"All"}}}""", "spec.retry.childPolicy", "None, RetryFailed")]
    [InlineData("""{"metadata":{"name":"x"},"spec":{"function":"hello","retry":{"childPolicy":1}}}""", "spec.retry.childPolicy", "None, RetryFailed")]
    [InlineData("""{"metadata":{"name":"X_y"},"spec":{"function":"hello"}}""", "metadata.name", "'X_y' is not a name")]
    [InlineData("""{"metadata":{"generateName":"X_"},"spec":{"function":"hello"}}""", "metadata.generateName", "cannot begin a name")]
    [InlineData("""{"metadata":{"name":"x","labels":{"a b":"c"}},"spec":{"function":"hello"}}""", "metadata.labels", "'a b' is not a label's key")]
    [InlineData("""{"metadata":{"name":"x","labels":{"a":"\u0000"}},"spec":{"function":"hello"}}""", "metadata.labels.a", "is not a label's value")]
    [InlineData("""{"metadata":{"name":"x","annotations":{"":"c"}},"spec":{"function":"hello"}}""", "metadata.annotations", "is not an annotation's key")]
    [InlineData("""{"metadata":{},"spec":{"function":"hello"}}""", "metadata.name", "is required")]
    [InlineData("""{"metadata":{"name":"x"},"spec":{"function":"hello","arguments":[1]}}""", "spec.arguments", "must be a JSON object")]
    [InlineData("""{"metadata":{"name":"x","uid":"0198c0de-0000-7000-8000-000000000001"},"spec":{"function":"hello"}}""", "metadata.uid", "set by the server")]
    [InlineData("""{"metadata":{"name":"x"},"spec":{"function":"hello"},"status":{"phase":"Completed"}}""", "status", "set by the server")]
    public async Task Create_BadValue_IsInvalidAndNamesTheField(string body, string field, string message)
    {
        ErrorStatus status = await ErrorAsync(await PostAsync(Executions, body), 422, "Invalid");
        StatusCause cause = Assert.Single(status.Details!.Causes!, c => c.Field == field);
        Assert.Contains(message, cause.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_SeveralFaults_AreAllNamed()
    {
        ErrorStatus status = await ErrorAsync(
            await PostAsync(Executions, """{"metadata":{"nam":"x"},"spec":{"function":1,"retry":{"backoff":"x"}}}"""), 400, "BadRequest");
        Assert.Equal(["metadata.nam", "spec.function", "spec.retry.backoff"], status.Details!.Causes!.Select(c => c.Field));
    }

    [Fact]
    public async Task Create_NestedTooDeep_IsBadRequest()
    {
        string deep = new string('[', 5000) + new string(']', 5000);
        await ErrorAsync(await PostAsync(Executions, $$$$"""{"metadata":{"name":"x"},"spec":{"function":"a","arguments":{"a":{{{{deep}}}}}}}"""), 400, "BadRequest");
    }

    [Theory]
    [InlineData("text/yaml")]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=latin1")]
    public async Task Create_OtherContentType_IsUnsupported(string contentType)
    {
        ErrorStatus status = await ErrorAsync(await SendAsync(HttpMethod.Post, Executions, Minimal, contentType), 415, "UnsupportedMediaType");
        Assert.Contains("application/json", status.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json; charset=utf-8", "")]
    [InlineData("application/json; charset=\"UTF-8\"", "\uFEFF")]
    [InlineData(null, "")]
    public async Task Create_JsonInUtf8_IsAccepted(string? contentType, string prefix) =>
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Post, Executions, prefix + Minimal, contentType)).StatusCode);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Create_TooLarge_Is413(bool chunked)
    {
        string body = $$$$"""{"metadata":{"name":"x"},"spec":{"function":"a","arguments":{"a":"{{{{new string('x', 1_200_000)}}}}"}}}""";
        HttpResponseMessage response = await SendAsync(HttpMethod.Post, Executions, body, also: r => r.Headers.TransferEncodingChunked = chunked);
        await ErrorAsync(response, 413, "RequestEntityTooLarge");
    }

    [Fact]
    public async Task Create_PayloadAsLargeAsAllowed_ReachesTheEngine()
    {
        string body = $$$$"""{"metadata":{"name":"x"},"spec":{"function":"a","arguments":{"a":"{{{{new string('x', 1_048_000)}}}}"}}}""";
        Assert.Equal(HttpStatusCode.Created, (await PostAsync(Executions, body)).StatusCode);
    }

    [Theory]
    [InlineData("wait=soon", "wait")]
    [InlineData("wait=10", "wait")]
    [InlineData("wait=6m", "wait")]
    [InlineData("dryRun=Some", "dryRun")]
    public async Task Create_BadParameter_IsBadRequest(string query, string parameter)
    {
        ErrorStatus status = await ErrorAsync(await PostAsync(Executions + "?" + query, Minimal), 400, "BadRequest");
        Assert.Equal(parameter, status.Details!.Causes![0].Field);
    }

    [Fact]
    public async Task Create_InBadNamespace_IsInvalid()
    {
        ErrorStatus status = await ErrorAsync(await PostAsync(Root + "/namespaces/No_Ns/executions", Minimal), 422, "Invalid");
        Assert.Equal("metadata.namespace", status.Details!.Causes![0].Field);
    }

    public static TheoryData<Exception, int, string> EngineErrors => new()
    {
        { new InvalidRequestException("spec.arguments.n", "is no number"), 422, "Invalid" },
        { new ExecutionAlreadyExistsException(new ExecutionKey("default", "x"), Guid.Parse("0198c0de-0000-7000-8000-000000000002")), 409, "AlreadyExists" },
        { new PayloadTooLargeException("The arguments", 2_000_000, 1_000_000), 413, "RequestEntityTooLarge" },
        { new UnavailableException("The database is away."), 503, "ServiceUnavailable" },
        { new Kontinue.Engine.Storage.StoreException("The disk is full.", isTransient: true), 503, "ServiceUnavailable" },
        { new InvalidOperationException("secret detail"), 500, "InternalError" },
    };

    [Theory]
    [MemberData(nameof(EngineErrors), DisableDiscoveryEnumeration = true)]
    public async Task Create_EngineThrows_IsAStatus(Exception exception, int code, string reason)
    {
        Client.OnCreate = (_, _, _) => throw exception;
        HttpResponseMessage response = await PostAsync(Executions, Minimal);
        ErrorStatus status = await ErrorAsync(response, code, reason);
        if (code == 500)
        {
            Assert.DoesNotContain("secret", status.Message, StringComparison.Ordinal);
            string id = status.Message!.TrimEnd('.').Split(' ')[^1];
            Assert.Contains(Server.Log, l => l.Contains(id, StringComparison.Ordinal) && l.Contains("secret detail", StringComparison.Ordinal));
        }
        else if (code == 409)
        {
            Assert.Equal("x", status.Details!.Name);
            Assert.Equal("0198c0de-0000-7000-8000-000000000002", status.Details.Uid.ToString());
        }
        else if (code == 503)
        {
            Assert.NotNull(response.Headers.RetryAfter);
        }
    }
}
