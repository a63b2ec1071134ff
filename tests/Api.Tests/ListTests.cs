using System.IO.Compression;
using System.Net;
using System.Text.Json;
using Kontinue.Client;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Api.Tests;

public sealed class ListTests : ApiTest
{
    private const string TableType = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

    [Theory]
    [InlineData("a%3D%3Db,c!%3Dd,e in (f,g),h notin (i),j,!k", "a=b,c!=d,e in (f,g),h!=i,j,!k")]
    [InlineData("app.io/tier%3D", "app.io/tier=")]
    public async Task List_LabelSelector_IsReadWhole(string given, string seen)
    {
        ExecutionSelector selector = await SelectAsync("labelSelector=" + given);
        Assert.Equal(seen, LabelSelector.Format(selector.Labels));
    }

    [Fact]
    public async Task List_FieldSelector_IsReadWhole()
    {
        ExecutionSelector selector = await SelectAsync(
            "fieldSelector=metadata.name%3Dx,metadata.namespace%3D%3Ddefault,spec.function%3Df,status.phase!%3DFailed,status.phase!%3DSkipped," +
            "metadata.ownerReferences.uid%3D0198c0de-0000-7000-8000-000000000009");
        Assert.Equal(("x", "default", "f", "0198c0de-0000-7000-8000-000000000009"), (selector.Name, selector.Namespace, selector.Function, selector.ParentUid.ToString()));
        Assert.Equal(6, selector.Phases!.Count);
        Assert.DoesNotContain(ExecutionPhase.Failed, selector.Phases);
    }

    [Theory]
    [InlineData(true, "0198c0de-0000-7000-8000-000000000001")]
    [InlineData(false, "00000000-0000-0000-0000-000000000000")]
    public async Task List_OwnerName_BecomesItsUid(bool exists, string uid)
    {
        var queries = new List<ListQuery>();
        Client.OnList = query =>
        {
            queries.Add(query);
            bool isOwner = query.Selector.Name is "parent" && query.Continue is "next" && exists;
            return Task.FromResult(new ExecutionList
            {
                Items = isOwner ? [FakeClient.Make(new ExecutionKey("default", "parent"), ExecutionPhase.Executing)] : [],
                Metadata = new ListMetadata { Continue = query.Selector.Name is "parent" && query.Continue is null ? "next" : null },
            });
        };
        await ReadAsync<ExecutionList>(await GetAsync(Executions + "?fieldSelector=metadata.ownerReferences.name%3Dparent"));
        Assert.Equal(uid, queries[^1].Selector.ParentUid.ToString());
        Assert.Null(queries[^1].Selector.Name);
        await ErrorAsync(await GetAsync(Root + "/executions?fieldSelector=metadata.ownerReferences.name%3Dparent"), 400, "BadRequest");
    }

    [Fact]
    public async Task List_NamespaceField_SelectsAcrossNamespaces()
    {
        ListQuery? seen = null;
        Client.OnList = query =>
        {
            seen = query;
            return Task.FromResult(new ExecutionList { Items = [] });
        };
        await ReadAsync<ExecutionList>(await GetAsync(Root + "/executions?fieldSelector=metadata.namespace%3Dshop"));
        Assert.Equal("shop", seen!.Selector.Namespace);
    }

    [Theory]
    [InlineData(Executions)]
    [InlineData(Executions + "/x")]
    [InlineData(Executions + "/x/status")]
    [InlineData(Root + "/namespaces/default/suspensions")]
    [InlineData(Root + "/functions")]
    public async Task Table_IsAnsweredWhenAskedFor(string path)
    {
        Client.OnGet = key => Task.FromResult(FakeClient.Make(key, ExecutionPhase.Failed));
        HttpResponseMessage response = await SendAsync(HttpMethod.Get, path, also: r => r.Headers.TryAddWithoutValidation("Accept", TableType));
        using JsonDocument table = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal("Table", table.RootElement.GetProperty("kind").GetString());
    }

    [Theory]
    [InlineData(Executions)]
    [InlineData(Executions + "?watch=true")]
    [InlineData(Executions + "/x")]
    [InlineData(Root + "/namespaces/default/suspensions")]
    [InlineData(Root + "/functions")]
    public async Task Head_IsAnsweredWithoutBody(string path)
    {
        Client.OnGet = key => Task.FromResult(FakeClient.Make(key, ExecutionPhase.Failed));
        HttpResponseMessage response = await SendAsync(HttpMethod.Head, path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("gzip", 500, true)]
    [InlineData("deflate, gzip;q=0.5", 500, true)]
    [InlineData("gzip;q=0", 500, false)]
    [InlineData("identity", 500, false)]
    [InlineData("gzip", 3, false)]
    public async Task List_Large_IsCompressedForThoseWhoAskForIt(string accepted, int count, bool compressed)
    {
        Client.OnList = _ => Task.FromResult(new ExecutionList
        {
            Items = [.. Enumerable.Range(0, count).Select(i => FakeClient.Make(new ExecutionKey("default", $"e{i}"), ExecutionPhase.Completed, JsonPayload.From(new string('x', 300))))],
        });
        HttpResponseMessage response = await SendAsync(HttpMethod.Get, Executions, also: r => r.Headers.TryAddWithoutValidation("Accept-Encoding", accepted));
        Assert.Equal(compressed, response.Content.Headers.ContentEncoding.Contains("gzip"));
        await using Stream body = await response.Content.ReadAsStreamAsync();
        await using Stream plain = compressed ? new GZipStream(body, CompressionMode.Decompress) : body;
        ExecutionList list = (await JsonSerializer.DeserializeAsync(plain, ResourceJson.Tolerant<ExecutionList>()))!;
        Assert.Equal(count, list.Items.Count);
    }

    private async Task<ExecutionSelector> SelectAsync(string query)
    {
        ListQuery? seen = null;
        Client.OnList = q =>
        {
            seen = q;
            return Task.FromResult(new ExecutionList { Items = [] });
        };
        await ReadAsync<ExecutionList>(await GetAsync(Executions + "?" + query));
        return seen!.Selector;
    }
}
