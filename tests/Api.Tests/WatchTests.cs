using System.Text.Json;
using Kontinue.Api.Watch;
using Kontinue.Client;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Api.Tests;

public sealed class WatchTests : ApiTest
{
    private const string Watch = Executions + "?watch=true";
    private const string TableType = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

    [Fact]
    public async Task Watch_FromVersion_TellsWhatTheSourceTells()
    {
        var feed = new FakeFeed(Client);
        await using WatchReader watch = await WatchReader.OpenAsync(
            Server, Watch + "&resourceVersion=41&labelSelector=team%3Dblue&fieldSelector=metadata.name%3Dx");
        feed.Tell(ExecutionEventType.Added, FakeFeed.Make("x", "42"));
        Assert.Equal("ADDED x 42", await watch.NextLineAsync());
        Assert.Equal(("41", "default", "x"), (feed.Query!.ResourceVersion, feed.Query.Selector.Namespace, feed.Query.Selector.Name));
        Assert.Equal("team=blue", LabelSelector.Format(feed.Query.Selector.Labels));
        feed.Tell(ExecutionEventType.Modified, FakeFeed.Make("x", "43", ExecutionPhase.Completed));
        feed.Tell(ExecutionEventType.Deleted, FakeFeed.Make("x", "44", ExecutionPhase.Completed));
        Assert.Equal("MODIFIED x 43", await watch.NextLineAsync());
        Assert.Equal("DELETED x 44", await watch.NextLineAsync());
        feed.End();
        await watch.EndAsync();
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("&resourceVersion=0", null)]
    [InlineData("&resourceVersion=7", "7")]
    [InlineData("&resourceVersion=0&sendInitialEvents=true&resourceVersionMatch=NotOlderThan", null)]
    [InlineData("&resourceVersion=7&sendInitialEvents=true&resourceVersionMatch=NotOlderThan", null)]
    [InlineData("&resourceVersion=7&sendInitialEvents=false&resourceVersionMatch=NotOlderThan", "7")]
    [InlineData("&sendInitialEvents=false&resourceVersionMatch=NotOlderThan", "99")]
    public async Task Watch_Version_DecidesHowItBegins(string query, string? asked)
    {
        Client.OnList = _ => Task.FromResult(new ExecutionList { Items = [], Metadata = new ListMetadata { ResourceVersion = "99" } });
        var feed = new FakeFeed(Client);
        feed.End();
        await using WatchReader watch = await WatchReader.OpenAsync(Server, Watch + query);
        await watch.EndAsync();
        Assert.Equal(asked, feed.Query!.ResourceVersion);
    }

    [Theory]
    [InlineData("", "ADDED x 5")]
    [InlineData("&allowWatchBookmarks=true", "ADDED x 5;BOOKMARK 9")]
    [InlineData("&sendInitialEvents=true&resourceVersionMatch=NotOlderThan", "ADDED x 5")]
    [InlineData("&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan", "ADDED x 5;BOOKMARK 6 end;BOOKMARK 9")]
    public async Task Watch_Bookmarks_AreSentToThoseWhoAllowThem(string query, string expected)
    {
        var feed = new FakeFeed(Client);
        feed.Tell(ExecutionEventType.Added, FakeFeed.Make("x", "5"));
        feed.TellBookmark("6", isInitialEnd: true);
        feed.TellBookmark("9");
        feed.Tell(ExecutionEventType.Added, FakeFeed.Make("last", "10"));
        await using WatchReader watch = await WatchReader.OpenAsync(Server, Watch + query);
        var seen = new List<string>();
        while (true)
        {
            (string type, JsonElement resource) = await watch.NextAsync();
            JsonElement metadata = resource.GetProperty("metadata");
            if (metadata.TryGetProperty("name", out JsonElement name) && name.GetString() is "last")
            {
                break;
            }

            bool isEnd = metadata.TryGetProperty("annotations", out JsonElement annotations) && annotations.GetProperty("k8s.io/initial-events-end").GetString() is "true";
            seen.Add($"{type}{(name.ValueKind == JsonValueKind.String ? " " + name.GetString() : "")} {metadata.GetProperty("resourceVersion").GetString()}{(isEnd ? " end" : "")}");
            Assert.Equal("Execution", resource.GetProperty("kind").GetString());
        }

        Assert.Equal(expected, string.Join(';', seen));
    }

    [Theory]
    [InlineData("watch=true&sendInitialEvents=true", 422, "Invalid")]
    [InlineData("watch=true&sendInitialEvents=false", 422, "Invalid")]
    [InlineData("watch=true&sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=4", 422, "Invalid")]
    [InlineData("watch=true&resourceVersionMatch=NotOlderThan&resourceVersion=4", 422, "Invalid")]
    [InlineData("sendInitialEvents=true&resourceVersionMatch=NotOlderThan", 422, "Invalid")]
    [InlineData("resourceVersionMatch=NotOlderThan", 422, "Invalid")]
    [InlineData("resourceVersionMatch=Roughly&resourceVersion=4", 422, "Invalid")]
    [InlineData("resourceVersionMatch=Exact&resourceVersion=0", 422, "Invalid")]
    [InlineData("resourceVersionMatch=NotOlderThan&resourceVersion=4&continue=abc", 422, "Invalid")]
    [InlineData("resourceVersionMatch=Exact&resourceVersion=4", 410, "Expired")]
    [InlineData("resourceVersion=100", 504, "Timeout")]
    [InlineData("watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=100", 504, "Timeout")]
    public async Task Version_ThatCannotBeServed_IsRefused(string query, int code, string reason)
    {
        Client.OnList = _ => Task.FromResult(new ExecutionList { Items = [], Metadata = new ListMetadata { ResourceVersion = "99" } });
        ErrorStatus status = await ErrorAsync(await GetAsync(Executions + "?" + query), code, reason);
        if (code == 504)
        {
            Assert.Equal("ResourceVersionTooLarge", Assert.Single(status.Details!.Causes!).Reason);
            Assert.Equal(1, status.Details.RetryAfterSeconds);
        }
        else if (code == 422)
        {
            Assert.Equal(("ListOptions", "meta.k8s.io"), (status.Details!.Kind, status.Details.Group));
        }
    }

    [Theory]
    [InlineData("resourceVersion=99")]
    [InlineData("resourceVersion=0")]
    [InlineData("resourceVersion=99&resourceVersionMatch=NotOlderThan")]
    [InlineData("resourceVersion=0&continue=abc")]
    public async Task Version_ThatCanBeServed_IsAnswered(string query)
    {
        Client.OnList = _ => Task.FromResult(new ExecutionList { Items = [], Metadata = new ListMetadata { ResourceVersion = "99" } });
        await ReadAsync<ExecutionList>(await GetAsync(Executions + "?" + query));
    }

    public static TheoryData<Exception, int, string> Failures => new()
    {
        { new VersionExpiredException("too old"), 410, "Expired" },
        { new TooManyRequestsException("too slow", TimeSpan.FromSeconds(2.5)), 429, "TooManyRequests" },
        { new UnavailableException("away"), 503, "ServiceUnavailable" },
        { new AccessDeniedException("not yours"), 403, "Forbidden" },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public async Task Failure_BeforeTheStart_IsAnHttpStatus(Exception failure, int code, string reason)
    {
        new FakeFeed(Client).Fail(failure);
        HttpResponseMessage response = await GetAsync(Watch + "&resourceVersion=1");
        ErrorStatus status = await ErrorAsync(response, code, reason);
        if (code == 429)
        {
            Assert.Equal(3, status.Details!.RetryAfterSeconds);
            Assert.Equal(TimeSpan.FromSeconds(3), response.Headers.RetryAfter!.Delta);
        }
    }

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public async Task Failure_AfterTheStart_IsAnEventAndAnEnd(Exception failure, int code, string reason)
    {
        var feed = new FakeFeed(Client);
        feed.Tell(ExecutionEventType.Added, FakeFeed.Make("x", "2"));
        await using WatchReader watch = await WatchReader.OpenAsync(Server, Watch + "&resourceVersion=1");
        await watch.NextAsync();
        feed.Fail(failure);
        ErrorStatus status = await watch.NextErrorAsync();
        Assert.Equal((code, reason, "Failure"), (status.Code, status.Reason, status.Status));
        await watch.EndAsync();
    }

    [Fact]
    public async Task Watch_OfNothing_BeginsAtOnce()
    {
        var feed = new FakeFeed(Client);
        await using WatchReader watch = await WatchReader.OpenAsync(Server, Watch + "&resourceVersion=1");
        feed.Tell(ExecutionEventType.Added, FakeFeed.Make("x", "2"));
        Assert.Equal("ADDED x 2", await watch.NextLineAsync());
    }

    [Fact]
    public async Task Timeout_EndsTheWatch()
    {
        var feed = new FakeFeed(Client);
        await using WatchReader watch = await WatchReader.OpenAsync(Server, Watch + "&resourceVersion=1&timeoutSeconds=1");
        await watch.EndAsync();
        await feed.Ended.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Stop_EndsTheWatch()
    {
        var feed = new FakeFeed(Client);
        feed.Tell(ExecutionEventType.Added, FakeFeed.Make("x", "2"));
        await using WatchReader watch = await WatchReader.OpenAsync(Server, Watch + "&resourceVersion=1");
        await watch.NextAsync();
        await Server.StopAsync().WaitAsync(TimeSpan.FromSeconds(20));
        await watch.EndAsync();
    }

    [Fact]
    public async Task Caller_Leaves_EndsTheSource()
    {
        var feed = new FakeFeed(Client);
        await (await WatchReader.OpenAsync(Server, Watch + "&resourceVersion=1")).DisposeAsync();
        await feed.Ended.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Table_DescribesItsColumnsOnce()
    {
        var feed = new FakeFeed(Client);
        feed.Tell(ExecutionEventType.Added, FakeFeed.Make("x", "2"));
        feed.Tell(ExecutionEventType.Modified, FakeFeed.Make("x", "3"));
        await using WatchReader watch = await WatchReader.OpenAsync(Server, Watch + "&resourceVersion=1", TableType);
        (string _, JsonElement first) = await watch.NextAsync();
        (string _, JsonElement second) = await watch.NextAsync();
        Assert.Equal("Table", first.GetProperty("kind").GetString());
        Assert.Equal(JsonValueKind.Array, first.GetProperty("columnDefinitions").ValueKind);
        Assert.Equal(JsonValueKind.Null, second.GetProperty("columnDefinitions").ValueKind);
        Assert.Equal("x", second.GetProperty("rows")[0].GetProperty("cells")[0].GetString());
        Assert.Equal("3", second.GetProperty("metadata").GetProperty("resourceVersion").GetString());
    }

    [Fact]
    public void Encode_SameExecution_IsTheSameBytes()
    {
        var encoder = new EventEncoder(new ApiGroup("kontinue.cloud"));
        Execution execution = FakeFeed.Make("x", "2");
        ReadOnlyMemory<byte> first = encoder.Encode(execution, table: null, isFirst: true);
        Assert.True(first.Equals(encoder.Encode(execution, table: null, isFirst: false)), "The execution was serialized twice.");
        Assert.False(first.Equals(encoder.Encode(FakeFeed.Make("x", "2"), table: null, isFirst: false)));
    }

    [Fact]
    public async Task Watch_InAnotherGroup_ShowsThatGroup()
    {
        await using ApiServer server = await ApiServer.StartAsync(o => o.Group = "durable.example.com");
        var feed = new FakeFeed(server.Client);
        feed.Tell(ExecutionEventType.Added, FakeFeed.Make("x", "2"));
        await using WatchReader watch = await WatchReader.OpenAsync(server, "/apis/durable.example.com/v1alpha1/executions?watch=1");
        (string _, JsonElement resource) = await watch.NextAsync();
        Assert.Equal("durable.example.com/v1alpha1", resource.GetProperty("apiVersion").GetString());
    }

    [Fact]
    public async Task ManyEvents_AllArriveInOrder()
    {
        var feed = new FakeFeed(Client);
        const int Count = 3000;
        for (int i = 0; i < Count; i++)
        {
            feed.Tell(ExecutionEventType.Modified, FakeFeed.Make("x", i.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }

        feed.End();
        await using WatchReader watch = await WatchReader.OpenAsync(Server, Watch + "&resourceVersion=1");
        for (int i = 0; i < Count; i++)
        {
            Assert.Equal($"MODIFIED x {i}", await watch.NextLineAsync());
        }

        await watch.EndAsync();
    }
}
