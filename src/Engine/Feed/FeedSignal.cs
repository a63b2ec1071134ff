namespace Kontinue.Engine.Feed;

/// <summary>A flag that one waits for and that anybody may set, as often as he likes: setting what is set costs one read.</summary>
internal sealed class FeedSignal
{
    private int _isSet;
    private TaskCompletionSource? _waiting;

    /// <summary>Wakes whoever waits, now or later.</summary>
    public void Set()
    {
        if (Volatile.Read(ref _isSet) == 0 && Interlocked.Exchange(ref _isSet, 1) == 0)
        {
            Volatile.Read(ref _waiting)?.TrySetResult();
        }
    }

    /// <summary>Forgets what was set.</summary>
    public void Reset() => Interlocked.Exchange(ref _isSet, 0);

    /// <summary>Waits until it is set.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            // Announced before the look, so that whoever sets it in between finds somebody to wake.
            var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Interlocked.Exchange(ref _waiting, waiting);
            if (Volatile.Read(ref _isSet) == 1)
            {
                return;
            }

            await waiting.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
