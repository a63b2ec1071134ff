using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace Kontinue.Grains.Jobs;

/// <summary>Keeps its ledger in memory and in grain storage. Nobody gets an answer that rests on what is not stored.</summary>
/// <remarks>
/// Reentrant, so that many changes go in one write. Should another activation have written meanwhile, or a write fail so that it is not known what is
/// stored, this activation is of no use any more: it refuses and goes, and the next one reads what there is.
/// </remarks>
[Reentrant]
[GrainType("kontinue.jobs")]
[JobSiloPlacement]
internal sealed partial class JobGatewayGrain : Grain, IJobGatewayGrain
{
    private readonly IPersistentState<JobGatewayState> _state;
    private readonly GrainJobGateway _gateway;
    private readonly JobSilos _silos;
    private readonly JobGatewayOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<JobGatewayGrain> _logger;
    private readonly JobLedger _ledger;
    private Task _writing = Task.CompletedTask;
    private Task? _nextWrite;
    private bool _isUseless;

    public JobGatewayGrain(
        [PersistentState(JobGatewayExtensions.StateName, JobGatewayExtensions.StorageName)] IPersistentState<JobGatewayState> state, GrainJobGateway gateway,
        JobSilos silos, IOptions<JobGatewayOptions> options, TimeProvider time, ILogger<JobGatewayGrain> logger)
    {
        (_state, _gateway, _silos, _options, _time, _logger) = (state, gateway, silos, options.Value, time, logger);
        _ledger = new JobLedger(_options.MaxJobs, _options.Retention);
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _ledger.Read(_state.State.Rows);
        LogActive(_logger, this.GetPrimaryKeyLong(), _ledger.Count);
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_ledger.IsDirty && !_isUseless)
        {
            // Only ends that were noted: should they not get there, they are found out again.
            await SaveAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    public async Task<JobPlace> ClaimAsync(JobClaim claim)
    {
        ThrowIfUseless();
        JobRow row = _ledger.Claim(claim, _time.GetUtcNow());
        await (_ledger.IsDirty ? SaveAsync() : _nextWrite ?? _writing).ConfigureAwait(true);
        return PlaceOf(row);
    }

    public async Task<JobPlace?> FindAsync(Guid job)
    {
        ThrowIfUseless();
        if (_ledger.Find(job) is not { } row)
        {
            return null;
        }

        await (_nextWrite ?? _writing).ConfigureAwait(true);
        return PlaceOf(row);
    }

    public Task EndedAsync(Guid job)
    {
        // Written with the next change, or at the next check.
        ThrowIfUseless();
        _ledger.Move(job, JobState.Ended, _time.GetUtcNow());
        return Task.CompletedTask;
    }

    /// <summary>Writes all changes up to now, together with those that come until the write before it is done.</summary>
    private Task SaveAsync() => _nextWrite ??= WriteAsync(_writing);

    private async Task WriteAsync(Task before)
    {
        await before.ConfigureAwait(
            ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _writing = _nextWrite!;
        _nextWrite = null;
        ThrowIfUseless();
        try
        {
            _state.State.Rows = _ledger.Write();
            await _state.WriteStateAsync().ConfigureAwait(true);
        }
#pragma warning disable CA1031 // Whatever it is, it is not known what is stored.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _isUseless = true;
            DeactivateOnIdle();
            LogNotWritten(_logger, this.GetPrimaryKeyLong(), e);
            ThrowIfUseless();
        }
    }

    private void ThrowIfUseless()
    {
        if (_isUseless)
        {
            throw new UnavailableException("The record of jobs could not be written; it is read again.");
        }
    }

    private static JobPlace PlaceOf(JobRow row) => new(row.Runner, row.Process, row.State);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Job gateway {Gateway} is on this silo, with {Count} jobs on record.")]
    private static partial void LogActive(ILogger logger, long gateway, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job gateway {Gateway} could not write its record; it is read again.")]
    private static partial void LogNotWritten(ILogger logger, long gateway, Exception exception);
}
