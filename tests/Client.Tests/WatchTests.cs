using System.Text;
using Kontinue.Client.Tests.Support;
using Xunit;
using static Kontinue.Client.Tests.Support.Given;
using static Kontinue.Client.Tests.Support.WatchPeer;

namespace Kontinue.Client.Tests;

/// <summary>Nothing is missed, whatever happens to the connections.</summary>
public sealed class WatchTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _stop = new();
    private FakeServer _server = null!;
    private WatchPeers _peers = null!;
    private KontinueHttpClient? _client;
    private IAsyncEnumerator<ExecutionEvent>? _watch;
    private Task<bool>? _move;

    public async Task InitializeAsync()
    {
        _server = await FakeServer.StartAsync();
        _peers = new WatchPeers(_server);
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_move is not null)
        {
            await _move.ContinueWith(_ => { }, TaskScheduler.Default).Within("end of the watch");
        }

        if (_watch is not null)
        {
            await _watch.DisposeAsync();
        }

        _client?.Dispose();
        await _server.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task AllKindsOfEvents_AreTold()
    {
        Begin("10");
        WatchPeer peer = await _peers.NextAsync();
        Assert.Equal(("true", "true", "10", null, null), (peer["watch"], peer["allowWatchBookmarks"], peer["resourceVersion"], peer["sendInitialEvents"], peer["resourceVersionMatch"]));
        await peer.SendAsync(Added("a", "11") + "\n\r\n" + Line("MODIFIED", "a", "12") + Bookmark("13") + Line("DELETED", "a", "14"));
        Assert.Equal("Added a 11", await Next());
        Assert.Equal("Modified a 12", await Next());
        Assert.Equal("Bookmark  13", await Next());
        Assert.Equal("Deleted a 14", await Next());
    }

    [Fact]
    public async Task TheSelector_IsSent()
    {
        Begin("1", new ExecutionSelector
        {
            Name = "x", Function = "f", ParentUid = Guid.Empty, Labels = [LabelRequirement.Equal("a", "b")],
            Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Failed, ExecutionPhase.Canceled },
        });
        WatchPeer peer = await _peers.NextAsync();
        Assert.Equal("a=b", peer["labelSelector"]);
        Assert.Equal(
            "metadata.name=x,spec.function=f,metadata.ownerReferences.uid=00000000-0000-0000-0000-000000000000,status.phase!=Pending," +
            "status.phase!=Executing,status.phase!=Suspended,status.phase!=Backoff,status.phase!=Completed,status.phase!=Skipped",
            peer["fieldSelector"]);
        Assert.Equal(FakeApi.Executions.Replace("/namespaces/default", ""), _server.All.Single().Path);
    }

    [Fact]
    public async Task WithoutAVersion_TheStateComesFirst_AndThenItGoesOnFromThere()
    {
        Begin(version: null);
        WatchPeer peer = await _peers.NextAsync();
        Assert.Equal(("true", "NotOlderThan", null), (peer["sendInitialEvents"], peer["resourceVersionMatch"], peer["resourceVersion"]));
        await peer.SendAsync(Added("b", "7") + Added("a", "3") + Bookmark("9", isInitialEnd: true));
        Assert.Equal("Added b 7", await Next());
        Assert.Equal("Added a 3", await Next());
        Assert.Equal("Bookmark  9 end", await Next());
        Expect();
        peer.Reset();
        WatchPeer second = await _peers.NextAsync();
        Assert.Equal(("9", null, null), (second["resourceVersion"], second["sendInitialEvents"], second["resourceVersionMatch"]));
    }

    [Fact]
    public async Task LostWithinTheInitialEvents_BeginsAnew()
    {
        Begin(version: null);
        WatchPeer peer = await _peers.NextAsync();
        await peer.SendAsync(Added("b", "7"));
        Assert.Equal("Added b 7", await Next());
        Expect();
        peer.Reset();
        WatchPeer second = await _peers.NextAsync();
        Assert.Equal(("true", null), (second["sendInitialEvents"], second["resourceVersion"]));
        await second.SendAsync(Added("b", "7"));
        Assert.Equal("Added b 7", await Next());
    }

    [Fact]
    public async Task EveryCutAtEveryByte_LosesAndRepeatsNothing()
    {
        string first = Added("a", "11") + Line("MODIFIED", "a", "12", ",\"labels\":{\"übung\":\"€\"}");
        byte[] bytes = Encoding.UTF8.GetBytes(first);
        byte[] rest = Encoding.UTF8.GetBytes(Line("MODIFIED", "a", "13"));
        for (int cut = 0; cut <= bytes.Length; cut += 7)
        {
            using var client = new KontinueHttpClient(_server.Address, Fast());
            await using IAsyncEnumerator<ExecutionEvent> watch = client.WatchAsync(new WatchQuery { ResourceVersion = "10" }).GetAsyncEnumerator();
            Task<List<string>> told = ToldAsync(watch, 3);
            WatchPeer peer = await _peers.NextAsync();
            await peer.SendAsync(bytes.AsMemory(0, cut));
            if (cut % 2 == 0)
            {
                peer.End();
            }
            else
            {
                peer.Reset();
            }

            // A reset may overtake what was sent before it: what counts is where the client goes on.
            WatchPeer second = await _peers.NextAsync();
            string[] lines = [.. first.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(int.Parse(second["resourceVersion"]!) - 10)];
            await second.SendAsync(string.Concat(lines.Select(l => l + "\n")));
            await second.SendAsync(rest);
            Assert.Equal(["11", "12", "13"], await told.Within($"events after a cut at byte {cut}"));
            second.End();
        }
    }

    [Fact]
    public async Task ALine_MayComeByteByByte()
    {
        Begin("10");
        WatchPeer peer = await _peers.NextAsync();
        foreach (byte one in Encoding.UTF8.GetBytes(Line("ADDED", "a", "11", ",\"labels\":{\"k\":\"ü€\"}")))
        {
            await peer.SendAsync(new[] { one });
        }

        Assert.Equal("Added a 11", await Next());
        Assert.Equal("ü€", _watch!.Current.Execution!.Metadata.Labels!["k"]);
    }

    [Fact]
    public async Task MembersInAnotherOrder_AndUnknownOnes_AreRead()
    {
        Begin("10");
        WatchPeer peer = await _peers.NextAsync();
        await peer.SendAsync("""{"new":[{"type":"X"}],"object":{"metadata":{"resourceVersion":"12"}},"type":"BOOKMARK"}""" + "\n");
        Assert.Equal("Bookmark  12", await Next());
    }

    [Fact]
    public async Task ALargeLine_IsRead_AndOneThatIsTooLargeRefused()
    {
        var options = Fast();
        options.MaxEventBytes = 100_000;
        Begin("10", options: options);
        WatchPeer peer = await _peers.NextAsync();
        await peer.SendAsync(Line("ADDED", "a", "11", $",\"annotations\":{{\"k\":\"{new string('x', 90_000)}\"}}"));
        Assert.Equal("Added a 11", await Next());
        Assert.Equal(90_000, _watch!.Current.Execution!.Metadata.Annotations!["k"].Length);
        await peer.SendAsync(new string(' ', 101_000));
        var e = await Assert.ThrowsAsync<KontinueException>(Next);
        Assert.Contains("MaxEventBytes", e.Message, StringComparison.Ordinal);
        await peer.Left.Task.Within("end of the connection");
    }

    [Theory]
    [InlineData("<html>\n")]
    [InlineData("{\"type\":\"EXPLODED\",\"object\":{}}\n")]
    [InlineData("{\"type\":\"ADDED\"}\n")]
    [InlineData("{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{}}}\n")]
    [InlineData("[]\n")]
    public async Task WhatIsNoEvent_EndsTheWatch(string line)
    {
        Begin("10");
        await (await _peers.NextAsync()).SendAsync(line);
        Assert.Contains("not one of the Kontinue API", (await Assert.ThrowsAsync<KontinueException>(Next)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Expired")]
    [InlineData("Gone")]
    public async Task AnExpiredVersion_IsSaid(string reason)
    {
        Begin("10");
        await (await _peers.NextAsync()).SendAsync(Error(410, reason));
        Assert.Equal($"Said with {reason}.", (await Assert.ThrowsAsync<VersionExpiredException>(Next)).Message);
    }

    [Fact]
    public async Task AnExpiredVersion_AtTheBeginning_IsSaid()
    {
        Begin("10");
        Task<string> next = Next();
        await (await _peers.NextAsync()).AnswerAsync(FakeApi.Failure(410, "Expired", "Too old."));
        await Assert.ThrowsAsync<VersionExpiredException>(() => next);
    }

    [Fact]
    public async Task Refusals_EndTheWatch()
    {
        Begin("ten");
        Task<string> next = Next();
        await (await _peers.NextAsync()).AnswerAsync(FakeApi.Failure(400, "BadRequest", "Not a version.", field: "resourceVersion"));
        Assert.Equal("resourceVersion", (await Assert.ThrowsAsync<InvalidRequestException>(() => next)).Field);
    }

    [Fact]
    public async Task ThrottledAndAway_GoOnFromTheLastVersion()
    {
        Begin("10");
        WatchPeer peer = await _peers.NextAsync();
        await peer.SendAsync(Added("a", "11") + Error(429, "TooManyRequests"));
        Assert.Equal("Added a 11", await Next());
        Expect();
        await (await _peers.NextAsync()).AnswerAsync(FakeApi.Failure(503, "ServiceUnavailable", "Away."));
        await (await _peers.NextAsync()).AnswerAsync(FakeApi.Failure(429, "TooManyRequests", "Too many."));
        WatchPeer last = await _peers.NextAsync();
        Assert.Equal("11", last["resourceVersion"]);
        await last.SendAsync(Added("b", "12"));
        Assert.Equal("Added b 12", await Next());
    }

    [Fact]
    public async Task Cancellation_EndsItPromptly_AndClosesTheConnection()
    {
        Begin("10");
        WatchPeer peer = await _peers.NextAsync();
        await peer.SendAsync(Bookmark("11"));
        await Next();
        Expect();
        await _stop.CancelAsync();
        var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _move!).Within("end of the watch");
        Assert.Equal(_stop.Token, e.CancellationToken);
        await peer.Left.Task.Within("end of the connection");
    }

    [Fact]
    public async Task LeavingTheLoop_ClosesTheConnection()
    {
        Begin("10");
        WatchPeer peer = await _peers.NextAsync();
        await peer.SendAsync(Bookmark("11"));
        await Next();
        await _watch!.DisposeAsync();
        await peer.Left.Task.Within("end of the connection");
    }

    private static async Task<List<string>> ToldAsync(IAsyncEnumerator<ExecutionEvent> watch, int count)
    {
        var versions = new List<string>();
        while (versions.Count < count && await watch.MoveNextAsync())
        {
            versions.Add(watch.Current.ResourceVersion);
        }

        return versions;
    }

    private void Begin(string? version, ExecutionSelector? selector = null, KontinueClientOptions? options = null)
    {
        _client = new KontinueHttpClient(_server.Address, options ?? Fast());
        _watch = _client.WatchAsync(new WatchQuery { ResourceVersion = version, Selector = selector ?? ExecutionSelector.All }, _stop.Token)
            .GetAsyncEnumerator(CancellationToken.None);
        Expect();
    }

    /// <summary>Begins to wait for the next event.</summary>
    private void Expect() => _move ??= _watch!.MoveNextAsync().AsTask();

    private async Task<string> Next()
    {
        Expect();
        Task<bool> move = _move!;
        bool moved = await move.Within("event");
        _move = null;
        Assert.True(moved);
        ExecutionEvent told = _watch!.Current;
        return $"{told.Type} {told.Execution?.Metadata.Name} {told.ResourceVersion}{(told.IsInitialEnd ? " end" : "")}";
    }
}
