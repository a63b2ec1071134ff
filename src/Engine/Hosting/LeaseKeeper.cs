using Kontinue.Engine.Commit;
using Kontinue.Engine.Storage;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Hosting;

/// <summary>
/// Keeps the silo's lease. When it cannot be renewed, the silo stops running executions before others may take them over; when the silo
/// turns out to have been replaced, it stops for good.
/// </summary>
internal sealed partial class LeaseKeeper(
    IExecutionStore store, SiloId silo, KontinueOptions options, Func<IReadOnlyList<FunctionRegistration>> functions, TimeProvider time,
    StoreHealth health, ILogger logger)
{
    private long _renewedAt;
    private bool _isHeld;
    private bool _isReplaced;

    /// <summary>Whether executions may be run.</summary>
    public bool IsHeld
    {
        get => Volatile.Read(ref _isHeld);
        private set => Volatile.Write(ref _isHeld, value);
    }

    /// <summary>Whether another process has registered under the same name.</summary>
    public bool IsReplaced
    {
        get => Volatile.Read(ref _isReplaced);
        private set => Volatile.Write(ref _isReplaced, value);
    }

    public async Task RegisterAsync(CancellationToken cancellationToken)
    {
        await store.RegisterSiloAsync(
            new SiloRegistration(
                silo, options.SiloName, options.WorkerGroup, options.Version, options.Lease, options.MaxConcurrentExecutions, functions()),
            cancellationToken).ConfigureAwait(false);
        _renewedAt = time.GetTimestamp();
        IsHeld = true;
        health.ReportLease();
    }

    /// <summary>Renews the lease until canceled.</summary>
    /// <param name="onLost">Called when executions must not be run any more.</param>
    /// <param name="onRegained">Called when they may be run again.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task KeepAsync(Action onLost, Action onRegained, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.Lease / 4, time);
        while (!IsReplaced && await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            await RenewAsync(cancellationToken).ConfigureAwait(false);
            bool holds = !IsReplaced && time.GetElapsedTime(_renewedAt) < options.Lease * 0.75;
            if (IsHeld && !holds)
            {
                IsHeld = false;
                onLost();
            }
            else if (!IsHeld && holds)
            {
                IsHeld = true;
                onRegained();
            }
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        // Counted from before the call: the store's lease begins no earlier.
        long asked = time.GetTimestamp();
        try
        {
            using var deadline = new CancellationTokenSource(options.Lease / 4, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
            if (await store.RenewLeaseAsync(silo, options.Lease, default, either.Token).ConfigureAwait(false))
            {
                _renewedAt = asked;
                health.ReportLease();
                return;
            }

            IsReplaced = true;
            health.ReportEnd($"Another process has registered as silo '{options.SiloName}'. Give each process a name of its own.");
            LogReplaced(logger, options.SiloName);
        }
        catch (StoreException e)
        {
            health.ReportLeaseFailure(e.Message);
            LogNotRenewed(logger, e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            health.ReportLeaseFailure("The store did not answer in time.");
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Another process has registered as silo '{Name}'; this one stops running executions.")]
    private static partial void LogReplaced(ILogger logger, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease could not be renewed.")]
    private static partial void LogNotRenewed(ILogger logger, Exception exception);
}
