namespace Kontinue.Engine.Clustering;

/// <summary>
/// The store's time, as well as it is known here: what all silos write into rows and compare with rows. A silo whose own clock is an hour ahead would
/// wake everybody's sleepers an hour early otherwise.
/// </summary>
/// <remarks>
/// Each renewal of the lease says what the store's time was at some moment between question and answer. From there this process's
/// monotonic clock goes on, so a step of its wall clock moves nothing; it only makes the host ask the store again. Small differences are left alone: to
/// follow them would make time jump to and fro by what the network takes.
/// </remarks>
internal sealed class StoreClock(TimeProvider inner) : TimeProvider
{
    /// <summary>What is not corrected, besides what the question took.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(50);

    /// <summary>A step of the wall clock, or a machine that was suspended.</summary>
    private static readonly TimeSpan Jump = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan SameMoment = TimeSpan.FromMilliseconds(10);

    private volatile Anchor _anchor = new(inner.GetUtcNow(), inner.GetUtcNow(), inner.GetTimestamp(), IsMeasured: false);

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => inner.LocalTimeZone;

    /// <summary>How far the store's clock is ahead of this process's.</summary>
    public TimeSpan Offset => GetUtcNow() - inner.GetUtcNow();

    /// <summary>Whether the wall clock has not gone with the monotonic one since the store was asked: one of the two is wrong now.</summary>
    public bool HasJumped
    {
        get
        {
            Anchor anchor = _anchor;
            (DateTimeOffset own, long now) = ReadBoth();
            return anchor.IsMeasured && (own - anchor.OwnTime - inner.GetElapsedTime(anchor.Timestamp, now)).Duration() > Jump;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        Anchor anchor = _anchor;
        return anchor.IsMeasured ? anchor.Time + inner.GetElapsedTime(anchor.Timestamp) : inner.GetUtcNow();
    }

    public override long GetTimestamp() => inner.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        inner.CreateTimer(callback, state, dueTime, period);

    /// <summary>Takes in what the store's time was.</summary>
    /// <param name="storeTime">The time that it answered.</param>
    /// <param name="asked">The timestamp before the question.</param>
    /// <param name="answered">The timestamp after the answer.</param>
    /// <returns>Whether this clock was set.</returns>
    public bool Observe(DateTimeOffset storeTime, long asked, long answered)
    {
        // One moment for all that is compared: a process may be stopped between any two lines.
        bool hasJumped = HasJumped;
        Anchor anchor = _anchor;
        (DateTimeOffset own, long now) = ReadBoth();
        TimeSpan uncertainty = inner.GetElapsedTime(asked, answered) / 2;
        DateTimeOffset theirs = storeTime + uncertainty + inner.GetElapsedTime(answered, now);
        DateTimeOffset ours = anchor.IsMeasured ? anchor.Time + inner.GetElapsedTime(anchor.Timestamp, now) : own;
        bool mustSet = (theirs - ours).Duration() > uncertainty + Tolerance;
        if (anchor.IsMeasured && !mustSet && !hasJumped)
        {
            return false;
        }

        _anchor = new Anchor(mustSet ? theirs : ours, own, now, IsMeasured: true);
        return mustSet;
    }

    /// <summary>Reads wall clock and timestamp of one moment: if something came between them, both are read again.</summary>
    private (DateTimeOffset Own, long Timestamp) ReadBoth()
    {
        while (true)
        {
            long before = inner.GetTimestamp();
            DateTimeOffset own = inner.GetUtcNow();
            if (inner.GetElapsedTime(before) < SameMoment)
            {
                return (own, before);
            }
        }
    }

    private sealed record Anchor(DateTimeOffset Time, DateTimeOffset OwnTime, long Timestamp, bool IsMeasured);
}
