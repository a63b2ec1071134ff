using System.Diagnostics.Metrics;
using Kontinue.Client;
using Kontinue.Engine;
using Kontinue.Resources;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kontinue.Silo.Telemetry;

/// <summary>
/// What an autoscaler and an operator look at, as meter <c>Kontinue.Silo</c>. The store is asked every 15 s and not whenever somebody reads, because readers of metrics
/// cannot wait.
/// </summary>
internal sealed partial class SiloMeter : BackgroundService
{
    public const string MeterName = "Kontinue.Silo";

    /// <summary>Executions that wait for a place, whoever has their function; at most <see cref="ListQuery.MaxLimit"/> are counted.</summary>
    public const string BacklogName = "kontinue.backlog";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly IKontinueClient _client;
    private readonly TimeProvider _time;
    private readonly ILogger<SiloMeter> _logger;
    private readonly string _silo;
    private readonly Meter _meter;
    private volatile Reading? _last;

    public SiloMeter(IKontinueClient client, IOptions<KontinueOptions> options, IMeterFactory meters, TimeProvider time, ILogger<SiloMeter> logger)
    {
        _client = client;
        _time = time;
        _logger = logger;
        _silo = options.Value.SiloName;
        _meter = meters.Create(MeterName);
        Gauge(BacklogName, "{execution}", $"Executions that wait for a place in any silo; {ListQuery.MaxLimit} stands for so many or more.", r => r.Backlog);
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
                _last = await ReadAsync(stoppingToken).ConfigureAwait(false);
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

    private async Task<Reading> ReadAsync(CancellationToken cancellationToken)
    {
        ExecutionList pending = await _client.ListAsync(
            new ListQuery { Selector = ExecutionSelector.All with { Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Pending } } }, cancellationToken).ConfigureAwait(false);
        SiloList silos = await _client.ListSilosAsync(cancellationToken).ConfigureAwait(false);
        var own = silos.Items.FirstOrDefault(s => string.Equals(s.Metadata.Name, _silo, StringComparison.Ordinal));
        return new Reading(pending.Items.Count, own?.Spec.Capacity, own?.Status);
    }

    private void Gauge(string name, string unit, string description, Func<Reading, int?> read) => _meter.CreateObservableGauge(
        name, () => _last is { } last && read(last) is { } value ? (IEnumerable<Measurement<int>>)[new Measurement<int>(value)] : [], unit, description);

    private sealed record Reading(int Backlog, int? Capacity, Kontinue.Resources.SiloStatus? Status);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The figures for metrics could not be read from the store; trying again.")]
    private static partial void LogNotRead(ILogger logger, Exception exception);
}
