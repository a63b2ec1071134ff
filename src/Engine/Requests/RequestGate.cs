namespace Kontinue.Engine.Requests;

/// <summary>Bounds the requests that wait for a commit. When it is full, further ones wait for room, and not forever.</summary>
internal sealed class RequestGate(KontinueOptions options) : IDisposable
{
    private readonly SemaphoreSlim _room = new(options.MaxQueuedRequests);

    /// <exception cref="UnavailableException">No room became free in time.</exception>
    public async ValueTask<Pass> EnterAsync(CancellationToken cancellationToken) =>
        await _room.WaitAsync(options.RequestTimeout, cancellationToken).ConfigureAwait(false)
            ? new Pass(this)
            : throw new UnavailableException($"{options.MaxQueuedRequests} requests are waiting for the store. Try again later.");

    public void Dispose() => _room.Dispose();

    /// <summary>A place, given back when disposed.</summary>
    internal readonly struct Pass(RequestGate gate) : IDisposable
    {
        public void Dispose() => gate._room.Release();
    }
}
