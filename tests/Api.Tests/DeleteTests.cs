using System.Collections.Concurrent;
using System.Net;
using Kontinue.Client;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Api.Tests;

public sealed class DeleteTests : ApiTest
{
    private const string One = Executions + "/x";
    private const string Uid = "0198c0de-0000-7000-8000-000000000001";

    [Theory]
    [InlineData(null, "", false, false, null, null, false)]
    [InlineData("{}", "", false, false, null, null, false)]
    [InlineData("""{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Background"}""", "", false, false, null, null, false)]
    [InlineData("""{"propagationPolicy":"Orphan","gracePeriodSeconds":0}""", "", true, true, null, null, false)]
    [InlineData("""{"orphanDependents":true,"gracePeriodSeconds":30}""", "", true, false, null, null, false)]
    [InlineData("""{"preconditions":{"uid":"0198c0de-0000-7000-8000-000000000001","resourceVersion":"7"},"dryRun":["All"]}""", "", false, false, Uid, "7", true)]
    [InlineData(null, "?propagationPolicy=Orphan&gracePeriodSeconds=0&dryRun=All", true, true, null, null, true)]
    [InlineData("""{"gracePeriodSeconds":0}""", "?gracePeriodSeconds=0&propagationPolicy=Foreground", false, true, null, null, false)]
    public async Task Delete_Options_ArePassedOn(string? body, string query, bool orphan, bool force, string? uid, string? version, bool dryRun)
    {
        DeleteRequest? seen = null;
        Client.OnDelete = (key, request) =>
        {
            seen = request;
            return Task.FromResult(FakeClient.Make(key, ExecutionPhase.Canceled));
        };
        ErrorStatus status = await ReadAsync<ErrorStatus>(await SendAsync(HttpMethod.Delete, One + query, body));
        Assert.Equal(("Success", "x", Uid, "executions"), (status.Status, status.Details!.Name, status.Details.Uid.ToString(), status.Details.Kind));
        Assert.Equal(
            new DeleteRequest { Orphan = orphan, Force = force, Uid = uid is null ? null : Guid.Parse(uid), ResourceVersion = version, DryRun = dryRun }, seen);
    }

    [Fact]
    public async Task Delete_OfWhatStillRuns_AnswersTheObject()
    {
        Client.OnDelete = (key, _) => Task.FromResult(Deleting(FakeClient.Make(key, ExecutionPhase.Executing)));
        Execution execution = await ReadAsync<Execution>(await SendAsync(HttpMethod.Delete, One));
        Assert.Equal(DateTimeOffset.UnixEpoch, execution.Metadata.DeletionTimestamp);
    }

    [Theory]
    [InlineData("""{"propagationPolicy":"Later"}""", "", 422)]
    [InlineData("""{"gracePeriodSeconds":-1}""", "", 422)]
    [InlineData("""{"gracePeriodSeconds":"soon"}""", "", 400)]
    [InlineData("""{"preconditions":{"uid":"7"}}""", "", 422)]
    [InlineData("""{"dryRun":["Some"]}""", "", 422)]
    [InlineData("""{"kind":"Execution"}""", "", 422)]
    [InlineData("""{"propagationPolicies":"Orphan"}""", "", 400)]
    [InlineData("""{"propagationPolicy":"Orphan"}""", "?propagationPolicy=Background", 422)]
    [InlineData("""{"propagationPolicy":"Orphan","orphanDependents":true}""", "", 422)]
    [InlineData(null, "?gracePeriodSeconds=-1", 400)]
    [InlineData(null, "?dryRun=Some", 400)]
    [InlineData(null, "?propagationPolicy=Later", 422)]
    public async Task Delete_BadOptions_AreRefused(string? body, string query, int code)
    {
        Client.OnDelete = (_, _) => throw new InvalidOperationException("It must not be deleted.");
        await ErrorAsync(await SendAsync(HttpMethod.Delete, One + query, body), code, code == 422 ? "Invalid" : "BadRequest");
    }

    [Fact]
    public async Task Delete_Conflict_IsTold()
    {
        Client.OnDelete = (key, _) => throw new ExecutionConflictException(key, "The uid is another.");
        await ErrorAsync(await SendAsync(HttpMethod.Delete, One), 409, "Conflict");
        Client.OnDelete = (key, _) => throw new ExecutionNotFoundException(key);
        await ErrorAsync(await SendAsync(HttpMethod.Delete, One), 404, "NotFound");
    }

    [Fact]
    public async Task DeleteMany_WithoutSelector_IsRefusedAndSaysHow()
    {
        HttpResponseMessage response = await SendAsync(HttpMethod.Delete, Executions);
        ErrorStatus status = await ErrorAsync(response, 405, "MethodNotAllowed");
        Assert.Equal(["GET", "HEAD", "POST"], response.Content.Headers.Allow);
        Assert.Contains("fieldSelector=metadata.namespace=default", status.Message, StringComparison.Ordinal);
        await ErrorAsync(await SendAsync(HttpMethod.Delete, Executions + "?labelSelector=&fieldSelector="), 405, "MethodNotAllowed");
    }

    [Fact]
    public async Task DeleteMany_GoesThroughAllPages()
    {
        var deleted = new ConcurrentBag<string>();
        Client.OnList = query => Task.FromResult(Page(query, total: 1200));
        Client.OnDelete = (key, request) =>
        {
            Assert.Equal(Uid, request.Uid.ToString());
            deleted.Add(key.Name);
            Execution last = FakeClient.Make(key, ExecutionPhase.Failed);
            return key.Name is "e7" ? throw new ExecutionNotFoundException(key) : Task.FromResult(last with
            {
                Metadata = last.Metadata with { Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { ["large"] = "value" } },
            });
        };
        ExecutionList list = await ReadAsync<ExecutionList>(await SendAsync(HttpMethod.Delete, Executions + "?fieldSelector=status.phase%3DFailed"));
        Assert.Equal((1199, 1200), (list.Items.Count, deleted.Distinct(StringComparer.Ordinal).Count()));
        Assert.Null(list.Metadata.Continue);
        Assert.All(list.Items, e => Assert.Equal(
            (Uid, "default", "hello", ExecutionPhase.Failed, null),
            (e.Metadata.Uid.ToString(), e.Metadata.Namespace, e.Spec.Function, e.Status!.Phase, e.Metadata.Annotations)));
    }

    [Fact]
    public async Task DeleteMany_MoreThanOneRequestMay_SaysWhereToGoOn()
    {
        Client.OnList = query => Task.FromResult(Page(query, total: 700));
        Client.OnDelete = (key, _) => Task.FromResult(FakeClient.Make(key, ExecutionPhase.Failed));
        ExecutionList first = await ReadAsync<ExecutionList>(await SendAsync(HttpMethod.Delete, Executions + "?labelSelector=a&limit=600"));
        Assert.Equal((600, "600"), (first.Items.Count, first.Metadata.Continue));
        ExecutionList second = await ReadAsync<ExecutionList>(await SendAsync(HttpMethod.Delete, Executions + "?labelSelector=a&limit=600&continue=600"));
        Assert.Equal((100, null), (second.Items.Count, second.Metadata.Continue));
        await ErrorAsync(await SendAsync(HttpMethod.Delete, Executions + "?labelSelector=a&limit=10001"), 400, "BadRequest");
    }

    [Fact]
    public async Task DeleteMany_SomeConflict_OthersAreDeletedAndTheFailuresNamed()
    {
        Client.OnList = query => Task.FromResult(Page(query, total: 3));
        Client.OnDelete = (key, _) => key.Name is "e1"
            ? throw new ExecutionConflictException(key, "A parent waits for it.")
            : Task.FromResult(FakeClient.Make(key, ExecutionPhase.Failed));
        ErrorStatus status = await ErrorAsync(await SendAsync(HttpMethod.Delete, Executions + "?labelSelector=a"), 409, "Conflict");
        Assert.Contains("1 executions were not deleted, 2 were", status.Message, StringComparison.Ordinal);
        Assert.Equal("e1", Assert.Single(status.Details!.Causes!).Field);
    }

    [Fact]
    public async Task DeleteMany_Preconditions_AreRefused() => await ErrorAsync(
        await SendAsync(HttpMethod.Delete, Executions + "?labelSelector=a", $$$"""{"preconditions":{"uid":"{{{Uid}}}"}}"""), 422, "Invalid");

    [Fact]
    public async Task DeleteMany_AcrossNamespaces_IsNotServed() =>
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await SendAsync(HttpMethod.Delete, Root + "/executions?labelSelector=a")).StatusCode);

    private static Execution Deleting(Execution execution) =>
        execution with { Metadata = execution.Metadata with { DeletionTimestamp = DateTimeOffset.UnixEpoch } };

    private static ExecutionList Page(ListQuery query, int total)
    {
        int from = query.Continue is { } next ? int.Parse(next, System.Globalization.CultureInfo.InvariantCulture) : 0;
        int to = Math.Min(from + query.Limit, total);
        return new ExecutionList
        {
            Items = [.. Enumerable.Range(from, to - from).Select(i => FakeClient.Make(new ExecutionKey("default", $"e{i}"), ExecutionPhase.Failed))],
            Metadata = new ListMetadata { ResourceVersion = "9", Continue = to < total ? to.ToString(System.Globalization.CultureInfo.InvariantCulture) : null },
        };
    }
}
