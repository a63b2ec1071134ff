namespace Kontinue.Engine.Claiming;

/// <summary>
/// The new executions that wait for a place here, as far as is known: those that found none when they came, and those that the last look
/// found and had no place for. One that comes now waits too unless there are more places than these will take, so that priority and age
/// decide who is next, and not who comes at the right moment. Those that are only on their way to a place keep nobody else from one.
/// </summary>
/// <remarks>One look at a time; all else may be called concurrently.</remarks>
internal sealed class Crowd
{
    /// <summary>With more than these it counts as full until a look has found all that wait.</summary>
    private const int MaxKnown = 10_000;

    private readonly Lock _gate = new();

    /// <summary>By execution: the look that had begun last when it was added.</summary>
    private readonly Dictionary<ExecutionKey, long> _waiting = [];
    private long _look;
    private long _overflow = -1;
    private volatile int _count;
    private volatile bool _hasMore;

    /// <summary>Whether more wait than are known.</summary>
    public bool HasMore => _hasMore;

    /// <summary>Whether those that wait will take all places.</summary>
    /// <param name="free">How many places are free.</param>
    public bool Fills(int free) => _hasMore || free <= _count;

    /// <summary>One finds no place, or must not take it. It is forgotten when a look that begins after it does not find it.</summary>
    public void Add(ExecutionKey key)
    {
        lock (_gate)
        {
            if (_waiting.Count < MaxKnown || _waiting.ContainsKey(key))
            {
                _waiting[key] = _look;
                _count = _waiting.Count;
            }
            else
            {
                _overflow = _look;
                _hasMore = true;
            }
        }
    }

    /// <summary>A look at the store begins. What is added from now on may not be there to be found.</summary>
    public void BeginLook()
    {
        lock (_gate)
        {
            _look++;
        }
    }

    /// <summary>The look has ended, and whom it found a place for has it.</summary>
    /// <param name="placed">Those that wait no longer.</param>
    /// <param name="left">Those that were found and have no place.</param>
    /// <param name="isAll">Whether it found all there are.</param>
    public void EndLook(IEnumerable<ExecutionKey> placed, IEnumerable<ExecutionKey> left, bool isAll)
    {
        lock (_gate)
        {
            foreach ((ExecutionKey key, long look) in _waiting)
            {
                if (isAll && look < _look)
                {
                    _waiting.Remove(key);
                }
            }

            foreach (ExecutionKey key in placed)
            {
                _waiting.Remove(key);
            }

            bool fits = true;
            foreach (ExecutionKey key in left)
            {
                fits = _waiting.Count < MaxKnown;
                if (!fits)
                {
                    break;
                }

                _waiting.TryAdd(key, _look);
            }

            _count = _waiting.Count;
            _hasMore = !isAll || !fits || _overflow == _look;
        }
    }
}
