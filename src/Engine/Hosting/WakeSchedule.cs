namespace Kontinue.Engine.Hosting;

/// <summary>
/// The wake-ups of the near future, in memory. The truth is in the rows; this only saves looking there all the time. One timer, set to
/// the earliest.
/// </summary>
internal sealed class WakeSchedule : IDisposable
{
    private readonly TimeProvider _time;
    private readonly Action<IReadOnlyList<ExecutionKey>> _wake;
    private readonly Lock _gate = new();
    private readonly PriorityQueue<ExecutionKey, long> _queue = new();
    private readonly Dictionary<ExecutionKey, long> _earliest = [];
    private readonly ITimer _timer;
    private long _armedFor = long.MaxValue;

    public WakeSchedule(TimeProvider time, Action<IReadOnlyList<ExecutionKey>> wake)
    {
        _time = time;
        _wake = wake;
        _timer = time.CreateTimer(static state => ((WakeSchedule)state!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Wakes an execution at a time, unless that is planned for an earlier one.</summary>
    public void Add(ExecutionKey key, DateTimeOffset at)
    {
        long due = at.UtcTicks;
        lock (_gate)
        {
            if (_earliest.TryGetValue(key, out long planned) && planned <= due)
            {
                return;
            }

            _earliest[key] = due;
            _queue.Enqueue(key, due);
            Arm();
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Fire()
    {
        var due = new List<ExecutionKey>();
        lock (_gate)
        {
            _armedFor = long.MaxValue;
            long now = _time.GetUtcNow().UtcTicks;
            while (_queue.TryPeek(out ExecutionKey key, out long at) && at <= now)
            {
                _queue.Dequeue();

                // An entry that was overtaken by an earlier one has been served already.
                if (_earliest.TryGetValue(key, out long planned) && planned == at)
                {
                    _earliest.Remove(key);
                    due.Add(key);
                }
            }

            Arm();
        }

        if (due.Count > 0)
        {
            _wake(due);
        }
    }

    private void Arm()
    {
        if (_queue.TryPeek(out _, out long at) && at < _armedFor)
        {
            _armedFor = at;
            long wait = Math.Max(0, at - _time.GetUtcNow().UtcTicks);

            // The timer's resolution is a millisecond, and it may be early by a fraction of one.
            _timer.Change(TimeSpan.FromTicks(wait) + TimeSpan.FromMilliseconds(wait == 0 ? 0 : 1), Timeout.InfiniteTimeSpan);
        }
    }
}
