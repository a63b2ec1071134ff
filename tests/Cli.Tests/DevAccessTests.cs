using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Kontinue.Api.Access;
using Kontinue.Cli.Serving;
using Xunit;

namespace Kontinue.Cli.Tests;

/// <summary>The flags of <c>kontinue dev</c> for access, TLS and the audit trail.</summary>
public sealed class DevAccessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kontinue-cli-access-").FullName;
    private readonly StringWriter _error = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("--access everybody", "everybody")]
    [InlineData("--access tokens", "--access tokens needs --tokens-file")]
    [InlineData("--tokens-file t.json", "--tokens-file is used with --access tokens only")]
    [InlineData("--access header", "--access header needs --client-ca-file")]
    [InlineData("--access header --client-ca-file ca", "--access header needs --bindings-file")]
    [InlineData("--access header --client-ca-file ca --authorization proxy", "--access header needs https at every address")]
    [InlineData("--bindings-file b.json", "--bindings-file is used with --access header")]
    [InlineData("--authorization proxy", "--authorization is used with --access header only")]
    [InlineData("--authorization nobody", "nobody")]
    [InlineData("--proxy-name p", "--proxy-name is used with --access header only")]
    [InlineData("--client-ca-file ca", "--client-ca-file is used with --access header only")]
    [InlineData("--tls-cert-file c", "must both be given")]
    [InlineData("--tls-cert-file c --tls-private-key-file k", "no address in --urls is https")]
    [InlineData("--urls https://127.0.0.1:0", "https needs --tls-cert-file")]
    public async Task Flags_ThatDoNotFit_AreWrongUsage(string flags, string problem)
    {
        Assert.Equal(ExitCodes.Usage, await RunAsync(flags));
        Assert.Contains(problem, _error.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("kontinue.db")));
    }

    [Theory]
    [InlineData("--access tokens --tokens-file {0}/none.json", "none.json")]
    [InlineData("--audit-log {0}/no/such/folder", "The audit log")]
    [InlineData("--urls https://127.0.0.1:0 --tls-cert-file {0}/none.crt --tls-private-key-file {0}/none.key", "none.crt")]
    public async Task Files_ThatCannotBeUsed_AreOneLine(string flags, string problem)
    {
        Assert.Equal(ExitCodes.Error, await RunAsync(string.Format(flags, _folder)));
        Assert.Contains(problem, Assert.Single(_error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080", AccessMode.Automatic, null)]
    [InlineData("http://[::1]:8080", AccessMode.ReadWrite, null)]
    [InlineData("http://0.0.0.0:8080", AccessMode.ReadOnly, "whoever reaches it can read everything. Nobody can change anything")]
    [InlineData("http://*:8080", AccessMode.ReadWrite, "whoever reaches it can run these functions")]
    [InlineData("http://10.0.0.1:8080", AccessMode.Tokens, "tokens travel over it unencrypted")]
    [InlineData("https://10.0.0.1:8080", AccessMode.Tokens, null)]
    [InlineData("https://10.0.0.1:8080", AccessMode.Header, null)]
    public void Address_ThatOthersReach_IsWarnedOf(string url, AccessMode mode, string? warning)
    {
        string? said = new ServerAccess { Mode = mode }.Warning(Assert.Single(ListenAddress.Parse(url)));
        if (warning is null)
        {
            Assert.Null(said);
        }
        else
        {
            Assert.Contains(warning, said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Server_BeyondLoopback_IsReadOnly_UnlessToldOtherwise()
    {
        Assert.Equal(HttpStatusCode.Forbidden, await CreateAsync([]));
        Assert.Equal(HttpStatusCode.Created, await CreateAsync(["--access", "readwrite"]));

        async Task<HttpStatusCode> CreateAsync(string[] flags)
        {
            await using KontinueServer server = Create("http://0.0.0.0:0", flags);
            await server.StartAsync(CancellationToken.None);
            using var http = new HttpClient { BaseAddress = new Uri(server.Urls[0].Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)) };
            HttpStatusCode code = await PostAsync(http);
            await server.StopAsync();
            return code;
        }
    }

    [Fact]
    public async Task Server_WithTlsTokensAndAuditLog_HasThemAll()
    {
        using X509Certificate2 certificate = SelfSigned();
        await File.WriteAllTextAsync(PathOf("tls.crt"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(PathOf("tls.key"), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("open sesame")));
        await File.WriteAllTextAsync(PathOf("tokens.json"), $$"""
            {"tokens": [{"name": "ali", "sha256": "{{hash}}", "bindings": [{"namespace": "default", "role": "operator"}]}]}
            """);
        await using (KontinueServer server = Create("https://localhost:0", [
            "--access", "tokens", "--tokens-file", PathOf("tokens.json"), "--audit-log", PathOf("audit.log"),
            "--tls-cert-file", PathOf("tls.crt"), "--tls-private-key-file", PathOf("tls.key")]))
        {
            await server.StartAsync(CancellationToken.None);
            Assert.StartsWith("https://", Assert.Single(server.Urls), StringComparison.Ordinal);
            using var handler = new SocketsHttpHandler();
            handler.SslOptions.RemoteCertificateValidationCallback = (_, given, _, _) => given!.GetCertHashString() == certificate.GetCertHashString();
            using var http = new HttpClient(handler) { BaseAddress = new Uri(server.Urls[0]) };
            Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(http));
            http.DefaultRequestHeaders.Authorization = new("Bearer", "open sesame");
            Assert.Equal(HttpStatusCode.Created, await PostAsync(http));
            await server.StopAsync();
        }

        string[] lines = await File.ReadAllLinesAsync(PathOf("audit.log"));
        Assert.Equal(2, lines.Length);
        using JsonDocument denied = JsonDocument.Parse(lines[0]);
        using JsonDocument changed = JsonDocument.Parse(lines[1]);
        Assert.Equal(("Denied", 401, ""), Fields(denied));
        Assert.Equal(("Changed", 201, "ali"), Fields(changed));
        Assert.Equal("x", changed.RootElement.GetProperty("name").GetString());
        Assert.True(changed.RootElement.GetProperty("time").TryGetDateTimeOffset(out _));

        static (string? Event, int Code, string? User) Fields(JsonDocument line) =>
            (line.RootElement.GetProperty("event").GetString(), line.RootElement.GetProperty("code").GetInt32(), line.RootElement.GetProperty("user").GetString());
    }

    private static async Task<HttpStatusCode> PostAsync(HttpClient http)
    {
        using var body = new StringContent("""{"metadata":{"name":"x"},"spec":{"function":"noop"}}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await http.PostAsync("/apis/kontinue.cloud/v1alpha1/namespaces/default/executions", body);
        return response.StatusCode;
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private KontinueServer Create(string urls, string[] flags)
    {
        var store = new StoreSelection(_folder, null);
        store.Prepare();
        var command = new System.CommandLine.Command("dev");
        var access = new AccessFlags(command, AccessMode.Automatic);
        IReadOnlyList<ListenAddress> addresses = ListenAddress.Parse(urls);
        return KontinueServer.Create(new ServerSettings { Addresses = addresses, Store = store, Access = access.Read(command.Parse(flags), addresses), Samples = true }, _error);
    }

    private async Task<int> RunAsync(string flags)
    {
        var console = new CliConsole { Out = new StringWriter(), Error = _error, In = new StringReader("") };
        string[] args = ["dev", "--data", _folder, .. flags.Split(' ')];
        args = flags.Contains("--urls", StringComparison.Ordinal) ? args : [.. args, "--urls", "http://127.0.0.1:0"];
        return await CliApp.RunAsync(args, console).WaitAsync(TimeSpan.FromSeconds(30));
    }
}
