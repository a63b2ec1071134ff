using System.Text.Json.Nodes;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Api.Tests;

public sealed class SiloTests : ApiTest
{
    private const string Silos = Root + "/silos";
    private const string TableType = "application/json;as=Table;v=v1;g=meta.k8s.io";

    private static readonly DateTimeOffset Start = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task List_AndGet_ShowWhatTheStoreKnows()
    {
        Serve(Make("a", version: "12"), Make("b", SiloPhase.Lost, "7"));
        SiloList list = await ReadAsync<SiloList>(await GetAsync(Silos));
        Assert.Equal(("SiloList", "12"), (list.Kind, list.Metadata.ResourceVersion));
        Assert.Equal(["a Ready", "b Lost"], list.Items.Select(s => $"{s.Metadata.Name} {s.Status!.Phase}"));
        Assert.Equal("b", Assert.Single((await ReadAsync<SiloList>(await GetAsync(Silos + "?fieldSelector=metadata.name%3Db"))).Items).Metadata.Name);

        string one = await (await GetAsync(Silos + "/a")).Content.ReadAsStringAsync();
        Assert.StartsWith("""{"apiVersion":"kontinue.cloud/v1alpha1","kind":"Silo","metadata":{"name":"a","uid":""", one, StringComparison.Ordinal);
        Assert.Contains("""
            "spec":{"workerGroup":"blue","version":"1.2.3+0123456789","capacity":10},"status":{"phase":"Ready","executing":3,"resident":5,"steps":2,
            """, one, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_Unknown_IsNotFound()
    {
        ErrorStatus status = await ErrorAsync(await GetAsync(Silos + "/c"), 404, "NotFound");
        Assert.Equal(("silos", "c"), (status.Details!.Kind, status.Details.Name));
    }

    [Fact]
    public async Task Table_ShowsLoadAndLease()
    {
        Serve(Make("a"), Make("b", SiloPhase.Stopped));
        HttpResponseMessage response = await SendAsync(HttpMethod.Get, Silos, also: r => r.Headers.TryAddWithoutValidation("Accept", TableType));
        JsonNode table = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal(
            ["Name", "Group", "Status", "Executing", "Resident", "Lease", "Version", "Age"],
            table["columnDefinitions"]!.AsArray().Where(c => (int)c!["priority"]! == 0).Select(c => (string)c!["name"]!));
        string[] ready = Cells(table, 0);
        Assert.Equal(["a", "blue", "Ready", "3/10", "5"], ready[..5]);

        // The lease is far longer than any clock's error, so that it must be what is left of it.
        Assert.Matches("^(59m|60m|1h)", ready[5]);
        Assert.Equal("1.2.3+01234567", ready[6]);
        Assert.Equal(["b", "blue", "Stopped", "3/10", "5", "<none>"], Cells(table, 1)[..6]);
    }

    [Theory]
    [InlineData(SiloPhase.Ready, 30, 10)]
    [InlineData(SiloPhase.Ready, -3600, 40)]
    [InlineData(SiloPhase.Ready, 3600, 0)]
    [InlineData(SiloPhase.Lost, 30, null)]
    public void LeaseLeft_IsBoundedWhateverTheReadersClock(SiloPhase phase, int clock, int? left)
    {
        Silo silo = Make("a", phase) with
        {
            Status = new SiloStatus { Phase = phase, RenewedAt = DateTimeOffset.UnixEpoch, LeaseUntil = DateTimeOffset.UnixEpoch.AddSeconds(40) },
        };
        Assert.Equal(left, silo.LeaseLeft(DateTimeOffset.UnixEpoch.AddSeconds(clock))?.TotalSeconds);
    }

    [Fact]
    public async Task OtherGroup_IsShownInIt()
    {
        await using ApiServer server = await ApiServer.StartAsync(o => o.Group = "durable.example.com");
        server.Client.OnListSilos = () => Task.FromResult(ListOf(Make("a")));
        SiloList list = await ReadAsync<SiloList>(await SendAsync(server, HttpMethod.Get, "/apis/durable.example.com/v1alpha1/silos"));
        Assert.Equal(("durable.example.com/v1alpha1", "durable.example.com/v1alpha1"), (list.ApiVersion, list.Items[0].ApiVersion));
    }

    [Fact]
    public async Task Watch_TellsWhatThereIs()
    {
        Serve(Make("a"), Make("b"));
        await using WatchReader watch = await WatchReader.OpenAsync(
            Server, Silos + "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
        Assert.Equal(["ADDED a 9", "ADDED b 9", "BOOKMARK 9"], [await watch.NextLineAsync(), await watch.NextLineAsync(), await watch.NextLineAsync()]);
    }

    [Fact]
    public async Task StoreAway_IsUnavailable()
    {
        Client.OnListSilos = () => throw new UnavailableException("The store is away.");
        await ErrorAsync(await GetAsync(Silos), 503, "ServiceUnavailable");
    }

    internal static Silo Make(string name, SiloPhase phase = SiloPhase.Ready, string version = "9", int executing = 3) => new()
    {
        Metadata = new ObjectMetadata { Name = name, Uid = Guid.Parse("0198c0de-0000-7000-8000-000000000001"), ResourceVersion = version, CreationTimestamp = Start },
        Spec = new SiloSpec { WorkerGroup = "blue", Version = "1.2.3+0123456789", Capacity = 10 },
        Status = new SiloStatus { Phase = phase, Executing = executing, Resident = 5, Steps = 2, RenewedAt = Start, LeaseUntil = Start.AddHours(1) },
    };

    private static SiloList ListOf(params Silo[] silos) => new()
    {
        Items = silos, Metadata = new ListMetadata { ResourceVersion = silos[0].Metadata.ResourceVersion },
    };

    private static string[] Cells(JsonNode table, int row) => [.. table["rows"]![row]!["cells"]!.AsArray().Select(c => c!.ToString())];

    private void Serve(params Silo[] silos) => Client.OnListSilos = () => Task.FromResult(ListOf(silos));
}
