using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kontinue.Client.Tests.Support;
using Microsoft.Extensions.Options;
using Xunit;
using static Kontinue.Client.Tests.Support.Given;

namespace Kontinue.Client.Tests;

public sealed class CredentialTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kontinue-client-").FullName;
    private readonly FakeApi _api = new();
    private readonly ManualTime _time = new();

    public CredentialTests() => _api.Put("x");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Token_IsSent()
    {
        await using FakeServer server = await StartAsync();
        var options = Fast();
        options.BearerToken = "secret";
        using var client = new KontinueHttpClient(server.Address, options);
        await client.GetAsync(X);
        Assert.Equal("Bearer secret", server.All.Single().Authorization);
    }

    [Fact]
    public async Task TokenFile_IsReadAgainAfterAWhile_AndKeptWhenItIsGone()
    {
        await using FakeServer server = await StartAsync();
        using KontinueHttpClient client = WithTokenFile(server, "one\n", out string file);
        await client.GetAsync(X);
        await File.WriteAllTextAsync(file, "two");
        await client.GetAsync(X);
        _time.Advance(TimeSpan.FromSeconds(10));
        await client.GetAsync(X);
        File.Delete(file);
        _time.Advance(TimeSpan.FromSeconds(10));
        await client.GetAsync(X);
        Assert.Equal(["Bearer one", "Bearer one", "Bearer two", "Bearer two"], server.All.Select(a => a.Authorization));
    }

    [Fact]
    public async Task TokenFile_IsReadAtOnce_WhenTheTokenIsRefused()
    {
        await using FakeServer server = await StartAsync();
        server.OnRequest = asked => asked.Authorization is "Bearer two" ? _api.Handle(asked) : FakeApi.Failure(401, "Unauthorized", "Who are you?");
        using KontinueHttpClient client = WithTokenFile(server, "one", out string file);
        Assert.Equal("Who are you?", (await Assert.ThrowsAsync<AccessDeniedException>(() => client.GetAsync(X))).Message);
        Assert.Single(server.All);
        await File.WriteAllTextAsync(file, "two");
        await client.SendEventAsync(X, "e");
        Assert.Equal(["Bearer one", "Bearer one", "Bearer two"], server.All.Select(a => a.Authorization));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a token")]
    [InlineData("täken")]
    public async Task TokenFile_WithoutAToken_IsSaid(string content)
    {
        await using FakeServer server = await StartAsync();
        using KontinueHttpClient client = WithTokenFile(server, content, out string file);
        var e = await Assert.ThrowsAsync<KontinueException>(() => client.GetAsync(X));
        Assert.Contains($"'{file}' has no token", e.Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, "good");
        await client.GetAsync(X);
        Assert.Equal("Bearer good", server.All.Single().Authorization);
    }

    [Fact]
    public void Token_OverHttpToAnotherMachine_IsRefusedUnlessAllowed()
    {
        var options = new KontinueClientOptions { BearerToken = "secret" };
        var away = new Uri("http://kontinue.example:8080");
        Assert.Contains("https", Assert.Throws<OptionsValidationException>(() => new KontinueHttpClient(away, options)).Message, StringComparison.Ordinal);
        new KontinueHttpClient(new Uri("https://kontinue.example"), options).Dispose();
        options.AllowTokenOverHttp = true;
        new KontinueHttpClient(away, options).Dispose();
    }

    [Fact]
    public async Task Certificates_OfBothSides_AreChecked()
    {
        using RSA key = RSA.Create(2048);
        using X509Certificate2 authority = Authority(key);
        using X509Certificate2 forServer = Issue(authority, "CN=server", server: true);
        using X509Certificate2 forClient = Issue(authority, "CN=ada", server: false);
        string authorities = await WriteAsync("ca.pem", authority.ExportCertificatePem());
        string certificate = await WriteAsync("client.pem", forClient.ExportCertificatePem() + "\n" + authority.ExportCertificatePem());
        string certificateKey = await WriteAsync("client.key", forClient.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());

        // Windows and Linux differ in whether they use a key that was never stored.
        using X509Certificate2 stored = X509CertificateLoader.LoadPkcs12(forServer.Export(X509ContentType.Pkcs12), password: null);
        await using FakeServer server = await FakeServer.StartAsync(stored);
        server.OnRequest = _api.Handle;

        using var trusting = new KontinueHttpClient(
            server.Address, new KontinueClientOptions { CertificateAuthorityFile = authorities, ClientCertificateFile = certificate, ClientKeyFile = certificateKey });
        await trusting.GetAsync(X);
        Assert.Equal("CN=ada", server.All.Single().ClientCertificate);

        using var stranger = new KontinueHttpClient(server.Address);
        var e = await Assert.ThrowsAsync<KontinueException>(() => stranger.GetAsync(X));
        Assert.Contains("no secure connection", e.Message, StringComparison.Ordinal);
        Assert.Single(server.All);
    }

    [Fact]
    public async Task Certificates_ThatCannotBeRead_AreSaidWithTheOption()
    {
        string empty = await WriteAsync("empty.pem", "");
        string broken = await WriteAsync("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        Refused("CertificateAuthorityFile names the file", new KontinueClientOptions { CertificateAuthorityFile = empty });
        Refused("CertificateAuthorityFile names the file", new KontinueClientOptions { CertificateAuthorityFile = broken });
        Refused("ClientCertificateFile names the file", new KontinueClientOptions { ClientCertificateFile = empty });
        using RSA key = RSA.Create(2048);
        using X509Certificate2 lone = Authority(key);
        Refused("cannot be used with the key", new KontinueClientOptions { ClientCertificateFile = await WriteAsync("lone.pem", lone.ExportCertificatePem()) });

        static void Refused(string message, KontinueClientOptions options) => Assert.Contains(
            message, Assert.Throws<OptionsValidationException>(() => new KontinueHttpClient(new Uri("https://x"), options)).Message, StringComparison.Ordinal);
    }

    private static X509Certificate2 Authority(RSA key)
    {
        var request = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string name, bool server)
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        if (server)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
        }

        using X509Certificate2 issued = request.Create(
            authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }

    private async Task<FakeServer> StartAsync()
    {
        FakeServer server = await FakeServer.StartAsync();
        server.OnRequest = _api.Handle;
        return server;
    }

    private KontinueHttpClient WithTokenFile(FakeServer server, string content, out string file)
    {
        file = Path.Combine(_folder, "token");
        File.WriteAllText(file, content);
        var options = Fast();
        options.BearerTokenFile = file;
        return new KontinueHttpClient(server.Address, options, _time);
    }

    private async Task<string> WriteAsync(string name, string content)
    {
        string path = Path.Combine(_folder, name);
        await File.WriteAllTextAsync(path, content);
        return path;
    }
}
