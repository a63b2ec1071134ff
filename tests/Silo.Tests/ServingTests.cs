using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Kontinue.Deploy.Tests;
using Kontinue.Engine.Telemetry;
using Kontinue.Resources;
using Kontinue.Silo.Telemetry;
using Kontinue.Silo.Tests.Support;
using Kontinue.Testing.PostgreSql;
using Xunit;

namespace Kontinue.Silo.Tests;

/// <summary>What a silo serves to whom, and what it sends.</summary>
[Collection(DatabaseCollection.Name)]
public sealed class ServingTests(Database databases) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kontinue-silo-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public async Task Behind_a_proxy_nobody_else_gets_in_and_probes_still_do()
    {
        string certificate = WriteCertificate();
        int port = FreePorts.Take();
        await using SiloProcess silo = await SiloProcess.StartAsync(
            await databases.NewAsync(), "one", "Kontinue:Silo:ApiPort=0", $"Kontinue:Silo:TlsPort={port}", "Kontinue:Silo:Dashboard=true",
            "Kontinue:Api:Access:Mode=Header", "Kontinue:Api:Access:Authorization=Proxy", "Kontinue:Api:Access:AllowedProxyNames:0=front-proxy-client",
            $"Kontinue:Api:Tls:CertificateFile={certificate}", $"Kontinue:Api:Tls:PrivateKeyFile={_folder}/tls.key", $"Kontinue:Api:Tls:ClientCaFile={certificate}");
        using var handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck,
                    CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(certificate) },
                },
            },
        };
        using var http = new HttpClient(handler);
        http.DefaultRequestHeaders.Add("X-Remote-User", "admin");
        Assert.Equal("ok", await http.GetStringAsync(new Uri(silo.HealthUrl, "/readyz")));
        foreach (string path in new[] { "/apis/kontinue.cloud/v1alpha1/executions", "/dashboard/", "/dashboard/index.html", "/DASHBOARD/", "/dashboard/DashboardCounters" })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(new Uri($"https://127.0.0.1:{port}{path}"))).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri(silo.HealthUrl, path))).StatusCode);
        }
    }

    [SkippableFact]
    public async Task A_read_only_silo_shows_its_dashboard_to_its_own_machine()
    {
        await using SiloProcess silo = await SiloProcess.StartAsync(
            await databases.NewAsync(), "one", "Kontinue:Api:Access:Mode=ReadOnly", "Kontinue:Silo:Dashboard=true");
        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri(silo.ApiUrl, "/dashboard/"))).StatusCode);

        // As a page of somebody else would ask whose name was made to point here.
        using var rebound = new HttpRequestMessage(HttpMethod.Get, new Uri(silo.ApiUrl, "/dashboard/")) { Headers = { Host = "evil.example.com" } };
        Assert.Equal(HttpStatusCode.Forbidden, (await http.SendAsync(rebound)).StatusCode);
    }

    [SkippableFact]
    public async Task Users_of_Kubernetes_may_be_given_every_verb_that_the_API_serves_and_no_other()
    {
        Manifests manifests = Manifests.Build("overlays/prod");
        IEnumerable<string> given = new[] { "kontinue-view", "kontinue-edit" }.SelectMany(role => manifests.One("ClusterRole", role)["rules"]![0]!["verbs"]!.AsArray()).Select(Manifests.Text);
        await using SiloProcess silo = await SiloProcess.StartAsync(await databases.NewAsync(), "one");
        using var http = new HttpClient();
        JsonNode table = JsonNode.Parse(await http.GetStringAsync(new Uri(silo.ApiUrl, "/apis/kontinue.cloud/v1alpha1")))!;
        IEnumerable<string> served = table["resources"]!.AsArray().SelectMany(resource => resource!["verbs"]!.AsArray()).Select(Manifests.Text);
        Assert.Equal(served.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), given.Order(StringComparer.Ordinal));
    }

    [SkippableTheory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT={0}")]
    [InlineData("Kontinue:Silo:OtlpEndpoint={0}", "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1")]
    public async Task Metrics_are_sent_to_a_collector(params string[] settings)
    {
        string address = $"http://127.0.0.1:{FreePorts.Take()}";
        using var collector = new HttpListener { Prefixes = { $"{address}/" } };
        collector.Start();
        await using SiloProcess silo = SiloProcess.Launch(
            await databases.NewAsync(), "one",
            [.. settings.Select(setting => string.Format(CultureInfo.InvariantCulture, setting, address)), "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_METRIC_EXPORT_INTERVAL=500"]);
        await ReceivesAsync(collector, silo, "/v1/metrics", SiloMeter.BacklogName, SiloMeter.DemandName, "kontinue.capacity", "Microsoft.Orleans", "dotnet.gc");

        // A collector that does not answer holds up nobody.
        silo.Signal(SiloProcess.Terminate);
        Assert.Equal(0, await silo.ExitCodeAsync());
    }

    [SkippableFact]
    public async Task Activities_of_requests_grain_calls_and_executions_are_sent_to_a_collector()
    {
        string address = $"http://127.0.0.1:{FreePorts.Take()}";
        using var collector = new HttpListener { Prefixes = { $"{address}/" } };
        collector.Start();
        await using SiloProcess silo = await SiloProcess.StartAsync(
            await databases.NewAsync(), "one", $"Kontinue:Silo:Functions:0={typeof(TestModule).Assembly.Location}",
            $"OTEL_EXPORTER_OTLP_ENDPOINT={address}", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_BSP_SCHEDULE_DELAY=500");
        Task received = ReceivesAsync(
            collector, silo, "/v1/traces", "Microsoft.AspNetCore", "Microsoft.Orleans.Application", EngineTelemetry.Name, "run from-module");
        Execution ended = await silo.Client.CreateAsync(Given.Execution("from-module", "m"), TimeSpan.FromSeconds(30));
        Assert.Equal("42", ended.Status!.Result.ToString());
        await received;
    }

    /// <summary>Answers a silo as a collector until it has sent all of some names to a path.</summary>
    private static async Task ReceivesAsync(HttpListener collector, SiloProcess silo, string path, params string[] names)
    {
        HashSet<string> missing = [.. names];
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(90), TimeProvider.System);
        try
        {
            while (missing.Count > 0)
            {
                HttpListenerContext context = await collector.GetContextAsync().WaitAsync(deadline.Token);
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body, deadline.Token);
                if (context.Request.Url!.AbsolutePath == path)
                {
                    string text = Encoding.Latin1.GetString(body.ToArray());
                    missing.RemoveWhere(name => text.Contains(name, StringComparison.Ordinal));
                }

                context.Response.Close();
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"These were not sent to {path}: {string.Join(", ", missing)}. The silo said:\n{silo.Output}");
        }
    }

    private string WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        string file = Path.Combine(_folder, "tls.crt");
        File.WriteAllText(file, certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "tls.key"), key.ExportPkcs8PrivateKeyPem());
        return file;
    }
}
