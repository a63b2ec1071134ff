namespace Kontinue.Engine.Replay;

/// <summary>
/// The single thread of a function, as its synchronization context. Whatever the function awaits comes back here, so that its code
/// never runs at two places at once and an operation's end is followed by all that it sets off, before the next one is delivered.
/// </summary>
/// <param name="nudge">Called when a continuation arrives from outside while nothing is running: somebody must call <see cref="Run"/>.</param>
internal sealed class FunctionScheduler(Action nudge) : SynchronizationContext
{
    private readonly Lock _gate = new();

    // Most functions never need it: what they await ends on their own thread.
    private Queue<(SendOrPostCallback Callback, object? State)>? _queue;

    /// <summary>Whether the caller is the function itself.</summary>
    public bool IsCurrent => ReferenceEquals(Current, this);

    /// <summary>Runs <paramref name="action"/> as the function, and after it everything that it sets off, until nothing is left to do.</summary>
    public void Run<TState>(Action<TState> action, TState state)
    {
        SynchronizationContext? outer = Current;
        SetSynchronizationContext(this);
        try
        {
            action(state);
            Drain();
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_gate)
        {
            (_queue ??= new Queue<(SendOrPostCallback Callback, object? State)>()).Enqueue((d, state));
        }

        if (!IsCurrent)
        {
            nudge();
        }
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (!IsCurrent)
        {
            throw new NotSupportedException("A durable function cannot be called synchronously from another thread.");
        }

        d(state);
    }

    public override SynchronizationContext CreateCopy() => this;

    private void Drain()
    {
        while (TryTake(out (SendOrPostCallback Callback, object? State) work))
        {
            work.Callback(work.State);
        }
    }

    private bool TryTake(out (SendOrPostCallback Callback, object? State) work)
    {
        work = default;
        if (Volatile.Read(ref _queue) is null)
        {
            return false;
        }

        lock (_gate)
        {
            return _queue!.TryDequeue(out work);
        }
    }
}
