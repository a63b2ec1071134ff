using System.Net;
using Kontinue.Client;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Api.Tests;

public sealed class ReadTests : ApiTest
{
    private static readonly ExecutionKey X = new("default", "x");

    [Fact]
    public async Task Get_Known_IsShown()
    {
        Client.OnGet = key => Task.FromResult(FakeClient.Make(key, ExecutionPhase.Suspended));
        Execution execution = await ReadAsync<Execution>(await GetAsync(Executions + "/x"));
        Assert.Equal(X, execution.Key);
        Assert.Equal(ExecutionPhase.Suspended, execution.Status!.Phase);
    }

    [Theory]
    [InlineData("/nobody")]
    [InlineData("/Not_A_Name")]
    [InlineData("/nobody/result")]
    public async Task Get_Unknown_IsNotFound(string path)
    {
        ErrorStatus status = await ErrorAsync(await GetAsync(Executions + path), 404, "NotFound");
        Assert.Equal("executions", status.Details!.Kind);
    }

    [Fact]
    public async Task Get_WithWait_Waits()
    {
        Client.OnWait = (key, wait, _) => Task.FromResult(FakeClient.Make(key, wait == TimeSpan.FromSeconds(2) ? ExecutionPhase.Completed : ExecutionPhase.Failed));
        Execution execution = await ReadAsync<Execution>(await GetAsync(Executions + "/x?wait=2s"));
        Assert.Equal(ExecutionPhase.Completed, execution.Status!.Phase);
    }

    [Fact]
    public async Task List_WithEverything_BecomesAQuery()
    {
        ListQuery? seen = null;
        Client.OnList = query =>
        {
            seen = query;
            return Task.FromResult(new ExecutionList { Items = [FakeClient.Make(X, ExecutionPhase.Failed)], Metadata = new ListMetadata { Continue = "next" } });
        };
        ExecutionList list = await ReadAsync<ExecutionList>(await GetAsync(
            Executions + "?limit=7&continue=abc&labelSelector=a%3Db,c%3D%3Dd&fieldSelector=status.phase%3DFailed,spec.function%3Dhello"));
        Assert.Equal("next", list.Metadata.Continue);
        Assert.Equal("ExecutionList", list.Kind);
        Assert.Equal(("default", 7, "abc", ExecutionPhase.Failed, "hello"), (seen!.Selector.Namespace, seen.Limit, seen.Continue, Assert.Single(seen.Selector.Phases!), seen.Selector.Function));
        Assert.Equal("a=b,c=d", LabelSelector.Format(seen.Selector.Labels));
    }

    [Fact]
    public async Task List_OfAllNamespaces_HasNoNamespace()
    {
        ListQuery? seen = null;
        Client.OnList = query =>
        {
            seen = query;
            return Task.FromResult(new ExecutionList { Items = [] });
        };
        await ReadAsync<ExecutionList>(await GetAsync(Root + "/executions?limit=0"));
        Assert.Null(seen!.Selector.Namespace);
        Assert.Equal(ListQuery.MaxLimit, seen.Limit);
    }

    [Theory]
    [InlineData("limit=-1", "limit")]
    [InlineData("limit=501", "limit")]
    [InlineData("limit=many", "limit")]
    [InlineData("watch=perhaps", "watch")]
    [InlineData("labelSelector=a=b=c", "labelSelector")]
    [InlineData("labelSelector=a in b", "labelSelector")]
    [InlineData("labelSelector=a in (b", "labelSelector")]
    [InlineData("labelSelector=!", "labelSelector")]
    [InlineData("labelSelector=-a", "labelSelector")]
    [InlineData("labelSelector=a in (b,-)", "labelSelector")]
    [InlineData("labelSelector=a%3D%00", "labelSelector")]
    [InlineData("labelSelector=a%3Db,", "labelSelector")]
    [InlineData("fieldSelector=metadata.uid%3Dx", "fieldSelector")]
    [InlineData("fieldSelector=metadata.name", "fieldSelector")]
    [InlineData("fieldSelector=metadata.name!%3Dx", "fieldSelector")]
    [InlineData("fieldSelector=metadata.name%3Da,metadata.name%3Db", "fieldSelector")]
    [InlineData("fieldSelector=metadata.namespace%3Dother", "fieldSelector")]
    [InlineData("fieldSelector=metadata.ownerReferences.uid%3D7", "fieldSelector")]
    [InlineData("fieldSelector=status.phase%3Ddone", "fieldSelector")]
    [InlineData("fieldSelector=status.phase%3D4", "fieldSelector")]
    [InlineData("fieldSelector=status.phase%3DFailed,status.phase!%3DFailed", "fieldSelector")]
    [InlineData("fieldSelector=spec.function%3D%00", "fieldSelector")]
    [InlineData("resourceVersion=new", "resourceVersion")]
    [InlineData("resourceVersion=-1", "resourceVersion")]
    [InlineData("resourceVersion=5&continue=abc", "resourceVersion")]
    [InlineData("timeoutSeconds=soon", "timeoutSeconds")]
    [InlineData("includeObject=All", "includeObject")]
    public async Task List_BadParameter_SaysWhatIsSupported(string query, string parameter)
    {
        HttpResponseMessage response = await SendAsync(HttpMethod.Get, Executions + "?" + query, also: r => r.Headers.Add("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io"));
        ErrorStatus status = await ErrorAsync(response, 400, "BadRequest");
        Assert.Equal(parameter, status.Details!.Causes![0].Field);
    }

    [Fact]
    public async Task List_BadContinuation_IsBadRequest()
    {
        Client.OnList = _ => throw new InvalidRequestException("continue", "is not one of this server's");
        await ErrorAsync(await GetAsync(Executions + "?continue=zzz"), 400, "BadRequest");
    }

    [Fact]
    public async Task Result_OfCompleted_IsTheResultAlone()
    {
        Client.OnGet = key => Task.FromResult(FakeClient.Make(key, ExecutionPhase.Completed, JsonPayload.Parse("""{"a":[1]}""")));
        HttpResponseMessage response = await GetAsync(Executions + "/x/result");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("""{"a":[1]}""", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(ExecutionPhase.Failed, 409, "ExecutionFailed")]
    [InlineData(ExecutionPhase.Canceled, 409, "ExecutionCanceled")]
    [InlineData(ExecutionPhase.Skipped, 409, "ExecutionSkipped")]
    [InlineData(ExecutionPhase.Suspended, 408, "Timeout")]
    public async Task Result_OfOtherPhases_IsAnErrorThatNamesThem(ExecutionPhase phase, int code, string reason)
    {
        ExecutionError? error = phase == ExecutionPhase.Failed ? new ExecutionError(ErrorKind.Validation, "too cold", Retryable: false) : null;
        Client.OnWait = (key, _, _) => Task.FromResult(FakeClient.Make(key, phase, error: error));
        ErrorStatus status = await ErrorAsync(await GetAsync(Executions + "/x/result?wait=1s"), code, reason);
        Assert.Contains(phase.ToString(), status.Message, StringComparison.Ordinal);
        if (error is not null)
        {
            Assert.Contains("too cold", status.Message, StringComparison.Ordinal);
            Assert.Contains(status.Details!.Causes!, c => c.Reason == "Validation" && c.Field == "status.error");
        }
    }

    [Fact]
    public async Task Journal_IsShown()
    {
        Client.OnJournal = _ => Task.FromResult(new JournalPage
        {
            Items = [new JournalEntry { Sequence = 1, Kind = "StepCompleted", At = DateTimeOffset.UnixEpoch, Name = "greet", Value = JsonPayload.Parse("1") }],
        });
        JournalPage page = await ReadAsync<JournalPage>(await GetAsync(Executions + "/x/journal"));
        Assert.Equal("greet", Assert.Single(page.Items).Name);
        Assert.Equal((0, 1000), Client.JournalAsked);
        await ReadAsync<JournalPage>(await GetAsync(Executions + "/x/journal?after=12&limit=7"));
        Assert.Equal((12, 7), Client.JournalAsked);
    }

    [Fact]
    public async Task Stop_EndsWaits()
    {
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Client.OnWait = async (key, wait, token) =>
        {
            waiting.SetResult();
            await Task.Delay(wait, token);
            return FakeClient.Make(key, ExecutionPhase.Executing);
        };
        Task<HttpResponseMessage> answer = GetAsync(Executions + "/x?wait=5m");
        await waiting.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await Server.StopAsync().WaitAsync(TimeSpan.FromSeconds(20));
        await ErrorAsync(await answer, 503, "ServiceUnavailable");
    }
}
