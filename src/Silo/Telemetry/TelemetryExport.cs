using Kontinue.Silo.Settings;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Orleans.Diagnostics;

namespace Kontinue.Silo.Telemetry;

/// <summary>Sends meters and activities of Kontinue and Orleans over OTLP, from before the silo starts until after it has stopped.</summary>
internal sealed class TelemetryExport(KontinueSiloOptions silo, string siloName, string version) : IHostedLifecycleService, IDisposable
{
    /// <summary>Names of meters; a '*' stands for any end.</summary>
    public static readonly string[] Meters = ["Kontinue.*", "Microsoft.Orleans", "System.Runtime", "Microsoft.AspNetCore.Hosting", "Npgsql"];

    /// <summary>Names of activity sources; a '*' stands for any end.</summary>
    public static readonly string[] Sources = ["Kontinue.*", ActivitySources.AllActivitySourceName, "Microsoft.AspNetCore"];

    private MeterProvider? _meters;
    private TracerProvider? _traces;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        ResourceBuilder resource = ResourceBuilder.CreateDefault()
            .AddService(silo.ServiceId, serviceNamespace: "kontinue", version, autoGenerateServiceInstanceId: false, siloName)
            .AddAttributes([new("kontinue.cluster", silo.ClusterId)]);
        _meters = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Meters).AddOtlpExporter(options => Configure(options, "v1/metrics")).Build();
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Sources).AddOtlpExporter(options => Configure(options, "v1/traces")).Build();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What was measured last is sent; a collector that is away must not hold up the end.</summary>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            const int patience = 2000;
            _meters?.Shutdown(patience);
            _traces?.Shutdown(patience);
        },
        cancellationToken);

    public void Dispose()
    {
        _meters?.Dispose();
        _traces?.Dispose();
    }

    /// <param name="options">What the exporter has read of the environment by itself.</param>
    /// <param name="path">Where a collector takes this kind of data over HTTP.</param>
    private void Configure(OtlpExporterOptions options, string path)
    {
        // The variable the exporter takes as that says, with the path by itself where the protocol wants one. Of an address that it is given it makes nothing more.
        if (!string.Equals(silo.OtlpEndpoint, Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT"), StringComparison.Ordinal))
        {
            options.Endpoint = options.Protocol == OtlpExportProtocol.HttpProtobuf ? new Uri($"{silo.OtlpEndpoint!.TrimEnd('/')}/{path}") : new Uri(silo.OtlpEndpoint!);
        }
    }
}
