using Kontinue.Silo.Settings;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Kontinue.Silo.Telemetry;

/// <summary>Sends meters and activities of Kontinue and Orleans over OTLP, from before the silo starts until after it has stopped.</summary>
internal sealed class TelemetryExport(KontinueSiloOptions silo, string siloName, string version) : IHostedLifecycleService, IDisposable
{
    /// <summary>Names of meters; a '*' stands for any end.</summary>
    public static readonly string[] Meters = ["Kontinue.*", "Microsoft.Orleans", "System.Runtime", "Microsoft.AspNetCore.Hosting", "Npgsql"];

    /// <summary>Names of activity sources; a '*' stands for any end.</summary>
    public static readonly string[] Sources = ["Kontinue.*", "Microsoft.Orleans.Runtime", "Microsoft.Orleans.Application", "Microsoft.AspNetCore"];

    private MeterProvider? _meters;
    private TracerProvider? _traces;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        ResourceBuilder resource = ResourceBuilder.CreateDefault()
            .AddService(silo.ServiceId, serviceNamespace: "kontinue", version, autoGenerateServiceInstanceId: false, siloName)
            .AddAttributes([new("kontinue.cluster", silo.ClusterId)]);
        _meters = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Meters).AddOtlpExporter(Configure).Build();
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Sources).AddOtlpExporter(Configure).Build();
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

    private void Configure(OtlpExporterOptions options)
    {
        // The variable may name another protocol; what is set here is gRPC, as documented.
        if (Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is null)
        {
            options.Endpoint = new Uri(silo.OtlpEndpoint!);
        }
    }
}
