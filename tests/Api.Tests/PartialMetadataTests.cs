using System.Text.Json;
using System.Text.Json.Nodes;
using Kontinue.Client;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Api.Tests;

/// <summary>Metadata without the rest, as the garbage collector, the deletion of namespaces and metadata informers ask for it.</summary>
public sealed class PartialMetadataTests : ApiTest
{
    private const string One = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    private const string Many = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

    [Theory]
    [InlineData(Executions, "x")]
    [InlineData(Root + "/executions", "x")]
    [InlineData(Root + "/namespaces/default/suspensions", "x.approval")]
    [InlineData(Root + "/functions", "hello")]
    [InlineData(Root + "/silos", "a")]
    public async Task List_HasMetadataOnly(string path, string name)
    {
        Fill();
        JsonObject list = await ReadAsync(path, Many);
        Assert.Equal(["kind", "apiVersion", "metadata", "items"], list.Select(p => p.Key));
        Assert.Equal(("PartialObjectMetadataList", "meta.k8s.io/v1"), ((string?)list["kind"], (string?)list["apiVersion"]));
        Assert.Equal("9", (string?)list["metadata"]!["resourceVersion"]);
        CheckOne(Assert.Single(list["items"]!.AsArray())!.AsObject(), name);
    }

    [Theory]
    [InlineData(Executions + "/x", "x")]
    [InlineData(Executions + "/x/status", "x")]
    [InlineData(Root + "/namespaces/default/suspensions/x.approval", "x.approval")]
    [InlineData(Root + "/functions/hello", "hello")]
    [InlineData(Root + "/silos/a", "a")]
    public async Task Get_IsMetadataOnly(string path, string name)
    {
        Fill();
        CheckOne(await ReadAsync(path, One), name);
        Assert.Equal("meta.k8s.io/v1beta1", (string?)(await ReadAsync(path, One.Replace("v=v1", "v=v1beta1", StringComparison.Ordinal)))["apiVersion"]);
    }

    [Fact]
    public async Task Labels_AndOwners_AreThere()
    {
        Fill();
        JsonObject metadata = (await ReadAsync(Executions + "/x", One))["metadata"]!.AsObject();
        Assert.Equal("blue", (string?)metadata["labels"]!["team"]);
        Assert.Equal("boss", (string?)metadata["ownerReferences"]![0]!["name"]);
        Assert.Equal("0198c0de-0000-7000-8000-000000000001", (string?)metadata["uid"]);
    }

    /// <summary>As Kubernetes has it: a list is not one object, and one object is no list.</summary>
    [Theory]
    [InlineData(Executions, One)]
    [InlineData(Executions + "/x", Many)]
    [InlineData(Root + "/silos", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v2")]
    public async Task WrongForm_Is406_UnlessAnotherIsTaken(string path, string accept)
    {
        Fill();
        await ErrorAsync(await AskAsync(path, accept), 406, "NotAcceptable");
        Assert.Contains("\"kontinue.cloud/v1alpha1\"", await (await AskAsync(path, accept + ",application/json")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MetadataClient_GetsItsFirstChoiceThatIsJson()
    {
        Fill();
        const string Accept = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1," + One + ",application/json";
        CheckOne(await ReadAsync(Executions + "/x", Accept), "x");
    }

    [Fact]
    public async Task Watch_TellsMetadataOnly()
    {
        var feed = new FakeFeed(Client);
        await using WatchReader watch = await WatchReader.OpenAsync(
            Server, Executions + "?watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan", One);
        feed.Tell(ExecutionEventType.Added, FakeFeed.Make("x", "5"));
        feed.Tell(ExecutionEventType.Deleted, FakeFeed.Make("x", "7"));
        feed.TellBookmark("8");
        foreach ((string expected, string version) in new[] { ("ADDED", "5"), ("DELETED", "7"), ("BOOKMARK", "8") })
        {
            (string type, JsonElement told) = await watch.NextAsync();
            Assert.Equal(expected, type);
            Assert.Equal("PartialObjectMetadata", told.GetProperty("kind").GetString());
            Assert.Equal(version, told.GetProperty("metadata").GetProperty("resourceVersion").GetString());
            Assert.False(told.TryGetProperty("spec", out _));
        }
    }

    /// <summary>What is kept of an execution for all who watch it must not be the form of one of them.</summary>
    [Theory]
    [InlineData(One, "PartialObjectMetadata")]
    [InlineData("application/json", "Execution")]
    [InlineData("application/json;as=Table;g=meta.k8s.io;v=v1", "Table")]
    public async Task Watch_OfTheSameObject_HasTheFormThatWasAskedFor(string accept, string kind)
    {
        Execution execution = FakeFeed.Make("x", "5");
        foreach (string other in new[] { One, "application/json", "application/json;as=Table;g=meta.k8s.io;v=v1", accept })
        {
            var feed = new FakeFeed(Client);
            await using WatchReader watch = await WatchReader.OpenAsync(Server, Executions + "?watch=1&resourceVersion=1", other);
            feed.Tell(ExecutionEventType.Added, execution);
            feed.Tell(ExecutionEventType.Modified, execution);
            await watch.NextAsync();
            (_, JsonElement told) = await watch.NextAsync();
            if (other == accept)
            {
                Assert.Equal(kind, told.GetProperty("kind").GetString());
            }
        }
    }

    [Theory]
    [InlineData(Root + "/silos", "a")]
    [InlineData(Root + "/functions", "hello")]
    [InlineData(Root + "/namespaces/default/suspensions", "x.approval")]
    public async Task Watch_OfOtherKinds_TellsMetadataOnly(string path, string name)
    {
        Fill();
        _ = new FakeFeed(Client);
        await using WatchReader watch = await WatchReader.OpenAsync(
            Server, path + "?watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan", One);
        (string type, JsonElement told) = await watch.NextAsync();
        Assert.Equal("ADDED", type);
        CheckOne(JsonObject.Create(told)!, name);
        (type, JsonElement bookmark) = await watch.NextAsync();
        Assert.Equal(("BOOKMARK", "PartialObjectMetadata", "9"), (
            type, bookmark.GetProperty("kind").GetString(), bookmark.GetProperty("metadata").GetProperty("resourceVersion").GetString()));
        Assert.Equal("true", bookmark.GetProperty("metadata").GetProperty("annotations").GetProperty("k8s.io/initial-events-end").GetString());
    }

    private static void CheckOne(JsonObject one, string name)
    {
        Assert.Equal(["kind", "apiVersion", "metadata"], one.Select(p => p.Key));
        Assert.Equal("PartialObjectMetadata", (string?)one["kind"]);
        Assert.StartsWith("meta.k8s.io/v1", (string?)one["apiVersion"], StringComparison.Ordinal);
        Assert.Equal(name, (string?)one["metadata"]!["name"]);
    }

    private void Fill()
    {
        var wait = new WaitReference("Suspend", "approval", Until: null, Description: null);
        Execution execution = FakeFeed.Make("x", "9", waits: [wait]);
        execution = execution with
        {
            Metadata = execution.Metadata with
            {
                Labels = new Dictionary<string, string> { ["team"] = "blue" },
                OwnerReferences = [new OwnerReference(Execution.DefaultApiVersion, "Execution", "boss", Guid.NewGuid())],
            },
        };
        var metadata = new ListMetadata { ResourceVersion = "9" };
        Client.OnGet = _ => Task.FromResult(execution);
        Client.OnList = _ => Task.FromResult(new ExecutionList { Items = [execution], Metadata = metadata });
        Client.OnListSuspensions = _ => Task.FromResult(new SuspensionList { Items = [.. execution.ToSuspensions()], Metadata = metadata });
        Client.OnListFunctions = () => Task.FromResult(new FunctionList
        {
            Items = [new Function { Metadata = new ObjectMetadata { Name = "hello" }, Spec = new FunctionSpec() }], Metadata = metadata,
        });
        Client.OnListSilos = () => Task.FromResult(new SiloList { Items = [SiloTests.Make("a")], Metadata = metadata });
    }

    private Task<HttpResponseMessage> AskAsync(string path, string accept) =>
        SendAsync(HttpMethod.Get, path, also: r => r.Headers.TryAddWithoutValidation("Accept", accept));

    private async Task<JsonObject> ReadAsync(string path, string accept)
    {
        HttpResponseMessage response = await AskAsync(path, accept);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!.AsObject();
    }
}
