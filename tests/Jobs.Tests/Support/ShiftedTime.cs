namespace Kontinue.Jobs.Tests.Support;

/// <summary>The machine's time, in which more can be made to have passed.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _ticks;

    public void Pass(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Volatile.Read(ref _ticks));

    public override long GetTimestamp() =>
        System.GetTimestamp() + (long)(Volatile.Read(ref _ticks) / (double)TimeSpan.TicksPerSecond * System.TimestampFrequency);
}
