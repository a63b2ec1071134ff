using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kontinue.Silo.Telemetry;

/// <summary>
/// What an autoscaler and an operator look at, as meter <c>Kontinue.Silo</c>. The store is asked every 15 s and not whenever somebody reads, because readers of metrics
/// cannot wait.
/// </summary>
internal sealed partial class SiloMeter : BackgroundService
{
    public const string MeterName = "Kontinue.Silo";

    /// <summary>Executions that wait for a place and that this silo could run; at most <see cref="SiloFigures.MaxBacklog"/> are counted.</summary>
    public const string BacklogName = "kontinue.backlog";

    /// <summary>What the silos of the group run and what waits for a place, in percent of what one silo runs at most.</summary>
    public const string DemandName = "kontinue.demand";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly SiloFigures _figures;
    private readonly TimeProvider _time;
    private readonly ILogger<SiloMeter> _logger;
    private readonly Meter _meter;
    private volatile SiloReading? _last;

    public SiloMeter(SiloFigures figures, IMeterFactory meters, TimeProvider time, ILogger<SiloMeter> logger)
    {
        _figures = figures;
        _time = time;
        _logger = logger;
        _meter = meters.Create(MeterName);
        Gauge(BacklogName, "{execution}", $"Executions that wait for a place and that this silo could run; {SiloFigures.MaxBacklog} stands for so many or more.", r => r.Backlog);

        // Not "%", of which Prometheus makes a part of the name.
        Gauge(DemandName, "{percent}", "What the silos of the group run and what waits for a place, in percent of what one silo runs at most.", r => r.Demand);
        Gauge("kontinue.executing", "{execution}", "Executions that run in this silo.", r => r.Status?.Executing);
        Gauge("kontinue.resident", "{execution}", "Executions in this silo's memory, those that wait included.", r => r.Status?.Resident);
        Gauge("kontinue.steps", "{step}", "Step bodies that run in this silo.", r => r.Status?.Steps);
        Gauge("kontinue.capacity", "{execution}", "Executions that this silo runs at once at most.", r => r.Capacity);
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        do
        {
            try
            {
                _last = await _figures.ReadAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (KontinueException e)
            {
                // No figure is better than an old one: an autoscaler leaves things as they are then.
                _last = null;
                LogNotRead(_logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    private void Gauge(string name, string unit, string description, Func<SiloReading, int?> read) => _meter.CreateObservableGauge(
        name, () => _last is { } last && read(last) is { } value ? (IEnumerable<Measurement<int>>)[new Measurement<int>(value)] : [], unit, description);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The figures for metrics could not be read from the store; trying again.")]
    private static partial void LogNotRead(ILogger logger, Exception exception);
}
