using Kontinue.Grains.Client.Calling;

namespace Kontinue.Grains.Client.Watching;

/// <summary>
/// Reads what a grain tells bit by bit. It can be left at any time without waiting for the grain, which may be on a silo that never answers.
/// </summary>
/// <param name="source">What the grain tells.</param>
/// <param name="caller">Its settings.</param>
/// <param name="isResumable">Whether a lost connection to any silo is reason enough to begin again elsewhere.</param>
internal sealed class RemoteSequence<T>(IAsyncEnumerable<T> source, GrainCaller caller, bool isResumable)
{
    private readonly CancellationTokenSource _leave = new();
    private IAsyncEnumerator<T>? _items;
    private Task<bool> _move = Task.FromResult(true);
    private bool _hasLeft;

    public bool HasCurrent { get; private set; }

    public T Current => _items!.Current;

    /// <summary>Moves to the next item. What is thrown is what became of the call.</summary>
    /// <returns>Whether there is one.</returns>
    public async Task<bool> MoveAsync(CancellationToken cancellationToken)
    {
        HasCurrent = false;
        _items ??= source.GetAsyncEnumerator(_leave.Token);
        ValueTask<bool> move = _items.MoveNextAsync();
        if (move.IsCompletedSuccessfully)
        {
            return HasCurrent = move.Result;
        }

        _move = move.AsTask();
        using CancellationTokenSource? either =
            isResumable ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, caller.Gateways.NextLoss) : null;
        HasCurrent = await _move.WaitAsync(caller.Options.WatchIdleTimeout, caller.Time, either?.Token ?? cancellationToken).ConfigureAwait(false);
        return HasCurrent;
    }

    /// <summary>Moves to the next item, or says to the caller why there is none.</summary>
    public async Task MoveOnAsync(CancellationToken cancellationToken)
    {
        try
        {
            await MoveAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && CallFailures.Of(e) != CallFailure.Answer)
        {
            throw caller.ToPublic(e);
        }
    }

    /// <summary>Reads no more. What is under way is ended behind the caller's back.</summary>
    public void Leave()
    {
        if (!_hasLeft)
        {
            _hasLeft = true;
            LeaveAsync().Ignore();
        }
    }

    private async Task LeaveAsync()
    {
        await _leave.CancelAsync().ConfigureAwait(false);
        await ((Task)_move).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_items is not null)
        {
            await _items.DisposeAsync().ConfigureAwait(false);
        }

        _leave.Dispose();
    }
}
