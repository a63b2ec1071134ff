using System.Text.Json;
using Kontinue.Engine;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Jobs;
using Kontinue.Grains.Client.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;

namespace Kontinue.Grains.Jobs;

/// <summary>
/// The gateway as the engine of a silo sees it: asks the <see cref="IJobGatewayGrain"/> of a job who is to run it, and tells that silo's runner. A job that nobody
/// has yet goes to the runner of this silo.
/// </summary>
internal sealed partial class GrainJobGateway : IJobGateway, IDisposable
{
    private readonly IJobGateway _runner;
    private readonly IServiceProvider _services;
    private readonly IGrainFactory _grains;
    private readonly JobSilos _silos;
    private readonly Lazy<JobRunnerClient> _others;
    private readonly Lazy<ILocalSilo> _silo;
    private readonly string _name;
    private readonly JobGatewayOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<GrainJobGateway> _logger;
    private readonly CancellationTokenSource _stop = new();
    private volatile IJobListener? _engine;
    private Task _keeping = Task.CompletedTask;

    public GrainJobGateway(
        IJobGateway runner, IServiceProvider services, IGrainFactory grains, JobSilos silos, Lazy<JobRunnerClient> others, Lazy<ILocalSilo> silo,
        IOptions<KontinueOptions> engine, IOptions<JobGatewayOptions> options, TimeProvider time, ILogger<GrainJobGateway> logger)
    {
        (_runner, _services, _grains, _silos, _others, _silo) = (runner, services, grains, silos, others, silo);
        (_name, _options, _time, _logger) = (engine.Value.SiloName, options.Value, time, logger);
    }

    /// <summary>The engine of this silo.</summary>
    /// <exception cref="UnavailableException">It is not up yet, or has stopped.</exception>
    public IJobListener Engine => _engine ?? throw new UnavailableException("This silo's jobs have stopped.");

    /// <summary>Whether this silo's engine listens.</summary>
    public bool IsAttached => _engine is not null && _silo.Value.IsAccepting;

    public async Task AttachAsync(IJobListener listener, CancellationToken cancellationToken)
    {
        if (_services.GetKeyedService<IGrainStorage>(JobGatewayExtensions.StorageName) is null)
        {
            throw new InvalidOperationException(
                $"The job gateway keeps its record in the grain storage '{JobGatewayExtensions.StorageName}', which this silo does not have. Add one, such as " +
                $"AddAdoNetGrainStorage(\"{JobGatewayExtensions.StorageName}\", ...), or leave {nameof(JobGatewayExtensions.UseJobGatewayGrain)} out.");
        }

        await _runner.AttachAsync(new RunnerListener(listener, this), cancellationToken).ConfigureAwait(false);
        _engine = listener;
        _keeping = Task.Run(() => KeepAsync(_stop.Token), CancellationToken.None);
    }

    public async Task DetachAsync(CancellationToken cancellationToken)
    {
        _engine = null;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _runner.DetachAsync(cancellationToken).ConfigureAwait(false);
        await _keeping.ConfigureAwait(false);
    }

    public async Task StartAsync(JobRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var claim = new JobClaim(request.Id.Value, request.Execution.ToString(), request.ExecutionUid, _name, _silo.Value.Id.Value);
        long began = _time.GetTimestamp();
        JobPlace place = await GatewayOf(request.Id).ClaimAsync(claim).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (place.State is JobState.Lost or JobState.LostAndTold)
        {
            // The gateway tells it, again and again until it is taken.
            return;
        }

        if (_time.GetElapsedTime(began) >= _options.RunnerPatience / 2)
        {
            throw new UnavailableException("The gateway took so long to answer that the job may be taken for lost by now.");
        }

        if (string.Equals(place.Runner, _name, StringComparison.Ordinal))
        {
            await StartHereAsync(request, place.Process, cancellationToken).ConfigureAwait(false);
        }
        else if (_silos.Find(place.Runner) is { } there)
        {
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(request, KontinueJson.Options);
            await _others.Value.Of(there).StartAsync(json, place.Process).WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        // Else its silo is away. It comes back and finds it, or the gateway takes it for lost: either is told.
    }

    public async Task StopAsync(JobId id, string reason, CancellationToken cancellationToken)
    {
        JobPlace? place = await GatewayOf(id).FindAsync(id.Value).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (place is { State: JobState.Assigned } known)
        {
            await StopAtAsync(known.Runner, id, reason, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Has the runner of this silo run a job, or report it again.</summary>
    /// <param name="request">The job.</param>
    /// <param name="process">The process of this silo's name that got it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task StartHereAsync(JobRequest request, Guid process, CancellationToken cancellationToken)
    {
        // What another process got under this name is begun by this one only if its runner does not know it, which must not be: then it may have been
        // run. To the runner it is the job of a silo that is gone.
        string owner = process == _silo.Value.Id.Value ? _name : $"{_name} (before its restart)";
        try
        {
            await _runner.StartAsync(request with { Silo = owner }, cancellationToken).ConfigureAwait(false);
        }
        catch (KontinueException e) when (!e.Retryable)
        {
            await NoteEndAsync(request.Id, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    public Task StopHereAsync(JobId id, string reason, CancellationToken cancellationToken) => _runner.StopAsync(id, reason, cancellationToken);

    /// <summary>Ends a job where it is.</summary>
    /// <exception cref="UnavailableException">That silo is away.</exception>
    public Task StopAtAsync(string runner, JobId id, string reason, CancellationToken cancellationToken) =>
        string.Equals(runner, _name, StringComparison.Ordinal) ? StopHereAsync(id, reason, cancellationToken)
        : _silos.Find(runner) is { } there ? _others.Value.Of(there).StopAsync(id.Value, reason).WaitAsync(cancellationToken)
        : throw new UnavailableException($"Silo '{runner}', which runs job {id}, is away.");

    /// <summary>Has an end on record that is stored.</summary>
    public Task NoteEndAsync(JobId id, CancellationToken cancellationToken) => GatewayOf(id).EndedAsync(id.Value).WaitAsync(cancellationToken);

    /// <summary>Tells an execution that its job was lost.</summary>
    /// <exception cref="UnavailableException">Not now.</exception>
    public Task ReportLostAsync(JobRow row) => Engine.EndedAsync(
        new JobId(row.Job), GrainCalls.ParseKey(row.Execution), row.ExecutionUid,
        new JobResult { Outcome = JobOutcome.Lost, Message = $"silo '{row.Runner}', whose machine ran it, is gone", FinishedAt = _time.GetUtcNow() }, _stop.Token);

    public void Dispose() => _stop.Dispose();

    /// <summary>Sees to it that the gateways are there: jobs of a silo that died together with its gateway are missed by nobody else.</summary>
    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await Task.WhenAll(Enumerable.Range(0, IJobGatewayGrain.Count).Select(key => _grains.GetGrain<IJobGatewayGrain>(key).EnsureAsync()))
                    .WaitAsync(cancellationToken).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // A cluster in change refuses calls in many ways; the next time asks again.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogNotKept(_logger, e);
            }

            await Task.Delay(_options.CheckInterval, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private IJobGatewayGrain GatewayOf(JobId id) => _grains.GetGrain<IJobGatewayGrain>(IJobGatewayGrain.KeyOf(id));

    [LoggerMessage(Level = LogLevel.Debug, Message = "A job gateway could not be reached; trying again.")]
    private static partial void LogNotKept(ILogger logger, Exception exception);
}
