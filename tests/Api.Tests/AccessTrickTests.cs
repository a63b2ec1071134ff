using Kontinue.Api.Access;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Api.Tests;

/// <summary>Odd requests of somebody who may read one namespace and change another one: none gets further than plain ones.</summary>
public sealed class AccessTrickTests : IAsyncLifetime
{
    private const string Root = "/apis/kontinue.cloud/v1alpha1";
    private const string Bank = Root + "/namespaces/bank/executions";
    private const string Shop = Root + "/namespaces/shop/executions";

    private readonly TestFiles _files = new();
    private AccessServer _server = null!;

    public async Task InitializeAsync()
    {
        string file = _files.Write("tokens.json", $$"""
            {"tokens": [
              {"name": "eve", "sha256": "{{AccessServer.Hash("eve")}}", "bindings": [{"namespace": "shop", "role": "viewer"}, {"namespace": "lab", "role": "operator"}]},
              {"name": "max", "sha256": "{{AccessServer.Hash("max")}}", "bindings": [{"namespace": "lab", "role": "admin"}]},
              {"name": "root", "sha256": "{{AccessServer.Hash("root")}}", "bindings": [{"namespace": "*", "role": "admin"}]}]}
            """);
        _server = await AccessServer.StartAsync(o => (o.Access.Mode, o.Access.TokensFile) = (AccessMode.Tokens, file));
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _files.Dispose();
    }

    [Theory]
    [InlineData("GET " + Root + "/namespaces/shop/../bank/executions")]
    [InlineData("GET " + Root + "/namespaces/shop/%2e%2e/bank/executions")]
    [InlineData("GET " + Root + "/namespaces/shop/.%2E/bank/executions/x")]
    [InlineData("GET " + Root + "/namespaces/shop%2F..%2Fbank/executions")]
    [InlineData("GET " + Root + "/namespaces/shop%2f%2e%2e%2fbank/executions/x")]
    [InlineData("GET " + Root + "/namespaces/shop%252F..%252Fbank/executions")]
    [InlineData("GET " + Root + "/namespaces/shop/executions/../../bank/executions/x")]
    [InlineData("GET " + Root + "/namespaces/shop/executions/x/../../../bank/executions")]
    [InlineData("GET " + Root + "/namespaces//bank/executions")]
    [InlineData("GET " + Root + "//namespaces/bank/executions")]
    [InlineData("GET /" + Root + "/namespaces/bank/executions")]
    [InlineData("GET " + Root + "/namespaces/./bank/executions")]
    [InlineData("GET " + Root + "/namespaces/bank//executions")]
    [InlineData("GET " + Root + "/NAMESPACES/bank/executions")]
    [InlineData("GET /APIS/Kontinue.Cloud/V1alpha1/namespaces/bank/Executions/x")]
    [InlineData("GET " + Root + "/namespaces/BANK/executions")]
    [InlineData("GET " + Root + "/namespaces/SHOP/executions")]
    [InlineData("GET " + Root + "/namespaces/*/executions")]
    [InlineData("GET " + Root + "/namespaces/%2a/executions")]
    [InlineData("GET " + Root + "/namespaces/%20/executions")]
    [InlineData("GET " + Root + "/namespaces/shop%00/executions")]
    [InlineData("GET " + Root + "/namespaces/shop;bank/executions")]
    [InlineData("GET " + Root + "/namespaces/shop,bank/executions")]
    [InlineData("GET " + Bank + "/")]
    [InlineData("GET " + Bank + "/x/")]
    [InlineData("HEAD " + Bank)]
    [InlineData("HEAD " + Bank + "/x")]
    [InlineData("GET " + Bank + "/x/journal/")]
    [InlineData("GET " + Bank + "/x/RESULT")]
    [InlineData("GET " + Root + "/executions")]
    [InlineData("GET " + Root + "/executions/")]
    [InlineData("GET " + Root + "/executions?namespace=shop&ns=shop")]
    [InlineData("GET " + Root + "/executions?fieldSelector=metadata.namespace%3Dshop")]
    [InlineData("GET " + Bank + "?namespace=shop&ns=shop")]
    [InlineData("GET " + Bank + "?watch=true")]
    [InlineData("GET http://127.0.0.1" + Bank)]
    [InlineData("get " + Bank)]
    [InlineData("DELETE " + Shop + "/x")]
    [InlineData("DELETE " + Shop)]
    [InlineData("POST " + Shop + "/x/cancel/")]
    [InlineData("POST " + Shop + "/x/%63ancel")]
    [InlineData("POST " + Shop + "/x/CANCEL")]
    [InlineData("POST " + Shop + "/x//cancel")]
    [InlineData("post " + Shop + "/x/cancel")]
    [InlineData("GET " + Shop + "/x/cancel?_method=POST")]
    [InlineData("GET " + Root + "/namespaces/lab/nothing/known")]
    public async Task Request_GetsNoFurther(string line)
    {
        (int code, string text) = await RawHttp.SendAsync(_server.Address, line, "Authorization: Bearer eve", "Content-Length: 0");
        Assert.True(code is >= 400 and < 500, text);
        Assert.Empty(_server.Changes);
        Assert.Empty(_server.Touched);
    }

    [Fact]
    public async Task ContinueToken_OfAnotherNamespace_DoesNotLeaveThePathsNamespace()
    {
        Client.ListQuery? seen = null;
        _server.Client.OnList = query =>
        {
            seen = query;
            return Task.FromResult(new Resources.ExecutionList { Items = [], Metadata = new Resources.ListMetadata { Continue = "bank-token" } });
        };
        using HttpClient root = _server.Connect("root");
        Assert.Contains("bank-token", await root.GetStringAsync(Bank + "?limit=1"), StringComparison.Ordinal);
        using HttpClient eve = _server.Connect("eve");
        await eve.GetStringAsync(Shop + "?continue=bank-token");
        Assert.Equal(("shop", "bank-token"), (seen!.Selector.Namespace, seen.Continue));
    }

    [Theory]
    [InlineData("POST", "X-HTTP-Method-Override: DELETE")]
    [InlineData("POST", "X-Method-Override: DELETE")]
    [InlineData("GET", "X-HTTP-Method: DELETE")]
    [InlineData("GET", "X-Original-URL: " + Bank + "/x")]
    [InlineData("GET", "X-Rewrite-URL: " + Bank + "/x")]
    [InlineData("GET", "X-Forwarded-Prefix: " + Bank)]
    [InlineData("GET", "X-Remote-User: root")]
    [InlineData("GET", "Impersonate-User: root")]
    public async Task Headers_ChangeNothing(string method, string header)
    {
        await RawHttp.SendAsync(_server.Address, $"{method} {Shop}/x", "Authorization: Bearer eve", "Content-Length: 0", header);
        Assert.Empty(_server.Changes);
        Assert.All(_server.Touched, ns => Assert.Equal("shop", ns));
        (int code, string text) = await RawHttp.SendAsync(_server.Address, $"GET {Bank}/x", "Authorization: Bearer eve", header);
        Assert.True(code == 403, text);
        Assert.Contains("User \\\"eve\\\" cannot get resource \\\"executions\\\"", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Authorization: Bearer eve", "Authorization: Bearer root")]
    [InlineData("Authorization: Bearer root", "Authorization: Bearer eve")]
    [InlineData("Authorization: Bearer root, Bearer eve")]
    [InlineData("Authorization: Bearer root ", "Authorization: ")]
    [InlineData("Authorization: Bearer")]
    [InlineData("Authorization: Bearer  root")]
    [InlineData("Authorization: Bearer ROOT")]
    [InlineData("Authorization: Bearer roo")]
    [InlineData("Authorization: Bearer roott")]
    [InlineData("Authorization: Basic cm9vdDpyb290")]
    [InlineData("Authorization: root")]
    [InlineData("Proxy-Authorization: Bearer root")]
    [InlineData("X-Authorization: Bearer root")]
    [InlineData("X-Remote-User: root", "X-Remote-Group: system:masters")]
    [InlineData("Cookie: token=root")]
    public async Task Credentials_ThatAreNotExactlyOne_AreNone(params string[] headers)
    {
        (int code, string text) = await RawHttp.SendAsync(_server.Address, $"GET {Bank}/x?access_token=root&token=root", headers);
        Assert.True(code == 401, text);
        Assert.Contains("WWW-Authenticate: Bearer", text, StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"Unauthorized\"", text, StringComparison.Ordinal);
        Assert.Empty(_server.Touched);
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"x","namespace":"bank"},"spec":{"function":"hello"}}""")]
    [InlineData("""{"metadata":{"name":"x","namespace":"lab","namespace":"bank"},"spec":{"function":"hello"}}""")]
    [InlineData("""{"metadata":{"name":"../../bank/executions/x"},"spec":{"function":"hello"}}""")]
    [InlineData("""{"metadata":{"name":"x","namespace":""},"spec":{"function":"hello"}}""")]
    public async Task Body_DoesNotLeaveThePathsNamespace(string body)
    {
        using HttpClient http = _server.Connect("eve");
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await http.PostAsync(Root + "/namespaces/lab/executions", content);
        Assert.True((int)response.StatusCode is 400 or 422, response.StatusCode.ToString());
        Assert.Empty(_server.Changes);
    }

    [Theory]
    [InlineData("""{"kind":"ExecutionList","items":[{"metadata":{"name":"x"},"spec":{"function":"hello"}},{"metadata":{"name":"y","namespace":"bank"},"spec":{"function":"hello"}}]}""", "")]
    [InlineData("""{"name":"bank/x"}""", "/x/resubmit")]
    [InlineData("""{"name":"x","namespace":"bank"}""", "/x/resubmit")]
    public async Task ManyAndAgain_DoNotLeaveThePathsNamespace(string body, string rest)
    {
        using HttpClient http = _server.Connect("eve");
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await http.PostAsync(Root + "/namespaces/lab/executions" + rest, content);
        Assert.True((int)response.StatusCode is 400 or 422, response.StatusCode.ToString());
        Assert.Empty(_server.Changes);
    }

    [Theory]
    [InlineData("DELETE " + Root + "/namespaces/lab/executions?fieldSelector=metadata.namespace%3Dbank")]
    [InlineData("DELETE " + Root + "/executions?labelSelector=a")]
    [InlineData("DELETE " + Bank + "?labelSelector=a")]
    public async Task DeleteCollection_DoesNotLeaveThePathsNamespace(string line)
    {
        // Max may delete in the lab, so it is not his role that stops him.
        await RawHttp.SendAsync(_server.Address, line, "Authorization: Bearer max", "Content-Length: 0");
        Assert.Empty(_server.Changes);
        Assert.DoesNotContain(_server.Touched, ns => ns is "bank" or "*");
    }

    /// <summary>A field that nobody knows is passed over, and does not lead anywhere.</summary>
    [Theory]
    [InlineData("""{"metadata":{"name":"x"},"spec":{"function":"hello"}}""")]
    [InlineData("""{"metadata":{"name":"x","Namespace":"bank"},"spec":{"function":"hello"}}""")]
    public async Task Body_InThePathsNamespace_IsTaken(string body)
    {
        using HttpClient http = _server.Connect("eve");
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await http.PostAsync(Root + "/namespaces/lab/executions", content);
        Assert.Equal(201, (int)response.StatusCode);
        Assert.Equal(["create lab/x"], _server.Changes);
    }
}
