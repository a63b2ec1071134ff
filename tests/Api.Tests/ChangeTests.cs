using System.Net;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Api.Tests;

public sealed class ChangeTests : ApiTest
{
    private const string One = Executions + "/x";
    private const string Merge = "application/merge-patch+json";
    private const string Json = "application/json-patch+json";
    private const string Apply = "application/apply-patch+yaml";

    private Execution _stored = FakeClient.Make(new ExecutionKey("default", "x"), ExecutionPhase.Suspended) with
    {
        Spec = new ExecutionSpec { Function = "hello", Arguments = JsonPayload.Parse("""{"n": 1, "s": "a"}"""), Retry = new RetrySpec { Retries = 2 } },
    };

    private bool _exists = true;

    private void Store()
    {
        _stored = _stored with { Metadata = _stored.Metadata with { Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["team"] = "red", ["keep"] = "1" } } };
        Client.OnGet = key => _exists ? Task.FromResult(_stored) : throw new ExecutionNotFoundException(key);
        Client.OnUpdate = (key, change) =>
        {
            if (!_exists)
            {
                throw new ExecutionNotFoundException(key);
            }

            Execution changed = change(_stored);
            if (changed.Metadata.ResourceVersion != _stored.Metadata.ResourceVersion)
            {
                throw new ExecutionConflictException(key, "Somebody was faster.");
            }

            _stored = changed with { Metadata = changed.Metadata with { ResourceVersion = "2" } };
            return Task.FromResult(_stored);
        };
    }

    [Theory]
    [InlineData(Merge, """{"metadata":{"labels":{"team":"blue","old":null},"annotations":{"a":"b"}},"spec":{"ttl":{"deleteAfter":"7d"}}}""")]
    [InlineData(Json, """[{"op":"test","path":"/metadata/labels/team","value":"red"},{"op":"replace","path":"/metadata/labels/team","value":"blue"},{"op":"add","path":"/metadata/annotations","value":{"a":"b"}},{"op":"add","path":"/spec/ttl","value":{"deleteAfter":"7d"}}]""")]
    [InlineData(Apply, """{"apiVersion":"kontinue.cloud/v1alpha1","kind":"Execution","metadata":{"name":"x","labels":{"team":"blue"},"annotations":{"a":"b"}},"spec":{"function":"hello","ttl":{"deleteAfter":"7d"}}}""")]
    [InlineData(Apply, "apiVersion: kontinue.cloud/v1alpha1\nkind: Execution\nmetadata:\n  labels: {team: blue}\n  annotations: {a: b}\nspec:\n  function: hello\n  ttl: {deleteAfter: 7d}\n")]
    public async Task Patch_OfWhatMayChange_ChangesThat(string type, string body)
    {
        Store();
        Execution changed = await ReadAsync<Execution>(await PatchAsync(type, body, "?fieldManager=me&force=true"));
        Assert.Equal("2", changed.Metadata.ResourceVersion);
        Assert.Equal(["keep=1", "team=blue"], _stored.Metadata.Labels!.Select(l => $"{l.Key}={l.Value}").Order(StringComparer.Ordinal));
        Assert.Equal("b", _stored.Metadata.Annotations!["a"]);
        Assert.Equal(TimeSpan.FromDays(7), _stored.Spec.Ttl!.DeleteAfter);
        Assert.Equal(2, _stored.Spec.Retry!.Retries);
    }

    [Theory]
    [InlineData("""{"spec":{"function":"other"}}""", "spec.function")]
    [InlineData("""{"spec":{"arguments":{"n":2}}}""", "spec.arguments")]
    [InlineData("""{"spec":{"retry":null}}""", "spec.retry")]
    [InlineData("""{"spec":{"mutex":{"name":"m"}}}""", "spec.mutex")]
    [InlineData("""{"spec":{"priority":1}}""", "spec.priority")]
    [InlineData("""{"spec":{"concurrencyKey":"k"}}""", "spec.concurrencyKey")]
    [InlineData("""{"spec":{"timeout":{"overall":"5m"}}}""", "spec.timeout")]
    [InlineData("""{"spec":{"workerGroup":"g"}}""", "spec.workerGroup")]
    [InlineData("""{"metadata":{"name":"y"}}""", "metadata.name")]
    [InlineData("""{"metadata":{"namespace":"y"}}""", "metadata.namespace")]
    [InlineData("""{"metadata":{"labels":{"-":"y"}}}""", "metadata.labels")]
    [InlineData("""{"metadata":{"labels":{"a":"?"}}}""", "metadata.labels.a")]
    [InlineData("""{"status":{"phase":"Completed"}}""", "status")]
    [InlineData("""{"kind":"Job"}""", "kind")]
    public async Task Patch_OfAnythingElse_IsInvalidAndNamesTheField(string body, string field)
    {
        Store();
        ErrorStatus status = await ErrorAsync(await PatchAsync(Merge, body), 422, "Invalid");
        Assert.Contains(status.Details!.Causes!, c => c.Field == field);
        Assert.Equal("1", _stored.Metadata.ResourceVersion);
    }

    [Theory]
    [InlineData(Merge, "[]", 400, "BadRequest")]
    [InlineData(Merge, "{", 400, "BadRequest")]
    [InlineData(Merge, """{"a":"\ud800"}""", 400, "BadRequest")]
    [InlineData(Merge, """{"a":1,"a":2}""", 400, "BadRequest")]
    [InlineData(Merge, null, 400, "BadRequest")]
    [InlineData(Merge, """{"spec":null}""", 400, "BadRequest")]
    [InlineData(Merge, """{"metadata":{"labels":{"a":1}}}""", 400, "BadRequest")]
    [InlineData(Json, "{}", 400, "BadRequest")]
    [InlineData(Json, """[{"op":"frobnicate","path":"/a"}]""", 400, "BadRequest")]
    [InlineData(Json, """[{"op":"replace","path":"","value":7}]""", 422, "Invalid")]
    [InlineData(Json, """[{"op":"replace","path":"/metadata","value":7}]""", 400, "BadRequest")]
    [InlineData(Json, """[{"op":"test","path":"/metadata/labels/team","value":"green"}]""", 422, "Invalid")]
    [InlineData(Json, """[{"op":"remove","path":"/metadata/labels/nothing"}]""", 422, "Invalid")]
    [InlineData(Apply, "[1]", 400, "BadRequest")]
    [InlineData(Apply, """{"metadata":{"name":"y"},"spec":{"function":"hello"}}""", 400, "BadRequest")]
    [InlineData(Apply, """{"metadata":{"name":7},"spec":{"function":"hello"}}""", 400, "BadRequest")]
    [InlineData("application/strategic-merge-patch+json", "{}", 415, "UnsupportedMediaType")]
    [InlineData("application/json", "{}", 415, "UnsupportedMediaType")]
    public async Task Patch_Bad_IsRefused(string type, string? body, int code, string reason)
    {
        Store();
        HttpResponseMessage response = await PatchAsync(type, body);
        await ErrorAsync(response, code, reason);
        Assert.Contains(Merge, response.Headers.GetValues("Accept-Patch").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"op":"add","path":"/spec/arguments/0","value":1}""", "/spec/arguments/0")]
    [InlineData("""{"op":"remove","path":"/spec"}""", "/spec")]
    [InlineData("""{"op":"replace","path":"/spec/ttls","value":null}""", "/spec/ttls")]
    [InlineData("""{"op":"copy","from":"/spec/arguments","path":"/metadata/annotations/a"}""", "/spec/arguments")]
    [InlineData("""{"op":"copy","from":"","path":"/metadata/annotations/a"}""", "")]
    [InlineData("""{"op":"move","from":"/metadata/labels","path":"/status/state"}""", "/status/state")]
    public async Task JsonPatch_OutsideOfWhatMayChange_IsRefusedUnread(string operation, string path)
    {
        Client.OnUpdate = (_, _) => throw new InvalidOperationException("It must not come to that.");
        ErrorStatus status = await ErrorAsync(await PatchAsync(Json, $"[{operation}]"), 422, "Invalid");
        Assert.Equal(path, Assert.Single(status.Details!.Causes!).Field);
    }

    [Fact]
    public async Task JsonPatch_TestsOfAnything_AreAllowed()
    {
        Store();
        await ReadAsync<Execution>(await PatchAsync(Json, """[{"op":"test","path":"/spec/arguments/n","value":1}]"""));
        await ErrorAsync(await PatchAsync(Json, """[{"op":"test","path":"/spec/arguments/n","value":2}]"""), 422, "Invalid");
    }

    [Theory]
    [InlineData(Merge)]
    [InlineData(Json)]
    [InlineData(Apply)]
    public async Task Patch_TooDeep_IsRefused(string type)
    {
        Store();
        const int Levels = 20_000;
        string nested = string.Concat(Enumerable.Repeat("{\"a\":", Levels)) + "1" + new string('}', Levels);
        await ErrorAsync(await PatchAsync(type, type is Json ? $"[{nested}]" : nested), 400, "BadRequest");
    }

    [Fact]
    public async Task Patch_UnknownField_FollowsFieldValidation()
    {
        Store();
        const string Body = """{"metadata":{"labels":{"team":"blue"}},"spec":{"colour":"blue"}}""";
        await ErrorAsync(await PatchAsync(Merge, Body, "?fieldValidation=Strict"), 400, "BadRequest");
        HttpResponseMessage response = await PatchAsync(Merge, Body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("colour", response.Headers.GetValues("Warning").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Patch_OfAnOldVersion_IsConflict()
    {
        Store();
        await ErrorAsync(await PatchAsync(Merge, """{"metadata":{"resourceVersion":"0"}}"""), 409, "Conflict");
        await ErrorAsync(await PatchAsync(Merge, """{"metadata":{"resourceVersion":"0"}}""", "?dryRun=All"), 409, "Conflict");
    }

    [Fact]
    public async Task Patch_DryRun_AnswersAndStoresNothing()
    {
        Store();
        Execution changed = await ReadAsync<Execution>(await PatchAsync(Merge, """{"metadata":{"labels":{"team":"blue"}}}""", "?dryRun=All"));
        Assert.Equal("blue", changed.Metadata.Labels!["team"]);
        Assert.Equal("red", _stored.Metadata.Labels!["team"]);
    }

    [Fact]
    public async Task Patch_OfNothing_IsNotFound()
    {
        (_exists, Execution? created) = (false, null);
        Store();
        await ErrorAsync(await PatchAsync(Merge, "{}"), 404, "NotFound");
        Assert.Null(created);
    }

    [Fact]
    public async Task Apply_OfNothing_Creates()
    {
        (_exists, Execution? created) = (false, null);
        Store();
        Client.OnCreate = (e, _, _) =>
        {
            created = e;
            return Task.FromResult(FakeClient.Stored(e, ExecutionPhase.Pending));
        };
        HttpResponseMessage response = await PatchAsync(Apply, """{"apiVersion":"kontinue.cloud/v1alpha1","kind":"Execution","metadata":{"labels":{"a":"b"}},"spec":{"function":"hello"}}""");
        await ReadAsync<Execution>(response, HttpStatusCode.Created);
        Assert.Equal(("x", "default", "hello"), (created!.Metadata.Name, created.Metadata.Namespace, created.Spec.Function));
    }

    [Fact]
    public async Task Apply_WhenSomebodyElseCreatesMeanwhile_Changes()
    {
        _exists = false;
        Store();
        Client.OnCreate = (e, _, _) =>
        {
            _exists = true;
            throw new ExecutionAlreadyExistsException(e.Key, Guid.NewGuid());
        };
        await ReadAsync<Execution>(await PatchAsync(Apply, """{"metadata":{"labels":{"team":"blue"}},"spec":{"function":"hello"}}"""));
        Assert.Equal("blue", _stored.Metadata.Labels!["team"]);
    }

    [Fact]
    public async Task Put_OfWhatWasRead_ChangesLabelsOnly()
    {
        Store();
        string body = """
            {"apiVersion":"kontinue.cloud/v1alpha1","kind":"Execution","metadata":{"name":"x","namespace":"default","resourceVersion":"1","generation":1,"labels":{"team":"blue"}},
             "spec":{"function":"hello","arguments":{"s":"a","n":1},"retry":{"retries":2}},"status":{"phase":"Executing","state":{"a":1}}}
            """;
        await ReadAsync<Execution>(await SendAsync(HttpMethod.Put, One, body));
        Assert.Equal(["team"], _stored.Metadata.Labels!.Keys);
        Assert.Equal(ExecutionPhase.Suspended, _stored.Status!.Phase);
        await ErrorAsync(await SendAsync(HttpMethod.Put, One, body), 409, "Conflict");
        ErrorStatus status = await ErrorAsync(await SendAsync(HttpMethod.Put, One, """{"metadata":{"name":"x"},"spec":{"function":"other"}}"""), 422, "Invalid");
        Assert.Equal(["spec.function", "spec.arguments", "spec.retry"], status.Details!.Causes!.Select(c => c.Field));
    }

    private Task<HttpResponseMessage> PatchAsync(string type, string? body, string query = "") => SendAsync(HttpMethod.Patch, One + query, body, type);
}
