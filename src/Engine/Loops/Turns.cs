namespace Kontinue.Engine.Loops;

/// <summary>Lets one at a time do something with each of many.</summary>
internal sealed class Turns<TKey>
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, TaskCompletionSource> _taken = [];

    /// <summary>Takes the turn; disposing gives it back. Null: it is somebody else's.</summary>
    public IDisposable? TryEnter(TKey key) => TryEnter(key, out _);

    /// <summary>Takes the turn when it is free; disposing gives it back.</summary>
    public async Task<IDisposable> EnterAsync(TKey key, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryEnter(key, out Task other) is { } turn)
            {
                return turn;
            }

            await other.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private Turn? TryEnter(TKey key, out Task other)
    {
        lock (_gate)
        {
            if (_taken.TryGetValue(key, out TaskCompletionSource? taken))
            {
                other = taken.Task;
                return null;
            }

            var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _taken[key] = mine;
            other = Task.CompletedTask;
            return new Turn(this, key, mine);
        }
    }

    private sealed class Turn(Turns<TKey> owner, TKey key, TaskCompletionSource taken) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._gate)
            {
                owner._taken.Remove(key);
            }

            taken.SetResult();
        }
    }
}
