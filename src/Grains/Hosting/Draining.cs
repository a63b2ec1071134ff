namespace Kontinue.Grains.Hosting;

/// <summary>
/// Tells who waits in this silo that it is about to stop. Orleans deactivates its grains one after the other then, and each only when its
/// calls are done: who waits for an end has to be let go first.
/// </summary>
internal sealed class Draining : IDisposable
{
    private readonly CancellationTokenSource _begun = new();

    public CancellationToken Begun => _begun.Token;

    public Task BeginAsync() => _begun.CancelAsync();

    public void Dispose() => _begun.Dispose();
}
