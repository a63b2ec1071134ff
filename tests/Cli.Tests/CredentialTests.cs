using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kontinue.Cli.Connecting;
using Kontinue.Engine.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Xunit;

namespace Kontinue.Cli.Tests;

public sealed class CredentialTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kontinue-credentials-").FullName;
    private readonly ManualTimeProvider _time = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Plugin_IsRunOnceUntilItsCredentialExpires()
    {
        string end = (ManualTimeProvider.Start + TimeSpan.FromMinutes(5)).ToString("O");
        using CredentialSource source = Source(Plugin($$$"""
            echo run >> runs
            echo "$KUBERNETES_EXEC_INFO" > info
            printf '{"kind":"ExecCredential","status":{"token":"%s%s","expirationTimestamp":"{{{end}}}"}}' "$PREFIX" "$1"
            """));
        Assert.Equal("Bearer t-1", (await source.GetAsync(default)).Authorization);
        _time.Advance(TimeSpan.FromMinutes(4));
        Credential known = await source.GetAsync(default);
        Assert.Single(await File.ReadAllLinesAsync(InFolder("runs")));
        Assert.Contains("https://server.example/", await File.ReadAllTextAsync(InFolder("info")), StringComparison.Ordinal);

        _time.Advance(TimeSpan.FromMinutes(1));
        Credential next = await source.GetAsync(default);
        Assert.NotSame(known, next);
        Assert.True(source.Refuse(next));
        await source.GetAsync(default);
        Assert.Equal(3, (await File.ReadAllLinesAsync(InFolder("runs"))).Length);
    }

    [Theory]
    [InlineData("echo '{}'", "it has no status")]
    [InlineData("echo '{\"status\":{}}'", "neither a token")]
    [InlineData("echo hello", "is no ExecCredential")]
    [InlineData("exit 7", "failed with exit code 7")]
    public async Task Plugin_ThatFails_IsNamed(string script, string message)
    {
        using CredentialSource source = Source(Plugin(script));
        ConnectionException e = await Assert.ThrowsAsync<ConnectionException>(async () => await source.GetAsync(default));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.Contains("login", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plugin_ThatIsNotThere_SaysHowToInstallIt()
    {
        using CredentialSource source = Source(Plugin("") with { Command = InFolder("nothing"), InstallHint = "Get it from the shop." });
        ConnectionException e = await Assert.ThrowsAsync<ConnectionException>(async () => await source.GetAsync(default));
        Assert.Contains("Get it from the shop.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plugin_OfAnotherVersionOrAlwaysInteractive_IsRefused()
    {
        using CredentialSource old = Source(Plugin("") with { ApiVersion = "client.authentication.k8s.io/v1alpha1" });
        Assert.Contains("v1beta1", (await Assert.ThrowsAsync<ConnectionException>(async () => await old.GetAsync(default))).Message, StringComparison.Ordinal);
        using CredentialSource asking = Source(Plugin("") with { InteractiveMode = "Always" });
        Assert.Contains("terminal", (await Assert.ThrowsAsync<ConnectionException>(async () => await asking.GetAsync(default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TokenFile_IsReadAgain()
    {
        await File.WriteAllTextAsync(InFolder("token"), "one\n");
        using var source = new CredentialSource(new KubeUser { TokenFile = InFolder("token") }, Far, _time, mayAsk: false);
        Assert.Equal("Bearer one", (await source.GetAsync(default)).Authorization);
        await File.WriteAllTextAsync(InFolder("token"), "two\n");
        Assert.Equal("Bearer one", (await source.GetAsync(default)).Authorization);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("Bearer two", (await source.GetAsync(default)).Authorization);
    }

    [Fact]
    public async Task Unauthorized_MakesThePluginRunAgain()
    {
        var user = new KubeUser
        {
            Exec = Plugin("""
                echo run >> runs
                printf '{"status":{"token":"t-%s"}}' "$(wc -l < runs | tr -d ' ')"
                """),
        };
        using var client = new HttpClient(new CredentialHandler(new CredentialSource(user, Far, _time, mayAsk: false))
        {
            InnerHandler = new Answering(r => r.Headers.Authorization!.Parameter == "t-2" ? HttpStatusCode.OK : HttpStatusCode.Unauthorized),
        });
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(Far.Server)).StatusCode);
        Assert.Equal(2, (await File.ReadAllLinesAsync(InFolder("runs"))).Length);
    }

    [Fact]
    public async Task Tls_TrustsWhoeverIsNamed()
    {
        using X509Certificate2 authority = Certificate("CN=test authority", issuer: null);
        using X509Certificate2 server = Certificate("CN=localhost", authority);
        using X509Certificate2 person = Certificate("CN=kurt", authority);
        await using WebApplication app = await ServeAsync(server);
        var connection = new ServerConnection { Server = new Uri(app.Urls.First().Replace("127.0.0.1", "localhost", StringComparison.Ordinal)) };

        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(connection));
        Assert.Equal(HttpRequestError.SecureConnectionError, refused.HttpRequestError);
        Assert.Equal("nobody", await GetAsync(connection with { InsecureSkipTlsVerify = true }));

        var trusting = connection with { CertificateAuthority = new PemSource(authority.ExportCertificatePem(), null) };
        Assert.Equal("nobody", await GetAsync(trusting));
        Assert.Equal("CN=kurt", await GetAsync(trusting with
        {
            User = new KubeUser
            {
                ClientCertificate = new PemSource(person.ExportCertificatePem(), null),
                ClientKey = new PemSource(person.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), null),
            },
        }));
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(trusting with { TlsServerName = "another.example" }));
        var byNumber = trusting with { Server = new Uri(app.Urls.First()) };
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(byNumber));
        Assert.Equal("nobody", await GetAsync(byNumber with { TlsServerName = "localhost" }));
        using X509Certificate2 stranger = Certificate("CN=stranger", issuer: null);
        var wrong = new PemSource(stranger.ExportCertificatePem(), null);
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(connection with { CertificateAuthority = wrong }));
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(byNumber with { CertificateAuthority = wrong, TlsServerName = "localhost" }));
    }

    [Fact]
    public void Tls_FilesThatAreNone_AreNamed()
    {
        string file = InFolder("empty.pem");
        File.WriteAllText(file, "nothing");
        ConnectionException e = Assert.Throws<ConnectionException>(() => ServerHttp.Create(Far with { CertificateAuthority = new PemSource(null, file) }, _time, mayAsk: false));
        Assert.Contains(file, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bucket_LetsTheBurstPassThenTheRate()
    {
        var bucket = new TokenBucket(new RequestLimit(PerSecond: 10, Burst: 3), _time);
        Assert.Equal([0, 0, 0, 100, 200], Enumerable.Range(0, 5).Select(_ => bucket.Take().TotalMilliseconds));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([0, 0, 0, 100], Enumerable.Range(0, 4).Select(_ => Math.Round(bucket.Take().TotalMilliseconds, 3)));
    }

    private static ServerConnection Far => new() { Server = new Uri("https://server.example") };

    private static async Task<string> GetAsync(ServerConnection connection)
    {
        using HttpClient http = ServerHttp.Create(connection, TimeProvider.System, mayAsk: false);
        return await http.GetStringAsync("who");
    }

    private static async Task<WebApplication> ServeAsync(X509Certificate2 certificate)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().UseUrls("https://127.0.0.1:0").ConfigureKestrel(k => k.ConfigureHttpsDefaults(h =>
        {
            h.ServerCertificate = certificate;
            h.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            h.AllowAnyClientCertificate();
        }));
        WebApplication app = builder.Build();
        app.Run(async context => await context.Response.WriteAsync((await context.Connection.GetClientCertificateAsync())?.Subject ?? "nobody"));
        await app.StartAsync();
        return app;
    }

    private static X509Certificate2 Certificate(string name, X509Certificate2? issuer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(issuer is null, false, 0, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset from = TimeProvider.System.GetUtcNow().AddDays(-1);
        if (issuer is null)
        {
            return request.CreateSelfSigned(from, from.AddYears(1));
        }

        using X509Certificate2 signed = request.Create(issuer, from.AddHours(1), from.AddDays(30), RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 whole = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }

    private CredentialSource Source(ExecPlugin plugin) => new(new KubeUser { Exec = plugin }, Far, _time, mayAsk: false);

    private ExecPlugin Plugin(string script)
    {
        string path = InFolder("login");
        File.WriteAllText(path, $"#!/bin/sh\ncd '{_folder}'\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        return new ExecPlugin(
            "client.authentication.k8s.io/v1", path, ["1"], new Dictionary<string, string> { ["PREFIX"] = "t-" }, null, "IfAvailable", ProvideClusterInfo: true);
    }

    private string InFolder(string name) => Path.Combine(_folder, name);

    private sealed class Answering(Func<HttpRequestMessage, HttpStatusCode> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(answer(request)));
    }
}
