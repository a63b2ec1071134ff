using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using Kontinue.Deploy.Tests;
using Kontinue.Engine;
using Kontinue.Silo.Settings;
using Kontinue.Silo.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Hosting.Kubernetes;
using Xunit;

namespace Kontinue.Silo.Tests;

/// <summary>The manifests fit the silo: its settings are read from them as it would read them.</summary>
public sealed class DeploymentTests
{
    [SkippableTheory]
    [InlineData("overlays/dev")]
    [InlineData("overlays/prod")]
    public void The_ports_of_the_pod_are_those_of_the_settings(string overlay)
    {
        Manifests manifests = Manifests.Build(overlay);
        KontinueSiloOptions silo = Read(manifests).Silo;
        Dictionary<string, int> expected = new() { ["silo"] = silo.SiloPort, ["gateway"] = silo.GatewayPort, ["http"] = silo.ApiPort, ["https"] = silo.TlsPort, ["health"] = silo.HealthPort };
        Assert.Equal(expected.Where(p => p.Value != 0).OrderBy(p => p.Key, StringComparer.Ordinal), manifests.Ports.OrderBy(p => p.Key, StringComparer.Ordinal));
    }

    [SkippableTheory]
    [InlineData("overlays/dev")]
    [InlineData("overlays/prod")]
    public void A_pod_has_the_variables_and_labels_that_clustering_in_Kubernetes_needs(string overlay)
    {
        Manifests manifests = Manifests.Build(overlay);
        SiloSettings settings = Read(manifests);
        Assert.Equal(SiloClustering.Kubernetes, settings.Silo.Clustering);
        Assert.Equal(
            ["KONTINUE_POSTGRES", "POD_IP", "POD_NAME", "POD_NAMESPACE"],
            manifests.Container["env"]!.AsArray().Select(v => Manifests.Text(v!["name"])).Order(StringComparer.Ordinal));

        // With these the package need not write them, for which silos have no right.
        JsonNode labels = manifests.Silos["spec"]!["template"]!["metadata"]!["labels"]!;
        Assert.Equal(settings.Silo.ClusterId, Manifests.Text(labels[KubernetesHostingOptions.ClusterIdLabel]));
        Assert.Equal(settings.Silo.ServiceId, Manifests.Text(labels[KubernetesHostingOptions.ServiceIdLabel]));
        Assert.False(new KubernetesHostingOptions().DeleteDefunctSiloPods);
    }

    [SkippableTheory]
    [InlineData("overlays/dev")]
    [InlineData("overlays/prod")]
    public void The_grace_period_is_longer_than_a_silo_takes_to_stop(string overlay)
    {
        Manifests manifests = Manifests.Build(overlay);
        SiloSettings settings = Read(manifests);
        var engine = new KontinueOptions();
        settings.Apply(engine);
        Assert.True(settings.ShutdownTimeout > engine.ShutdownGrace);
        int before = Manifests.Number(manifests.Container["lifecycle"]!["preStop"]!["sleep"]!["seconds"]);
        Assert.True(Manifests.Number(manifests.Pod["terminationGracePeriodSeconds"]) > before + settings.ShutdownTimeout.TotalSeconds);
    }

    [SkippableTheory]
    [InlineData("overlays/dev")]
    [InlineData("overlays/prod")]
    public void Probes_ask_for_what_the_silo_answers(string overlay)
    {
        JsonNode silo = Manifests.Build(overlay).Container;
        Assert.Equal("/healthz", Manifests.Text(silo["livenessProbe"]!["httpGet"]!["path"]));
        Assert.Equal("/healthz", Manifests.Text(silo["startupProbe"]!["httpGet"]!["path"]));
        Assert.Equal("/readyz", Manifests.Text(silo["readinessProbe"]!["httpGet"]!["path"]));
    }

    [SkippableFact]
    public void Files_that_the_settings_name_are_mounted()
    {
        Manifests manifests = Manifests.Build("overlays/prod");
        string[] mounts = [.. manifests.Container["volumeMounts"]!.AsArray().Select(m => Manifests.Text(m!["mountPath"]))];
        Assert.All(
            manifests.Environment.Where(v => v.Key.Contains("File", StringComparison.Ordinal)), file => Assert.Contains(Path.GetDirectoryName(file.Value)!, mounts));
    }

    [SkippableFact]
    public void The_API_service_is_of_the_group_that_the_silo_serves_at_the_port_that_it_has()
    {
        Manifests manifests = Manifests.Build("overlays/prod");
        var api = new Api.KontinueApiOptions();
        Read(manifests).Apply(api);
        JsonNode spec = Assert.Single(manifests.OfKind("APIService"))["spec"]!;
        Assert.Equal(api.Group, Manifests.Text(spec["group"]));
        JsonNode port = Assert.Single(manifests.One("Service", Manifests.Text(spec["service"]!["name"]))["spec"]!["ports"]!.AsArray())!;
        Assert.Equal(("443", "https"), (Manifests.Text(port["port"]), Manifests.Text(port["targetPort"])));
        Assert.Equal(Manifests.Text(spec["service"]!["namespace"]), Manifests.Text(manifests.Silos["metadata"]!["namespace"]));
    }

    [SkippableFact]
    public void The_autoscaler_looks_at_a_figure_that_silos_tell()
    {
        ConcurrentQueue<Instrument> told = [];
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => told.Enqueue(instrument) };
        listener.Start();
        using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var meter = new SiloMeter(figures: null!, services.GetRequiredService<IMeterFactory>(), TimeProvider.System, NullLogger<SiloMeter>.Instance);

        JsonNode scaler = Assert.Single(Manifests.Build("overlays/prod").OfKind("HorizontalPodAutoscaler"));
        string wanted = Manifests.Text(scaler["spec"]!["metrics"]![0]!["external"]!["metric"]!["name"]);
        Assert.Contains((SiloMeter.DemandName, wanted), told.Where(gauge => gauge.Meter.Name == SiloMeter.MeterName).Select(gauge => (gauge.Name, PrometheusName(gauge))));
    }

    /// <summary>
    /// What a gauge is called in Prometheus: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics has the rules. An annotation, in braces, is no unit.
    /// </summary>
    private static string PrometheusName(Instrument gauge)
    {
        string name = gauge.Name.Replace('.', '_');
        string suffix = gauge.Unit switch
        {
            null or "" or ['{', ..] => "",
            "%" => "_percent",
            "1" => "_ratio",
            "s" => "_seconds",
            "By" => "_bytes",
            string unit => throw new NotSupportedException($"How '{unit}' is written in Prometheus is to be added here."),
        };
        return name + suffix;
    }

    private static SiloSettings Read(Manifests manifests)
    {
        // As the environment provider reads names; stand-ins for what the pod and its secrets bring.
        Dictionary<string, string?> values = manifests.Environment.ToDictionary(
            v => v.Key.Replace("__", ":", StringComparison.Ordinal), v => (string?)(v.Value ?? Standin(v.Key)), StringComparer.OrdinalIgnoreCase);
        values["KUBERNETES_SERVICE_HOST"] = "10.0.0.1";
        return SiloSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
    }

    private static string Standin(string variable) => variable switch
    {
        "KONTINUE_POSTGRES" => "Host=localhost;Database=kontinue",
        "POD_IP" => "10.1.2.3",
        _ => "kontinue-0",
    };
}
