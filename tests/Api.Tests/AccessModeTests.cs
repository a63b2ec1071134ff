using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Kontinue.Api.Access;
using Kontinue.Resources;
using Kontinue.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace Kontinue.Api.Tests;

/// <summary>The modes: who is believed to be who, and what the files may do to that while the server runs.</summary>
public sealed class AccessModeTests : IDisposable
{
    private const string Root = "/apis/kontinue.cloud/v1alpha1";
    private const string Shop = Root + "/namespaces/shop/executions";

    private const string Merge = "application/merge-patch+json";
    private const string Apply = "application/apply-patch+yaml";
    private const string Manifest = """{"metadata":{"labels":{"a":"b"}},"spec":{"function":"hello"}}""";

    private static readonly TimeSpan PastCheck = TimeSpan.FromSeconds(3);

    private readonly TestFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task ReadOnly_RefusesChanges_AndSaysHowToAllowThem()
    {
        await using AccessServer server = await AccessServer.StartAsync(o => o.Access.Mode = AccessMode.ReadOnly);
        using HttpClient http = server.Connect();
        Assert.Equal(200, await CodeAsync(http, "GET", Shop));
        Assert.Equal(200, await CodeAsync(http, "GET", Root + "/executions"));
        ErrorStatus status = await ErrorAsync(http, "POST", Shop + "/x/cancel", 403);
        Assert.StartsWith(
            "executions.kontinue.cloud \"x\" is forbidden: User \"system:anonymous\" cannot create resource \"executions/cancel\" " +
            "in API group \"kontinue.cloud\" in the namespace \"shop\": this server is read-only", status.Message, StringComparison.Ordinal);
        Assert.Contains("--access readwrite", status.Message, StringComparison.Ordinal);
        Assert.Equal(("x", "executions", "kontinue.cloud"), (status.Details!.Name, status.Details.Kind, status.Details.Group));
        Assert.Empty(server.Changes);
    }

    [Theory]
    [InlineData("127.0.0.1", 202)]
    [InlineData("0.0.0.0", 403)]
    public async Task Automatic_AllowsChanges_WhereOnlyThisMachineReaches(string address, int code)
    {
        await using AccessServer server = await AccessServer.StartAsync(_ => { }, at: IPAddress.Parse(address));
        using HttpClient http = server.Connect();
        Assert.Equal(code, await CodeAsync(http, "POST", Shop + "/x/cancel"));
    }

    [Theory]
    [InlineData("http://127.0.0.1:80", true)]
    [InlineData("https://[::1]:80", true)]
    [InlineData("http://localhost:5000", true)]
    [InlineData("http://unix:/run/kontinue.sock", true)]
    [InlineData("http://[::]:80", false)]
    [InlineData("http://*:80", false)]
    [InlineData("http://10.1.2.3:80", false)]
    [InlineData("http://localhost.example.com:80", false)]
    public void Loopback_IsTold(string address, bool loopback) => Assert.Equal(loopback, AnonymousAuthenticator.IsLoopback(address));

    [Fact]
    public async Task Tokens_MayDoWhatTheirBindingsSay_InKubernetesWords()
    {
        await using AccessServer server = await TokensAsync(TokensFile("secret", "viewer"));
        using HttpClient alice = server.Connect("secret");
        Assert.Equal(200, await CodeAsync(alice, "GET", Shop));
        Assert.Equal(
            "executions.kontinue.cloud \"x\" is forbidden: User \"alice\" cannot delete resource \"executions\" in API group \"kontinue.cloud\" in the namespace \"shop\"",
            (await ErrorAsync(alice, "DELETE", Shop + "/x", 403)).Message);
        Assert.Equal(
            "executions.kontinue.cloud is forbidden: User \"alice\" cannot list resource \"executions\" in API group \"kontinue.cloud\" at the cluster scope",
            (await ErrorAsync(alice, "GET", Root + "/executions", 403)).Message);
        Assert.Equal("forbidden: User \"alice\" cannot post path \"/apis\"", (await ErrorAsync(alice, "POST", "/apis", 403)).Message);
        Assert.Equal(200, await CodeAsync(alice, "GET", Root));
    }

    [Fact]
    public async Task Tokens_StrangersGet401_ProbesGetTheirAnswer()
    {
        await using AccessServer server = await TokensAsync(TokensFile("secret", "admin"));
        using HttpClient stranger = server.Connect();
        Assert.Equal(200, await CodeAsync(stranger, "GET", "/healthz"));
        Assert.Equal(200, await CodeAsync(stranger, "GET", "/readyz"));
        Assert.Equal(401, await CodeAsync(stranger, "GET", "/apis"));
        Assert.Equal(401, await CodeAsync(stranger, "GET", "/nothing"));
        using HttpResponseMessage response = await stranger.GetAsync(Shop);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Bearer", Assert.Single(response.Headers.WwwAuthenticate).Scheme);
    }

    [Fact]
    public async Task Tokens_GroupsOfAToken_HaveTheirBindings()
    {
        await using AccessServer server = await TokensAsync($$"""
            {"tokens": [{"name": "bob", "sha256": "{{AccessServer.Hash("b")}}", "groups": ["ops"]}],
             "bindings": [{"group": "ops", "namespace": "shop", "role": "operator"}, {"user": "bob", "namespace": "bank", "role": "viewer"}]}
            """);
        using HttpClient bob = server.Connect("b");
        Assert.Equal(202, await CodeAsync(bob, "POST", Shop + "/x/cancel"));
        Assert.Equal(200, await CodeAsync(bob, "GET", Root + "/namespaces/bank/executions"));
        Assert.Equal(403, await CodeAsync(bob, "POST", Root + "/namespaces/bank/executions/x/cancel"));
    }

    [Fact]
    public async Task TokensFile_Changed_IsInForceAfterTheNextCheck()
    {
        await using AccessServer server = await TokensAsync(TokensFile("old", "viewer"));
        using HttpClient old = server.Connect("old");
        using HttpClient fresh = server.Connect("fresh");
        Assert.Equal(200, await CodeAsync(old, "GET", Shop));
        _files.Write("tokens.json", TokensFile("fresh", "viewer"));
        Assert.Equal(200, await CodeAsync(old, "GET", Shop));
        server.Time.Advance(PastCheck);
        Assert.Equal(401, await CodeAsync(old, "GET", Shop));
        Assert.Equal(200, await CodeAsync(fresh, "GET", Shop));
    }

    [Fact]
    public async Task TokensFile_BrokenOrGone_LeavesTheOldOneInForce_AndSaysSoOnce()
    {
        await using AccessServer server = await TokensAsync(TokensFile("old", "viewer"));
        using HttpClient http = server.Connect("old");
        _files.Write("tokens.json", """{"tokens": [{"name": "alice", "sha256": "plain"}]}""");
        await CheckTwiceAsync("tokens[0].sha256: it must have 64 hexadecimal digits");
        File.Delete(_files.PathOf("tokens.json"));
        await CheckTwiceAsync("Could not find file");
        _files.Write("tokens.json", TokensFile("new", "viewer"));
        server.Time.Advance(PastCheck);
        Assert.Equal(401, await CodeAsync(http, "GET", Shop));

        async Task CheckTwiceAsync(string problem)
        {
            for (int i = 0; i < 2; i++)
            {
                server.Time.Advance(PastCheck);
                Assert.Equal(200, await CodeAsync(http, "GET", Shop));
            }

            Assert.Single(server.Log, l => l.Level == LogLevel.Error && l.Text.Contains(problem, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("{", "LineNumber")]
    [InlineData("null", "it is null")]
    [InlineData("{}", "tokens: there are none")]
    [InlineData("""{"tokens":[],"extra":1}""", "extra")]
    [InlineData("""{"tokens":[null]}""", "tokens[0]: it is null")]
    [InlineData("""{"tokens":[{"name":"a"}]}""", "sha256")]
    [InlineData("""{"tokens":[{"name":"","sha256":"HASH"}]}""", "tokens[0].name")]
    [InlineData("""{"tokens":[{"name":"a\nb","sha256":"HASH"}]}""", "tokens[0].name")]
    [InlineData("""{"tokens":[{"name":"system:anonymous","sha256":"HASH"}]}""", "tokens[0].name")]
    [InlineData("""{"tokens":[{"name":"a","sha256":"HASH"},{"name":"b","sha256":"HASH"}]}""", "tokens[1].sha256: another token")]
    [InlineData("""{"tokens":[{"name":"a","sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}]}""", "empty token")]
    [InlineData("""{"tokens":[{"name":"a","sha256":"HASH","bindings":[{"namespace":"Shop","role":"viewer"}]}]}""", "tokens[0].bindings[0].namespace")]
    [InlineData("""{"tokens":[{"name":"a","sha256":"HASH","bindings":[{"namespace":"*","role":"owner"}]}]}""", "'owner' is not a role")]
    [InlineData("""{"tokens":[{"name":"a","sha256":"HASH"}],"bindings":[{"namespace":"*","role":"admin"}]}""", "bindings[0]: it must have either")]
    [InlineData("""{"tokens":[{"name":"a","sha256":"HASH"}],"bindings":[{"user":"a","group":"b","namespace":"*","role":"admin"}]}""", "bindings[0]: it must have either")]
    public async Task TokensFile_BrokenAtTheStart_IsRefusedWithThePlace(string content, string problem)
    {
        InvalidOperationException e = await Assert.ThrowsAsync<InvalidOperationException>(
            () => TokensAsync(content.Replace("HASH", AccessServer.Hash("x"), StringComparison.Ordinal)));
        Assert.Contains("tokens.json", e.Message, StringComparison.Ordinal);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Header_IsBelieved_FromTheProxyOnly()
    {
        using X509Certificate2 authority = TestFiles.Authority("front");
        using X509Certificate2 stranger = TestFiles.Authority("front");
        await using AccessServer server = await HeaderAsync(authority, o => o.Access.AllowedProxyNames.Add("front-proxy"));
        (X509Certificate2? Certificate, int Code)[] cases =
        [
            (TestFiles.Issue(authority, "CN=front-proxy", TestFiles.ClientUse), 200),
            (TestFiles.Issue(authority, "CN=front-proxy, O=cluster", TestFiles.ClientUse), 200),
            (null, 401),
            (TestFiles.Issue(stranger, "CN=front-proxy", TestFiles.ClientUse), 401),
            (TestFiles.Issue(authority, "CN=other", TestFiles.ClientUse), 401),
            (TestFiles.Issue(authority, "CN=other, CN=front-proxy", TestFiles.ClientUse), 401),
            (TestFiles.Issue(authority, "O=front-proxy", TestFiles.ClientUse), 401),
            (TestFiles.Issue(authority, "CN=front-proxy", TestFiles.ServerUse), 401),
            (TestFiles.Issue(authority, "CN=front-proxy", TestFiles.ClientUse, days: -1), 401),
        ];
        foreach ((X509Certificate2? certificate, int code) in cases)
        {
            using HttpClient http = server.Connect(token: null, certificate);
            int answered = await CodeAsync(http, "GET", Shop, ("X-Remote-User", "alice"));
            Assert.True(code == answered, $"{certificate?.Subject}: {answered}");
            Assert.Equal(200, await CodeAsync(http, "GET", "/healthz"));
            certificate?.Dispose();
        }
    }

    [Fact]
    public async Task Header_UsersAndGroups_HaveTheirBindings()
    {
        using X509Certificate2 authority = TestFiles.Authority("front");
        await using AccessServer server = await HeaderAsync(authority);
        using X509Certificate2 certificate = TestFiles.Issue(authority, "CN=anything", TestFiles.ClientUse);
        string cancel = $"POST {Shop}/x/cancel";
        await CheckAsync(403, cancel, "X-Remote-User: alice");
        await CheckAsync(202, cancel, "X-Remote-User: alice", "X-Remote-Group: devs", "X-Remote-Group: ops");
        await CheckAsync(403, cancel, "X-Remote-User: alice", "X-Remote-Group: devs,ops");
        await CheckAsync(403, cancel, "X-Remote-User: alice", "X-Remote-Extra-Group: ops", "X_Remote_Group: ops");
        await CheckAsync(200, $"GET {Shop}", "X-Remote-User: alice");
        await CheckAsync(403, $"GET {Shop}", "X-Remote-User: Alice");
        await CheckAsync(401, $"GET {Shop}");
        await CheckAsync(401, $"GET {Shop}", "X-Remote-User: alice", "X-Remote-User: alice");
        await CheckAsync(401, $"GET {Shop}", "X-Remote-User: ");
        await CheckAsync(200, $"GET {Root}", "X-Remote-User: nobody");

        async Task CheckAsync(int code, string line, params string[] headers)
        {
            (int answered, string text) = await RawHttp.SendAsync(server.Address, certificate, line, [.. headers, "Content-Length: 0"]);
            Assert.True(code == answered, $"{string.Join(", ", headers)}: {text}");
        }
    }

    [Fact]
    public async Task Header_AuthorizedByTheProxy_IsNotCheckedAgain()
    {
        using X509Certificate2 authority = TestFiles.Authority("front");
        await using AccessServer server = await HeaderAsync(authority, o => (o.Access.Authorization, o.Access.BindingsFile) = (AccessAuthorization.Proxy, null));
        using X509Certificate2 certificate = TestFiles.Issue(authority, "CN=anything", TestFiles.ClientUse);
        using HttpClient http = server.Connect(token: null, certificate);
        Assert.Equal(202, await CodeAsync(http, "POST", Shop + "/x/cancel", ("X-Remote-User", "whoever")));
        using HttpClient bare = server.Connect();
        Assert.Equal(401, await CodeAsync(bare, "POST", Shop + "/x/cancel", ("X-Remote-User", "whoever")));
    }

    [Fact]
    public async Task Header_AuthorizedByTheProxy_ApplyDoesNotCreate()
    {
        using X509Certificate2 authority = TestFiles.Authority("front");
        await using AccessServer server = await HeaderAsync(authority, o => (o.Access.Authorization, o.Access.BindingsFile) = (AccessAuthorization.Proxy, null));
        using X509Certificate2 certificate = TestFiles.Issue(authority, "CN=anything", TestFiles.ClientUse);
        using HttpClient http = server.Connect(token: null, certificate);
        http.DefaultRequestHeaders.Add("X-Remote-User", "whoever");
        Assert.Equal(200, (await ChangeAsync(http, "PATCH", Apply, Manifest)).Code);
        server.Client.OnUpdate = (key, _) => throw new ExecutionNotFoundException(key);
        server.Changes.Clear();
        (int code, string text) = await ChangeAsync(http, "PATCH", Apply, Manifest);
        Assert.Equal(404, code);
        Assert.Contains("the proxy has not authorized its creation", text, StringComparison.Ordinal);
        Assert.Empty(server.Changes);
    }

    [Fact]
    public async Task Apply_OfNothing_CreatesForWhoMayCreate()
    {
        await using AccessServer server = await TokensAsync(TokensFile("secret", "operator"));
        using HttpClient alice = server.Connect("secret");
        server.Client.OnUpdate = (key, _) => throw new ExecutionNotFoundException(key);
        Assert.Equal(201, (await ChangeAsync(alice, "PATCH", Apply, Manifest)).Code);
        Assert.Equal("create shop/x", Assert.Single(server.Changes));
    }

    [Theory]
    [InlineData("operator", "PATCH", Merge, """{"metadata":{"labels":{"a":"b"}}}""", 200)]
    [InlineData("operator", "PATCH", Merge, """{"spec":{"ttl":{"deleteAfter":"1h","archiveAfter":null}}}""", 200)]
    [InlineData("operator", "PATCH", Merge, """{"spec":{"ttl":{"deleteAfter":"1ms"}}}""", 403)]
    [InlineData("operator", "PATCH", Merge, """{"spec":{"ttl":null}}""", 403)]
    [InlineData("operator", "PATCH", "application/json-patch+json", """[{"op":"replace","path":"/spec/ttl/deleteAfter","value":"1ms"}]""", 403)]
    [InlineData("operator", "PATCH", Apply, """{"spec":{"function":"hello","ttl":{"deleteAfter":"1ms"}}}""", 403)]
    [InlineData("operator", "PUT", "application/json", """{"metadata":{"name":"x"},"spec":{"function":"hello","ttl":{"deleteAfter":"1ms"}}}""", 403)]
    [InlineData("operator", "PUT", "application/json", """{"metadata":{"name":"x"},"spec":{"function":"hello","ttl":{"deleteAfter":"1h"}}}""", 200)]
    [InlineData("admin", "PATCH", Merge, """{"spec":{"ttl":{"deleteAfter":"1ms"}}}""", 200)]
    [InlineData("admin", "PUT", "application/json", """{"metadata":{"name":"x"},"spec":{"function":"hello"}}""", 200)]
    public async Task Ttl_IsChanged_ByThoseWhoMayDelete(string role, string method, string type, string body, int code)
    {
        await using AccessServer server = await TokensAsync(TokensFile("secret", role));
        using HttpClient alice = server.Connect("secret");
        var stored = FakeClient.Make(new ExecutionKey("shop", "x"), ExecutionPhase.Completed);
        stored = stored with { Spec = stored.Spec with { Ttl = new TtlSpec { DeleteAfter = TimeSpan.FromHours(1) } } };
        server.Client.OnGet = _ => Task.FromResult(stored);
        server.Client.OnUpdate = (_, change) => Task.FromResult(change(stored));
        foreach (string query in (string[])["", "?dryRun=All"])
        {
            (int answered, string text) = await ChangeAsync(alice, method, type, body, query);
            Assert.True(code == answered, text);
            if (code == 403)
            {
                Assert.Contains("executions.kontinue.cloud \\\"x\\\" is forbidden: User \\\"alice\\\" cannot delete resource \\\"executions\\\"", text, StringComparison.Ordinal);
                Assert.Contains("spec.ttl decides when it is deleted", text, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task ClientCa_Changed_IsInForceOnOpenConnectionsToo()
    {
        using X509Certificate2 first = TestFiles.Authority("first");
        using X509Certificate2 second = TestFiles.Authority("second");
        await using AccessServer server = await HeaderAsync(first);
        using X509Certificate2 certificate = TestFiles.Issue(first, "CN=proxy", TestFiles.ClientUse);
        using HttpClient http = server.Connect(token: null, certificate);
        Assert.Equal(200, await CodeAsync(http, "GET", Shop, ("X-Remote-User", "alice")));
        _files.Write("ca.crt", second.ExportCertificatePem());
        server.Time.Advance(PastCheck);
        Assert.Equal(401, await CodeAsync(http, "GET", Shop, ("X-Remote-User", "alice")));
    }

    [Fact]
    public async Task ClientCertificate_EndingOnAnOpenConnection_IsNotTakenAnyMore()
    {
        using X509Certificate2 authority = TestFiles.Authority("front");
        await using AccessServer server = await HeaderAsync(authority);
        using X509Certificate2 certificate = TestFiles.Issue(authority, "CN=proxy", TestFiles.ClientUse, days: 5);
        using HttpClient http = server.Connect(token: null, certificate);
        Assert.Equal(200, await CodeAsync(http, "GET", Shop, ("X-Remote-User", "alice")));
        server.Time.Advance(TimeSpan.FromDays(6));
        Assert.Equal(401, await CodeAsync(http, "GET", Shop, ("X-Remote-User", "alice")));
    }

    [Fact]
    public async Task TlsCertificate_Changed_IsForNewConnections_AndABrokenOneForNone()
    {
        using X509Certificate2 authority = TestFiles.Authority("ca");
        (string certificate, string key) = _files.WriteServer(authority, "CN=one");
        await using AccessServer server = await AccessServer.StartAsync(
            o => (o.Tls.CertificateFile, o.Tls.PrivateKeyFile) = (certificate, key), tls: true);
        using HttpClient kept = Connect(server, out Func<string?> keptName);
        Assert.Equal(200, await CodeAsync(kept, "GET", "/healthz"));
        Assert.Equal("CN=one", keptName());

        _files.WriteServer(authority, "CN=two");
        server.Time.Advance(PastCheck);
        using HttpClient second = Connect(server, out Func<string?> secondName);
        Assert.Equal(200, await CodeAsync(second, "GET", "/healthz"));
        Assert.Equal("CN=two", secondName());

        // The key of another certificate, as in the middle of a rotation.
        using X509Certificate2 other = TestFiles.Issue(authority, "CN=three", TestFiles.ServerUse);
        _files.Write("tls.crt", other.ExportCertificatePem());
        server.Time.Advance(PastCheck);
        using HttpClient third = Connect(server, out Func<string?> thirdName);
        Assert.Equal(200, await CodeAsync(third, "GET", "/healthz"));
        Assert.Equal("CN=two", thirdName());
        Assert.Single(server.Log, l => l.Level == LogLevel.Error && l.Text.Contains("tls.crt and ", StringComparison.Ordinal));

        Assert.Equal(200, await CodeAsync(kept, "GET", "/healthz"));
        Assert.Equal("CN=one", keptName());
    }

    [Fact]
    public async Task Tls_ChainAndVersion_AreRight()
    {
        using X509Certificate2 authority = TestFiles.Authority("ca");
        (string certificate, string key) = _files.WriteServer(authority);
        await using AccessServer server = await AccessServer.StartAsync(
            o => (o.Tls.CertificateFile, o.Tls.PrivateKeyFile) = (certificate, key), tls: true);
        using var tcp = new System.Net.Sockets.TcpClient();
        await tcp.ConnectAsync(server.Address.Host, server.Address.Port);
        await using var tls = new System.Net.Security.SslStream(tcp.GetStream());
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(authority);
        await tls.AuthenticateAsClientAsync(new System.Net.Security.SslClientAuthenticationOptions { TargetHost = "127.0.0.1", CertificateChainPolicy = policy });
        Assert.Contains(tls.SslProtocol, new[] { SslProtocols.Tls12, SslProtocols.Tls13 });
        Assert.False(tls.IsMutuallyAuthenticated);
    }

    [Theory]
    [InlineData("Access.Mode Tokens needs Access.TokensFile")]
    [InlineData("Access.TokensFile is used in Access.Mode Tokens only")]
    [InlineData("Access.Mode Header needs TLS")]
    [InlineData("Access.Mode Header needs Access.BindingsFile")]
    [InlineData("Access.BindingsFile is used in Access.Mode Header")]
    [InlineData("Access.Authorization Proxy is used in Access.Mode Header only")]
    [InlineData("Access.AllowedProxyNames is used in Access.Mode Header only")]
    [InlineData("Tls.ClientCaFile is used in Access.Mode Header only")]
    [InlineData("must both be given")]
    [InlineData("Limits.MaxConcurrentRequests")]
    [InlineData("Limits.BurstPerUser")]
    [InlineData("Limits.KeepAliveTimeout")]
    public async Task Options_ThatCannotWork_AreRefusedAtTheStart(string problem)
    {
        Action<KontinueApiOptions> configure = problem switch
        {
            "Access.Mode Tokens needs Access.TokensFile" => o => o.Access.Mode = AccessMode.Tokens,
            "Access.TokensFile is used in Access.Mode Tokens only" => o => o.Access.TokensFile = "x",
            "Access.Mode Header needs TLS" => o => (o.Access.Mode, o.Access.BindingsFile) = (AccessMode.Header, "x"),
            "Access.Mode Header needs Access.BindingsFile" => o => o.Access.Mode = AccessMode.Header,
            "Access.BindingsFile is used in Access.Mode Header" => o => o.Access.BindingsFile = "x",
            "Access.Authorization Proxy is used in Access.Mode Header only" => o => o.Access.Authorization = AccessAuthorization.Proxy,
            "Access.AllowedProxyNames is used in Access.Mode Header only" => o => o.Access.AllowedProxyNames.Add("x"),
            "Tls.ClientCaFile is used in Access.Mode Header only" => o => o.Tls.ClientCaFile = "x",
            "must both be given" => o => o.Tls.CertificateFile = "x",
            "Limits.MaxConcurrentRequests" => o => o.Limits.MaxConcurrentRequests = 0,
            "Limits.BurstPerUser" => o => o.Limits.BurstPerUser = 5,
            _ => o => o.Limits.KeepAliveTimeout = TimeSpan.Zero,
        };
        OptionsValidationException e = await Assert.ThrowsAsync<OptionsValidationException>(() => AccessServer.StartAsync(configure));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Text)> ChangeAsync(HttpClient http, string method, string type, string body, string query = "")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"{Shop}/x{query}") { Content = new StringContent(body, Encoding.UTF8, type) };
        using HttpResponseMessage response = await http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static string TokensFile(string token, string role) => $$"""
        {"tokens": [{"name": "alice", "sha256": "{{AccessServer.Hash(token)}}", "bindings": [{"namespace": "shop", "role": "{{role}}"}]}]}
        """;

    private static HttpClient Connect(AccessServer server, out Func<string?> certificateName)
    {
        string? name = null;
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
        {
            name = certificate!.Subject;
            return true;
        };
        certificateName = () => name;
        return new HttpClient(handler) { BaseAddress = server.Address, Timeout = TimeSpan.FromSeconds(20) };
    }

    private static async Task<int> CodeAsync(HttpClient http, string method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        foreach ((string name, string value) in headers)
        {
            request.Headers.Add(name, value);
        }

        using HttpResponseMessage response = await http.SendAsync(request);
        return (int)response.StatusCode;
    }

    private static async Task<ErrorStatus> ErrorAsync(HttpClient http, string method, string path, int code)
    {
        using HttpResponseMessage response = await http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        Assert.True(code == (int)response.StatusCode, Encoding.UTF8.GetString(body));
        return JsonSerializer.Deserialize(body, ResourceJson.Tolerant<ErrorStatus>())!;
    }

    private Task<AccessServer> TokensAsync(string content)
    {
        string file = _files.Write("tokens.json", content);
        return AccessServer.StartAsync(o => (o.Access.Mode, o.Access.TokensFile) = (AccessMode.Tokens, file));
    }

    private Task<AccessServer> HeaderAsync(X509Certificate2 authority, Action<KontinueApiOptions>? also = null)
    {
        (string certificate, string key) = _files.WriteServer(authority);
        string ca = _files.Write("ca.crt", authority.ExportCertificatePem());
        string bindings = _files.Write("bindings.json", """
            {"bindings": [{"user": "alice", "namespace": "shop", "role": "viewer"}, {"group": "ops", "namespace": "shop", "role": "operator"}]}
            """);
        return AccessServer.StartAsync(
            o =>
            {
                (o.Access.Mode, o.Access.BindingsFile) = (AccessMode.Header, bindings);
                (o.Tls.CertificateFile, o.Tls.PrivateKeyFile, o.Tls.ClientCaFile) = (certificate, key, ca);
                also?.Invoke(o);
            },
            tls: true);
    }
}
