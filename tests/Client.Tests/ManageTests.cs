using System.Text.Json.Nodes;
using Kontinue.Client.Tests.Support;
using Kontinue.Resources;
using Xunit;
using static Kontinue.Client.Tests.Support.Given;

namespace Kontinue.Client.Tests;

public sealed class ManageTests : IAsyncLifetime
{
    private readonly FakeApi _api = new();
    private FakeServer _server = null!;
    private KontinueHttpClient _client = null!;

    public async Task InitializeAsync()
    {
        _server = await FakeServer.StartAsync();
        _server.OnRequest = _api.Handle;
        _client = new KontinueHttpClient(_server.Address, Fast());
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task TryCreate_StoresNothing()
    {
        Execution tried = await _client.TryCreateAsync(Hello("x"));
        Assert.Equal("x", tried.Metadata.Name);
        Assert.Empty(_api.Effects);
        _api.Put("x");
        await Assert.ThrowsAsync<ExecutionAlreadyExistsException>(() => _client.TryCreateAsync(Hello("x")));
    }

    [Fact]
    public async Task CreateMany_SomeNamesTaken_SaysWhichAndCreatesTheOthers()
    {
        Guid? uid = _api.Put("b").Metadata.Uid;
        IReadOnlyList<CreateOutcome> outcomes = await _client.CreateManyAsync([Hello("a"), Hello("b"), Hello("c")]);
        Assert.Equal("a", outcomes[0].Execution!.Metadata.Name);
        var taken = Assert.IsType<ExecutionAlreadyExistsException>(outcomes[1].Error);
        Assert.Equal((new ExecutionKey("default", "b"), uid!.Value), (taken.Key, taken.ExistingUid));
        Assert.Null(outcomes[1].Execution);
        Assert.Equal("c", outcomes[2].Execution!.Metadata.Name);
        Assert.All(new[] { outcomes[0], outcomes[2] }, o => Assert.Null(o.Error));
    }

    [Fact]
    public async Task CreateMany_DeletedSince_IsNotFound()
    {
        _api.Put("b");
        _server.OnRequest = asked =>
        {
            Answer answer = _api.Handle(asked);
            if (asked.Method == "POST")
            {
                _api.Stored.Remove("a");
            }

            return answer;
        };
        IReadOnlyList<CreateOutcome> outcomes = await _client.CreateManyAsync([Hello("a"), Hello("b")]);
        Assert.IsType<ExecutionNotFoundException>(outcomes[0].Error);
        Assert.IsType<ExecutionAlreadyExistsException>(outcomes[1].Error);
    }

    [Fact]
    public async Task CreateMany_OneWrong_CreatesNoneAndNamesIt()
    {
        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => _client.CreateManyAsync([Hello("a"), Hello("b", function: "")]));
        Assert.Equal("items[1].spec.function", e.Field);
        Assert.Empty(_api.Effects);
    }

    [Fact]
    public async Task CreateMany_OfTwoNamespacesOrOfNone_IsRefusedHere()
    {
        Execution other = Hello("b") with { Metadata = new ObjectMetadata { Name = "b", Namespace = "other" } };
        Assert.Equal("items[1].metadata.namespace", (await Assert.ThrowsAsync<InvalidRequestException>(() => _client.CreateManyAsync([Hello("a"), other]))).Field);
        Assert.Equal("items", (await Assert.ThrowsAsync<InvalidRequestException>(() => _client.CreateManyAsync([]))).Field);
        Assert.Empty(_server.All);
    }

    [Fact]
    public async Task Update_SendsOnlyWhatDiffers_UnderTheGenerationThatWasRead()
    {
        Execution x = _api.Put("x", e => Labeled(e, ("a/b~c", "1"), ("gone", "1"), ("kept", "1")));
        Execution updated = await _client.UpdateAsync(X, e => Labeled(e, ("a/b~c", "2"), ("new", "1"), ("kept", "1")));
        Assert.Equal([("a/b~c", "2"), ("kept", "1"), ("new", "1")], updated.Metadata.Labels!.Select(l => (l.Key, l.Value)).Order());
        JsonNode patch = JsonNode.Parse(_server.All.Single(a => a.Method == "PATCH").Body)!;
        JsonNode expected = JsonNode.Parse($$"""
            [
              {"op": "test", "path": "/metadata/uid", "value": "{{x.Metadata.Uid}}"},
              {"op": "test", "path": "/metadata/generation", "value": 1},
              {"op": "remove", "path": "/metadata/labels/gone"},
              {"op": "replace", "path": "/metadata/labels/a~1b~0c", "value": "2"},
              {"op": "add", "path": "/metadata/labels/new", "value": "1"}
            ]
            """)!;
        Assert.True(JsonNode.DeepEquals(expected, patch), patch.ToJsonString());
    }

    [Fact]
    public async Task Update_OfNothing_SendsNothing()
    {
        _api.Put("x");
        await _client.UpdateAsync(X, e => e);
        Assert.DoesNotContain(_server.All, a => a.Method == "PATCH");
    }

    [Fact]
    public async Task Update_WhileTheExecutionGoesOn_NeedsNoSecondRound()
    {
        _api.Put("x");
        _api.BeforePatch = () => _api.Change("x", m => m, isPersons: false);
        await _client.UpdateAsync(X, e => Labeled(e, ("a", "1")));
        Assert.Single(_server.All, a => a.Method == "PATCH");
    }

    [Fact]
    public async Task Update_SomebodyElseFaster_AppliesTheChangeToWhatIsThereNow()
    {
        _api.Put("x", e => Labeled(e, ("n", "1")));
        int left = 3;
        _api.BeforePatch = () =>
        {
            if (left-- > 0)
            {
                _api.Change("x", m => m with { Labels = new Dictionary<string, string> { ["n"] = $"{int.Parse(m.Labels!["n"]) * 10}" } });
            }
        };
        Execution updated = await _client.UpdateAsync(X, e => Labeled(e, ("n", $"{int.Parse(e.Metadata.Labels!["n"]) + 1}")));
        Assert.Equal("1001", updated.Metadata.Labels!["n"]);
    }

    [Fact]
    public async Task Update_OthersAlwaysFaster_GivesUpAsAConflict()
    {
        _api.Put("x");
        int changes = 0;
        _api.BeforePatch = () => _api.Change("x", m => m with { Annotations = new Dictionary<string, string> { ["by"] = $"{++changes}" } });
        var e = await Assert.ThrowsAsync<ExecutionConflictException>(() => _client.UpdateAsync(X, e => Labeled(e, ("a", "1"))));
        Assert.Contains("10 times", e.Message, StringComparison.Ordinal);
        Assert.Equal(10, changes);
    }

    [Fact]
    public async Task Update_ReplacedByAnotherOfTheSameName_AppliesTheChangeToThat()
    {
        _api.Put("x");
        _api.BeforePatch = () =>
        {
            _api.BeforePatch = null;
            _api.Stored.Remove("x");
            _api.Put("x", e => Labeled(e, ("is", "new")));
        };
        Execution updated = await _client.UpdateAsync(X, e => Labeled(e, [.. Labels(e), ("a", "1")]));
        Assert.Equal([("a", "1"), ("is", "new")], Labels(updated).Order());
    }

    [Fact]
    public async Task Update_OfSomethingFixed_NamesTheField()
    {
        _api.Put("x");
        var e = await Assert.ThrowsAsync<InvalidRequestException>(
            () => _client.UpdateAsync(X, e => e with { Spec = e.Spec with { Function = "other" } }));
        Assert.Equal("spec.function", e.Field);
        Assert.Single(_server.All, a => a.Method == "PATCH");
    }

    [Fact]
    public async Task Update_WithAVersionOrUidOfTheCallers_IsHisConflict()
    {
        Execution old = _api.Put("x");
        _api.Change("x", m => m);
        await Assert.ThrowsAsync<ExecutionConflictException>(() => _client.UpdateAsync(X, _ => Labeled(old, ("a", "1"))));
        await Assert.ThrowsAsync<ExecutionConflictException>(
            () => _client.UpdateAsync(X, e => e with { Metadata = e.Metadata with { Uid = Guid.NewGuid() } }));
        Assert.DoesNotContain(_server.All, a => a.Method == "PATCH");
    }

    [Fact]
    public async Task Delete_SendsWhatIsAskedFor()
    {
        _api.DeletesAtOnce = false;
        Guid? uid = _api.Put("x").Metadata.Uid;
        Execution ending = await _client.DeleteAsync(X, new DeleteRequest { Orphan = true, Force = true, ResourceVersion = "1" });
        Assert.NotNull(ending.Metadata.DeletionTimestamp);
        JsonNode body = JsonNode.Parse(_server.All.Last().Body)!;
        JsonNode expected = JsonNode.Parse(
            $$"""{"propagationPolicy": "Orphan", "gracePeriodSeconds": 0, "preconditions": {"resourceVersion": "1", "uid": "{{uid}}"} }""")!;
        Assert.True(JsonNode.DeepEquals(expected, body), body.ToJsonString());
    }

    [Fact]
    public async Task Delete_DryRun_ChangesNothing()
    {
        _api.Put("x");
        Assert.Equal("x", (await _client.DeleteAsync(X, new DeleteRequest { DryRun = true })).Metadata.Name);
        Assert.Single(_api.Stored);
        Assert.Contains("\"dryRun\":[\"All\"]", _server.All.Last().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_PreconditionsThatDoNotHold_AreConflicts()
    {
        _api.Put("x");
        await Assert.ThrowsAsync<ExecutionConflictException>(() => _client.DeleteAsync(X, new DeleteRequest { Uid = Guid.NewGuid() }));
        await Assert.ThrowsAsync<ExecutionConflictException>(() => _client.DeleteAsync(X, new DeleteRequest { ResourceVersion = "77" }));
        await Assert.ThrowsAsync<ExecutionNotFoundException>(() => _client.DeleteAsync(new ExecutionKey("default", "none")));
        Assert.Single(_api.Stored);
    }

    [Fact]
    public async Task Delete_ByName_TakesAnotherOfThatNameToo_UnlessTheAnswerWasLost()
    {
        _api.Put("x");
        _api.BeforeDelete = () =>
        {
            _api.BeforeDelete = null;
            _api.Stored.Remove("x");
            PutSecond();
        };
        Execution last = await _client.DeleteAsync(X);
        Assert.Equal("second", last.Metadata.Labels!["is"]);
        Assert.Empty(_api.Stored);

        // After a lost answer the other one is somebody's who came later, and stays.
        _api.Put("x");
        _server.Faults.Enqueue(Fault.None);
        _server.Faults.Enqueue(Fault.ResetAfter);
        _server.OnRequest = asked =>
        {
            Answer answer = _api.Handle(asked);
            if (_api.Stored.Count == 0)
            {
                PutSecond();
            }

            return answer;
        };
        last = await _client.DeleteAsync(X);
        Assert.Null(last.Metadata.Labels);
        Assert.Equal("second", _api.Stored["x"].Metadata.Labels!["is"]);

        void PutSecond() => _api.Put("x", e => Labeled(e, ("is", "second")));
    }

    [Fact]
    public async Task Delete_MarkedByALostRequest_ShowsTheMark()
    {
        _api.DeletesAtOnce = false;
        _api.Put("x");
        _server.Faults.Enqueue(Fault.None);
        _server.Faults.Enqueue(Fault.ResetAfter);
        Execution ending = await _client.DeleteAsync(X, new DeleteRequest { ResourceVersion = "1" });
        Assert.NotNull(ending.Metadata.DeletionTimestamp);
    }

    [Fact]
    public async Task Resubmit_OfACopy_DoesNotPileUpSuffixes()
    {
        _api.Put("x");
        Execution first = await _client.ResubmitAsync(X);
        Execution second = await _client.ResubmitAsync(first.Key);
        Assert.Matches("^x-[a-z0-9]{8}$", second.Metadata.Name);
        Assert.NotEqual(first.Metadata.Name, second.Metadata.Name);
    }

    [Fact]
    public async Task Resubmit_UnderATakenName_NamesThat()
    {
        _api.Put("x");
        Guid? uid = _api.Put("y").Metadata.Uid;
        var e = await Assert.ThrowsAsync<ExecutionAlreadyExistsException>(() => _client.ResubmitAsync(X, "y"));
        Assert.Equal((new ExecutionKey("default", "y"), uid!.Value), (e.Key, e.ExistingUid));
        _server.Faults.Enqueue(Fault.ResetAfter);
        await Assert.ThrowsAsync<UnavailableException>(() => _client.ResubmitAsync(X, "z"));
        Assert.Contains("z", _api.Stored.Keys);
    }

    [Fact]
    public async Task Actions_SendTheirBodies()
    {
        _api.Put("x");
        await _client.RetryAsync(X);
        await _client.RetryAsync(X, ChildPolicy.None);
        await _client.SkipAsync(X, JsonPayload.From(5), "why");
        await _client.ResumeAsync(X, "approval", JsonPayload.Null);
        Assert.Equal(
            ["create x", "retry x {}", "retry x {\"childPolicy\":\"None\"}", "skip x {\"result\":5,\"reason\":\"why\"}", "resume x {\"suspension\":\"approval\",\"payload\":null}"],
            _api.Effects);
    }

    private static (string Key, string Value)[] Labels(Execution execution) => [.. execution.Metadata.Labels?.Select(l => (l.Key, l.Value)) ?? []];

    private static Execution Labeled(Execution execution, params (string Key, string Value)[] labels) =>
        execution with { Metadata = execution.Metadata with { Labels = labels.ToDictionary(l => l.Key, l => l.Value) } };
}
