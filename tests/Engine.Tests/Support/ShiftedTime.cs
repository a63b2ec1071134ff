namespace Kontinue.Engine.Tests.Support;

/// <summary>A clock beside another one: its wall clock may differ, and both its clocks may go on while no timer fires, as in a process that was stopped.</summary>
internal sealed class ShiftedTime(TimeProvider inner) : TimeProvider
{
    private long _wall;
    private long _stopped;

    /// <summary>How far the wall clock is ahead of the inner one.</summary>
    public TimeSpan Wall
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _wall));
        set => Volatile.Write(ref _wall, value.Ticks);
    }

    public override long TimestampFrequency => inner.TimestampFrequency;

    /// <summary>Lets time go by without a timer firing.</summary>
    public void Stop(TimeSpan time) => Interlocked.Add(ref _stopped, time.Ticks);

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + Wall + TimeSpan.FromTicks(Volatile.Read(ref _stopped));

    public override long GetTimestamp() =>
        inner.GetTimestamp() + (long)(TimeSpan.FromTicks(Volatile.Read(ref _stopped)).TotalSeconds * TimestampFrequency);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        inner.CreateTimer(callback, state, dueTime, period);
}
