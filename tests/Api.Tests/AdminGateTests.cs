using System.Net;
using System.Security.Cryptography.X509Certificates;
using Kontinue.Api.Access;
using Kontinue.Testing;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Kontinue.Api.Tests;

/// <summary>Pages for administrators, in each access mode, from this machine and from others.</summary>
public sealed class AdminGateTests : IDisposable
{
    private const string Secret = "the page";
    private const string From = "Test-From";
    private const string Elsewhere = $"{From}: 203.0.113.9";

    private readonly TestFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(200)]
    [InlineData(403, Elsewhere)]
    [InlineData(200, $"{From}: ::ffff:127.0.0.1")]
    [InlineData(403, $"{From}: ::ffff:203.0.113.9")]
    [InlineData(403, $"{From}: 2001:db8::9")]
    [InlineData(403, "X-Forwarded-For: 203.0.113.9")]
    [InlineData(403, "X-Forwarded-For: 127.0.0.1")]
    [InlineData(403, "Forwarded: for=127.0.0.1")]
    [InlineData(403, "Via: 1.1 proxy")]
    public async Task ReadOnly_ShowsItToThisMachineOnly(int code, params string[] headers)
    {
        await using AccessServer server = await StartAsync(o => o.Access.Mode = AccessMode.ReadOnly);
        await CheckAsync(server, code, "GET /dashboard/", certificate: null, headers);
    }

    [Fact]
    public async Task ReadOnly_NoOtherWayLeadsThere()
    {
        await using AccessServer server = await StartAsync(o => o.Access.Mode = AccessMode.ReadOnly);
        foreach (string path in new[]
        {
            "/dashboard", "/DASHBOARD/", "/dashboard/index.html", "/x/../dashboard/", "/%64ashboard/", "/x/%2e%2e/dashboard/", "//dashboard/", "/./dashboard/a", "/dashboard%2fa",
            "http://localhost/dashboard/",
        })
        {
            foreach (string method in new[] { "GET", "HEAD", "POST", "OPTIONS" })
            {
                (int answered, string text) = await RawHttp.SendAsync(server.Address, $"{method} {path}", Elsewhere, "Content-Length: 0");
                Assert.True(answered is 403 or 404 or 400, $"{method} {path}: {answered}");
                Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task ReadWrite_ShowsItToEverybody()
    {
        await using AccessServer server = await StartAsync(o => o.Access.Mode = AccessMode.ReadWrite);
        await CheckAsync(server, 200, "GET /dashboard/");
        await CheckAsync(server, 200, "GET /dashboard/", certificate: null, Elsewhere);
    }

    [Fact]
    public async Task Tokens_ShowItToAdminsOfAllNamespaces()
    {
        string tokens = _files.Write("tokens.json", $$"""
            {"tokens": [
              {"name": "root", "sha256": "{{AccessServer.Hash("root")}}", "bindings": [{"namespace": "*", "role": "admin"}]},
              {"name": "operator", "sha256": "{{AccessServer.Hash("operator")}}", "bindings": [{"namespace": "*", "role": "operator"}]},
              {"name": "one", "sha256": "{{AccessServer.Hash("one")}}", "bindings": [{"namespace": "shop", "role": "admin"}]}]}
            """);
        await using AccessServer server = await StartAsync(o => (o.Access.Mode, o.Access.TokensFile) = (AccessMode.Tokens, tokens));
        foreach (string[] from in new[] { [], new[] { Elsewhere } })
        {
            await CheckAsync(server, 200, "GET /dashboard/", certificate: null, ["Authorization: Bearer root", .. from]);
            await CheckAsync(server, 403, "GET /dashboard/", certificate: null, ["Authorization: Bearer operator", .. from]);
            await CheckAsync(server, 403, "GET /dashboard/", certificate: null, ["Authorization: Bearer one", .. from]);
            await CheckAsync(server, 401, "GET /dashboard/", certificate: null, ["Authorization: Bearer nobody", .. from]);
            await CheckAsync(server, 401, "GET /dashboard/", certificate: null, from);
        }
    }

    [Fact]
    public async Task Header_ShowsItToWhomTheBindingsMakeAdmin()
    {
        using X509Certificate2 authority = TestFiles.Authority("front");
        using X509Certificate2 proxy = TestFiles.Issue(authority, "CN=anything", TestFiles.ClientUse);
        string bindings = _files.Write("bindings.json", """
            {"bindings": [{"user": "alice", "namespace": "*", "role": "admin"}, {"user": "bob", "namespace": "*", "role": "viewer"}, {"group": "ops", "namespace": "*", "role": "admin"}]}
            """);
        await using AccessServer server = await HeaderAsync(authority, o => o.Access.BindingsFile = bindings);
        foreach (string[] from in new[] { [], new[] { Elsewhere } })
        {
            await CheckAsync(server, 200, "GET /dashboard/", proxy, ["X-Remote-User: alice", .. from]);
            await CheckAsync(server, 200, "GET /dashboard/", proxy, ["X-Remote-User: bob", "X-Remote-Group: ops", .. from]);
            await CheckAsync(server, 403, "GET /dashboard/", proxy, ["X-Remote-User: bob", .. from]);
            await CheckAsync(server, 401, "GET /dashboard/", proxy, from);
            await CheckAsync(server, 401, "GET /dashboard/", certificate: null, ["X-Remote-User: alice", .. from]);
        }
    }

    [Fact]
    public async Task Header_WhereTheProxyDecides_NobodyIsShownIt()
    {
        using X509Certificate2 authority = TestFiles.Authority("front");
        using X509Certificate2 proxy = TestFiles.Issue(authority, "CN=anything", TestFiles.ClientUse);
        await using AccessServer server = await HeaderAsync(authority, o => o.Access.Authorization = AccessAuthorization.Proxy);
        string[] admin = ["X-Remote-User: whoever", "X-Remote-Group: system:masters"];
        (int answered, string text) = await RawHttp.SendAsync(server.Address, proxy, "GET /dashboard/", admin);
        Assert.True(answered == 403, text);
        Assert.Contains("the proxy decides about the API only", text, StringComparison.Ordinal);

        // What the proxy has let pass as a path of the API is not another one here, nor of another namespace.
        foreach (string path in new[]
        {
            "/apis/kontinue.cloud/v1alpha1/../../../dashboard/", "/apis/kontinue.cloud/v1alpha1/executions/%2e%2e/../../../dashboard/", "/apis/kontinue.cloud/v1alpha1/%2E./../../dashboard/",
            "/apis/kontinue.cloud/v1alpha1/namespaces/shop/../bank/executions", "/apis/kontinue.cloud/v1alpha1/namespaces/shop/%2e%2e/bank/executions",
        })
        {
            (answered, text) = await RawHttp.SendAsync(server.Address, proxy, $"GET {path}", admin);
            Assert.True(answered == 400, $"{path}: {text}");
        }

        Assert.Empty(server.Touched);
        await CheckOtherAsync("/apis/kontinue.cloud/v1alpha1/namespaces/shop/executions?labelSelector=a%2fb%3Dc..d");

        await CheckAsync(server, 401, "GET /dashboard/", certificate: null, "X-Remote-User: whoever");

        async Task CheckOtherAsync(string path)
        {
            (int code, string body) = await RawHttp.SendAsync(server.Address, proxy, $"GET {path}", admin);
            Assert.True(code == 200, body);
        }
    }

    private Task<AccessServer> HeaderAsync(X509Certificate2 authority, Action<KontinueApiOptions> also)
    {
        (string certificate, string key) = _files.WriteServer(authority);
        string ca = _files.Write("ca.crt", authority.ExportCertificatePem());
        return StartAsync(
            o =>
            {
                o.Access.Mode = AccessMode.Header;
                (o.Tls.CertificateFile, o.Tls.PrivateKeyFile, o.Tls.ClientCaFile) = (certificate, key, ca);
                also(o);
            },
            tls: true);
    }

    private static Task<AccessServer> StartAsync(Action<KontinueApiOptions> configure, bool tls = false) => AccessServer.StartAsync(configure, tls, at: null, app =>
    {
        // As if the connection came from there.
        app.Use(next => context =>
        {
            if (context.Request.Headers.TryGetValue(From, out var from))
            {
                context.Connection.RemoteIpAddress = IPAddress.Parse(from.ToString());
            }

            return next(context);
        });
        app.UseKontinueAdminGate("/dashboard");
        app.Map("/dashboard/{**rest}", () => Secret);
    });

    private static async Task CheckAsync(AccessServer server, int code, string line, X509Certificate2? certificate = null, params string[] headers)
    {
        (int answered, string text) = await RawHttp.SendAsync(server.Address, certificate, line, headers);
        Assert.True(code == answered, $"{string.Join(", ", headers)}: {text}");
        Assert.Equal(code == 200, text.Contains(Secret, StringComparison.Ordinal));
    }
}
