using Kontinue.Engine.Commit;
using Kontinue.Engine.Storage;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Hosting;

/// <summary>
/// Keeps the silo's lease. When it cannot be renewed, the silo stops running executions before others may take them over; when the silo
/// turns out to have been replaced, it stops for good.
/// </summary>
/// <remarks>
/// Whether the lease is held is computed when it is asked, from the time that has gone by: a process that was stopped for longer sees
/// at once that it has lost it, before any loop has noticed.
/// </remarks>
internal sealed partial class LeaseKeeper(
    ISiloDirectory store, SiloId silo, KontinueOptions options, Func<IReadOnlyList<FunctionRegistration>> functions, Func<SiloLoad> load,
    StoreClock clock, StoreHealth health, ILogger logger)
{
    /// <summary>Differences of the clocks that an operator should know of.</summary>
    private static readonly TimeSpan WorthSaying = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan MinPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan MinHurry = TimeSpan.FromMilliseconds(250);

    private readonly TimeSpan _fence = options.Lease * 0.75;
    private readonly LoopSignal _hurry = new(clock);
    private long _renewedAt;
    private int _term;
    private bool _isLost;
    private bool _isReplaced;
    private TimeSpan _saidOffset;
    private DateTimeOffset? _storedAt;
    private long _triedAt;

    /// <summary>
    /// Whether executions may be run. Not while the wall clock and the monotonic one disagree: a machine that was suspended may have slept past its
    /// lease without the monotonic one having noticed, and only the store knows.
    /// </summary>
    public bool IsHeld => IsWithinLease && !clock.HasJumped;

    private bool IsWithinLease => !IsReplaced && Term > 0 && clock.GetElapsedTime(Volatile.Read(ref _renewedAt)) < _fence;

    /// <summary>Grows when the lease is lost. What was in memory then must not be run any more, also when there is a new lease.</summary>
    public int Term => Volatile.Read(ref _term);

    /// <summary>Whether the store does not know this silo any more: another process has its name, or it was cut off for more than a day.</summary>
    public bool IsReplaced
    {
        get => Volatile.Read(ref _isReplaced);
        private set => Volatile.Write(ref _isReplaced, value);
    }

    /// <summary>Told of the silos that are alive, whenever they were read here.</summary>
    public Action<IReadOnlyList<SiloRow>>? Silos { get; set; }

    public async Task RegisterAsync(CancellationToken cancellationToken)
    {
        long asked = clock.GetTimestamp();
        await store.RegisterSiloAsync(
            new SiloRegistration(
                silo, options.SiloName, options.WorkerGroup, options.Version, options.Lease, options.MaxConcurrentExecutions, functions()),
            cancellationToken).ConfigureAwait(false);
        long answered = clock.GetTimestamp();
        await LookAroundAsync(asked, answered, cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _renewedAt, asked);
        Volatile.Write(ref _term, 1);
        health.ReportLease();
    }

    /// <summary>Asks the store again at once: something is odd about time. Not again and again while the store does not answer.</summary>
    public void Hurry()
    {
        if (clock.GetElapsedTime(Volatile.Read(ref _triedAt)) >= MinHurry)
        {
            _hurry.Set();
        }
    }

    /// <summary>Renews the lease until canceled.</summary>
    /// <param name="onLost">Called when executions must not be run any more.</param>
    /// <param name="onRegained">Called when they may be run again.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task KeepAsync(Action onLost, Action onRegained, CancellationToken cancellationToken)
    {
        bool isRenewed = true;
        while (!IsReplaced)
        {
            await PauseAsync(isRenewed, cancellationToken).ConfigureAwait(false);
            LoseIfOver(onLost);

            // Counted from before the call: the store's lease begins no earlier.
            long asked = clock.GetTimestamp();
            Volatile.Write(ref _triedAt, asked);
            isRenewed = await RenewAsync(cancellationToken).ConfigureAwait(false);
            long answered = clock.GetTimestamp();

            // Before the new lease counts: others may have taken over what this silo had under the old one.
            LoseIfOver(onLost);
            if (isRenewed)
            {
                DateTimeOffset? before = _storedAt;
                await TryLookAroundAsync(asked, answered, cancellationToken).ConfigureAwait(false);
                if (_storedAt - before > options.Lease)
                {
                    // By the store's clock there was no lease between this renewal and the one before, whatever the clocks here say.
                    Lose(onLost);
                }

                Volatile.Write(ref _renewedAt, asked);
                if (_isLost)
                {
                    _isLost = false;
                    onRegained();
                }
            }
        }
    }

    private void LoseIfOver(Action onLost)
    {
        if (!IsWithinLease)
        {
            Lose(onLost);
        }
    }

    private void Lose(Action onLost)
    {
        if (!_isLost)
        {
            _isLost = true;
            Interlocked.Increment(ref _term);
            onLost();
        }
    }

    /// <summary>Waits for the next renewal: a quarter of the lease, less after a failure, and never past the moment at which the lease counts as lost.</summary>
    private Task PauseAsync(bool isRenewed, CancellationToken cancellationToken)
    {
        TimeSpan pause = isRenewed ? options.Lease / 4 : options.Lease / 16;
        if (!_isLost)
        {
            TimeSpan left = _fence - clock.GetElapsedTime(_renewedAt);
            pause = left < pause ? left : pause;
        }

        return _hurry.WaitAsync(pause < MinPause ? MinPause : pause, cancellationToken);
    }

    private async Task<bool> RenewAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var deadline = new CancellationTokenSource(options.Lease / 4, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
            if (await store.RenewLeaseAsync(silo, options.Lease, load(), either.Token).ConfigureAwait(false))
            {
                health.ReportLease();
                return true;
            }

            IsReplaced = true;
            health.ReportEnd(
                $"Another process has registered as silo '{options.SiloName}', or this one was cut off from the store for more than a day and is " +
                "forgotten there. Give each process a name of its own, and restart this one.");
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

        return false;
    }

    private async Task TryLookAroundAsync(long asked, long answered, CancellationToken cancellationToken)
    {
        try
        {
            using var deadline = new CancellationTokenSource(options.Lease / 4, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
            await LookAroundAsync(asked, answered, either.Token).ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            LogNotRead(logger, e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The next renewal tries again.
        }
    }

    /// <summary>Reads who is there, and what time it was in the store when this silo's lease was written.</summary>
    private async Task LookAroundAsync(long asked, long answered, CancellationToken cancellationToken)
    {
        IReadOnlyList<SiloRow> silos =
            await store.ReadSilosAsync(onlyAlive: true, StoreArguments.MaxLimit, cancellationToken).ConfigureAwait(false);
        if (silos.FirstOrDefault(row => row.Id == silo) is { } own)
        {
            _storedAt = own.RenewedAt;
            clock.Observe(own.RenewedAt, asked, answered);
            TimeSpan offset = clock.Offset;
            if ((offset - _saidOffset).Duration() > WorthSaying)
            {
                _saidOffset = offset;
                LogOffset(logger, offset);
            }
        }

        Silos?.Invoke(silos);
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Another process has registered as silo '{Name}', or this one was cut off for more than a day and is forgotten; it stops running executions. Restart it.")]
    private static partial void LogReplaced(ILogger logger, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease could not be renewed.")]
    private static partial void LogNotRenewed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The other silos could not be looked for; trying again.")]
    private static partial void LogNotRead(ILogger logger, Exception exception);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The store's clock differs from this machine's by {Offset}. The store's time is used for executions; set the machine's clock.")]
    private static partial void LogOffset(ILogger logger, TimeSpan offset);
}
