using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Hosting;

/// <summary>Brings the wake-ups of the near future into memory.</summary>
internal sealed partial class EmbeddedHost
{
    /// <summary>How far ahead wake-up times are held in memory; twice the time between two passes over those in the store.</summary>
    private static readonly TimeSpan Horizon = TimeSpan.FromSeconds(10);

    /// <summary>When more wake-ups are near than one look brings, the next look comes so long before the last of them.</summary>
    private static readonly TimeSpan FullPageLead = TimeSpan.FromMilliseconds(250);

    private const int MaxWakeUps = 10_000;

    /// <summary>
    /// One pass after the other over those that are due within the horizon. A pass goes on behind the last page, so that many that are busy,
    /// and due for as long, hide nothing; and it ends at the time that it began with, so that what comes in front of it is found by the next.
    /// </summary>
    private async Task ReadWakeUpsAsync(CancellationToken cancellationToken)
    {
        WakeUp? after = null;
        DateTimeOffset until = default;
        while (true)
        {
            TimeSpan wait = Horizon / 2;
            try
            {
                until = after is null ? Now + Horizon : until;
                IReadOnlyList<WakeUp> wakes =
                    await _store.ReadWakeUpsAsync(Silo, until, after, MaxWakeUps, cancellationToken).ConfigureAwait(false);
                foreach (WakeUp wake in wakes)
                {
                    _wakes.Add(wake.Key, Earlier(wake.At, until));
                }

                after = wakes.Count == MaxWakeUps ? wakes[^1] : null;
                wait = after is { } last ? Earlier(last.At, until) - Now - FullPageLead : until - Now - (Horizon / 2);
                if (after is null)
                {
                    await _store.DeleteDeadMessagesAsync(Now - Options.Lease, MaxWakeUps, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (StoreException e)
            {
                LogSweepFailed(_loggers.Engine, e.ToLog());
            }

            await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
