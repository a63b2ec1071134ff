namespace Kontinue.Client.Tests.Support;

/// <summary>A clock that stands still until it is moved, and tells when somebody begins to wait for it.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _armed = [];
    private readonly List<(Predicate<TimeSpan> Fits, TaskCompletionSource<TimeSpan> Seen)> _watchers = [];
    private DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Waits until there is a timer that is due in a time that fits, and gives that time.</summary>
    public Task<TimeSpan> TimerAsync(Predicate<TimeSpan> fits)
    {
        lock (_gate)
        {
            if (_armed.Find(t => fits(t.Due - _now)) is { } there)
            {
                return Task.FromResult(there.Due - _now);
            }

            var seen = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
            _watchers.Add((fits, seen));
            return seen.Task;
        }
    }

    public void Advance(TimeSpan by)
    {
        ManualTimer[] due;
        lock (_gate)
        {
            _now += by;
            due = [.. _armed.Where(t => t.Due <= _now).OrderBy(t => t.Due)];
            _armed.RemoveAll(t => t.Due <= _now);
        }

        foreach (ManualTimer timer in due)
        {
            timer.Fire();
        }
    }

    private void Arm(ManualTimer timer, TimeSpan dueTime)
    {
        lock (_gate)
        {
            _armed.Remove(timer);
            if (dueTime < TimeSpan.Zero)
            {
                return;
            }

            timer.Due = _now + dueTime;
            _armed.Add(timer);
            foreach ((Predicate<TimeSpan> fits, TaskCompletionSource<TimeSpan> seen) in _watchers)
            {
                if (fits(dueTime))
                {
                    seen.TrySetResult(dueTime);
                }
            }
        }
    }

    private sealed class ManualTimer(ManualTime owner, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            owner.Arm(this, dueTime);
            return true;
        }

        public void Dispose() => owner.Arm(this, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
