namespace Kontinue.Load.Scenarios;

/// <summary>When each sleeper woke, by the real clock.</summary>
internal sealed class WakeLog
{
    private TimeSpan[] _late = [];
    private int _awake;

    public int Awake => Volatile.Read(ref _awake);

    public IReadOnlyList<TimeSpan> Late => _late;

    public void Reset(int count)
    {
        _late = new TimeSpan[count];
        _awake = 0;
    }

    public void Record(int index, DateTimeOffset due)
    {
        _late[index] = TimeProvider.System.GetUtcNow() - due;
        Interlocked.Increment(ref _awake);
    }
}
