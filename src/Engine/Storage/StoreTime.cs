namespace Kontinue.Engine.Storage;

/// <summary>
/// Times as every store keeps them: whole microseconds in UTC, which is what PostgreSQL has. Cutting off what is finer everywhere lets the
/// engine read the same value from each store.
/// </summary>
public static class StoreTime
{
    /// <summary>The last time that every store can keep.</summary>
    public static readonly DateTimeOffset Latest = Truncate(DateTimeOffset.MaxValue);

    /// <summary>Microseconds since the Unix epoch, rounded down.</summary>
    public static long ToMicroseconds(DateTimeOffset time)
    {
        long ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks;
        long microseconds = ticks / TimeSpan.TicksPerMicrosecond;
        return ticks % TimeSpan.TicksPerMicrosecond < 0 ? microseconds - 1 : microseconds;
    }

    /// <summary>The time of so many microseconds since the Unix epoch.</summary>
    public static DateTimeOffset FromMicroseconds(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    /// <summary>The value that a store answers with when it was given this one.</summary>
    public static DateTimeOffset Truncate(DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    /// <summary>The span that a store answers with when it was given this one.</summary>
    public static TimeSpan Truncate(TimeSpan span) => new(span.Ticks - (span.Ticks % TimeSpan.TicksPerMicrosecond));
}
