using Kontinue.Engine.Commit;
using Kontinue.Engine.Loops;
using Kontinue.Engine.Storage;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Clustering;

/// <summary>
/// Keeps the silo's lease. When it cannot be renewed, the silo stops running executions before others may take them over; when the silo
/// turns out to have been replaced, it stops for good.
/// </summary>
/// <remarks>
/// Whether the lease is held is computed when it is asked, from the time that has gone by: a process that was stopped for longer sees
/// at once that it has lost it, before any loop has noticed. Clocks do not tell everything: some stand still while a machine is suspended, and
/// the store's own may be set. So the store says with each renewal whether the lease had ended there, and while this machine's clocks
/// contradict each other, the lease does not count as held until the store has answered.
/// </remarks>
internal sealed partial class LeaseKeeper(
    ISiloDirectory store, SiloId silo, KontinueOptions options, Func<IReadOnlyList<FunctionRegistration>> functions, Func<SiloLoad> load,
    StoreClock clock, StoreHealth health, ILogger logger, TimeSpan? takeOverDelay = null)
{
    /// <summary>Differences of the clocks that an operator should know of.</summary>
    private static readonly TimeSpan WorthSaying = TimeSpan.FromSeconds(1);

    /// <summary>The part of the lease after which it counts as lost here.</summary>
    private const double FencePart = 0.75;

    private static readonly TimeSpan MinPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan MinHurry = TimeSpan.FromMilliseconds(250);

    private readonly TimeSpan _fence = options.Lease * FencePart;

    /// <summary>For how long the store's last answer tells that nobody has declared this silo dead and taken over.</summary>
    private readonly TimeSpan _certainty = takeOverDelay is { } delay && delay < options.Lease * FencePart ? delay : options.Lease * FencePart;

    private readonly LoopSignal _hurry = new(clock);
    private long _renewedAt;
    private int _term;
    private bool _isLost;
    private bool _isReplaced;
    private TimeSpan _saidOffset;
    private long _triedAt;
    private long _lookedAt;
    private volatile bool _hasEnded;
    private TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether executions may be run.</summary>
    public bool IsHeld => !IsReplaced && Term > 0 && !Volatile.Read(ref _isLost) && !IsOver && !clock.HasJumped;

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

    private bool IsOver => clock.GetElapsedTime(Volatile.Read(ref _renewedAt)) >= _fence;

    private bool IsCertain => clock.GetElapsedTime(Volatile.Read(ref _renewedAt)) < _certainty;

    /// <summary>How often the others are looked for; less often than the lease may have to be renewed.</summary>
    private TimeSpan LookInterval => options.Lease * 0.225;

    /// <summary>How often the lease is renewed, so that it is certain all the time while the store answers.</summary>
    private TimeSpan Interval => _certainty / 3;

    /// <summary>Whether the lease is held, and has been without a gap since that term began.</summary>
    /// <remarks>Looked at in this order: a term that is over stays over, while a lease may be lost and regained between the two looks.</remarks>
    public bool Holds(int term) => IsHeld && term == Term;

    /// <summary>
    /// Whether something may begin now that must not begin once others have taken over. They may have, also before the lease is over, when they have declared this silo dead:
    /// where the store's last answer is too old to tell, its next one is waited for.
    /// </summary>
    public ValueTask<bool> MayBeginAsync(int term) => !Holds(term) ? new(false) : IsCertain ? new(true) : new(AskAsync(term));

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
        try
        {
            await RenewOnAndOnAsync(onLost, onRegained, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _hasEnded = true;
            TellAnswer();
        }
    }

    private async Task RenewOnAndOnAsync(Action onLost, Action onRegained, CancellationToken cancellationToken)
    {
        bool isWell = true;
        while (true)
        {
            await PauseAsync(isWell, cancellationToken).ConfigureAwait(false);
            LoseIfOver(onLost);
            bool hadJumped = clock.HasJumped;

            // Counted from before the call: the store's lease begins no earlier.
            long asked = clock.GetTimestamp();
            Volatile.Write(ref _triedAt, asked);
            LeaseRenewal? renewal = await RenewAsync(cancellationToken).ConfigureAwait(false);
            long answered = clock.GetTimestamp();

            // Before the new lease counts: others may have taken over what this silo had under the old one.
            LoseIfOver(onLost);
            if (IsReplaced)
            {
                // Also when it was lost before: now it is for good.
                Lose(onLost);
                return;
            }

            isWell = renewal is LeaseRenewal.Renewed or LeaseRenewal.Lapsed;
            bool isBack = false;
            if (isWell)
            {
                if (renewal == LeaseRenewal.Lapsed)
                {
                    LogLapsed(logger);
                    Lose(onLost);
                }

                Volatile.Write(ref _renewedAt, asked);
                isBack = _isLost || hadJumped;
                Volatile.Write(ref _isLost, false);
            }

            TellAnswer();
            if (isWell && (isBack || clock.GetElapsedTime(_lookedAt) >= LookInterval))
            {
                isWell = await TryLookAroundAsync(asked, answered, cancellationToken).ConfigureAwait(false);
            }

            if (isBack)
            {
                // What was let go in between is to be looked for.
                onRegained();
            }
        }
    }

    private async Task<bool> AskAsync(int term)
    {
        while (true)
        {
            // Taken before the look: an answer that comes after it is not missed.
            Task answered = Volatile.Read(ref _answered).Task;
            if (_hasEnded || !Holds(term))
            {
                return false;
            }

            if (IsCertain)
            {
                return true;
            }

            Hurry();
            await answered.ConfigureAwait(false);
        }
    }

    /// <summary>The store has answered or not, or it is asked no more: who waits for that looks again.</summary>
    private void TellAnswer() =>
        Interlocked.Exchange(ref _answered, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    private void LoseIfOver(Action onLost)
    {
        if (!_isLost && IsOver)
        {
            Lose(onLost);
        }
    }

    private void Lose(Action onLost)
    {
        Volatile.Write(ref _isLost, true);
        Interlocked.Increment(ref _term);
        onLost();
    }

    /// <summary>Waits for the next renewal: a quarter of the lease or less, less still after a failure, and never past the moment at which the lease counts as lost.</summary>
    private Task PauseAsync(bool isWell, CancellationToken cancellationToken)
    {
        TimeSpan pause = isWell ? Interval : options.Lease / 16;
        if (!_isLost)
        {
            TimeSpan left = _fence - clock.GetElapsedTime(_renewedAt);
            pause = left < pause ? left : pause;
        }

        pause = pause < MinPause ? MinPause : pause;

        // A store that is away is not asked more often because somebody is in a hurry.
        return isWell ? _hurry.WaitAsync(pause, cancellationToken) : Task.Delay(pause, clock, cancellationToken);
    }

    /// <returns>What the store has answered; null when it has not.</returns>
    private async Task<LeaseRenewal?> RenewAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var deadline = new CancellationTokenSource(options.Lease / 4, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
            LeaseRenewal renewal = await store.RenewLeaseAsync(silo, options.Lease, load(), either.Token).ConfigureAwait(false);
            if (renewal != LeaseRenewal.Gone)
            {
                health.ReportLease();
                return renewal;
            }

            IsReplaced = true;
            health.ReportEnd(
                $"Another process has registered as silo '{options.SiloName}', the other silos have declared this one dead, or it was cut off from the store for more than a day " +
                "and is forgotten there. Restart this process, and give each one a name of its own.");
            LogReplaced(logger, options.SiloName);
            return renewal;
        }
        catch (StoreException e)
        {
            health.ReportLeaseFailure(e.Message);
            LogNotRenewed(logger, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            health.ReportLeaseFailure("The store did not answer in time.");
        }

        return null;
    }

    private async Task<bool> TryLookAroundAsync(long asked, long answered, CancellationToken cancellationToken)
    {
        try
        {
            using var deadline = new CancellationTokenSource(options.Lease / 4, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
            await LookAroundAsync(asked, answered, either.Token).ConfigureAwait(false);
            return true;
        }
        catch (StoreException e)
        {
            LogNotRead(logger, e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The next renewal tries again.
        }

        return false;
    }

    /// <summary>Reads who is there, and what time it was in the store when this silo's lease was written.</summary>
    private async Task LookAroundAsync(long asked, long answered, CancellationToken cancellationToken)
    {
        IReadOnlyList<SiloRow> silos =
            await store.ReadSilosAsync(onlyAlive: true, StoreArguments.MaxLimit, cancellationToken).ConfigureAwait(false);
        if (silos.FirstOrDefault(row => row.Id == silo) is { } own)
        {
            clock.Observe(own.RenewedAt, asked, answered);
            TimeSpan offset = clock.Offset;
            if ((offset - _saidOffset).Duration() > WorthSaying)
            {
                _saidOffset = offset;
                LogOffset(logger, offset);
            }
        }

        _lookedAt = asked;
        Silos?.Invoke(silos);
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Another process has registered as silo '{Name}', the other silos have declared this one dead, or it was cut off for more than a day and is forgotten; it stops running executions. Restart it.")]
    private static partial void LogReplaced(ILogger logger, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease could not be renewed: {Reason}")]
    private static partial void LogNotRenewed(ILogger logger, string reason);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The lease had ended by the store's clock before it was renewed; what was running is let go, as others may have taken it.")]
    private static partial void LogLapsed(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The other silos could not be looked for; trying again.")]
    private static partial void LogNotRead(ILogger logger, Exception exception);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The store's clock differs from this machine's by {Offset}. The store's time is used for executions; set the machine's clock.")]
    private static partial void LogOffset(ILogger logger, TimeSpan offset);
}
