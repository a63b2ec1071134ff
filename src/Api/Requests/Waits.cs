namespace Kontinue.Api.Requests;

/// <summary>Ends the waits of requests when their caller goes away or the server stops, so that a stop does not take as long as they do.</summary>
internal sealed class Waits(CancellationToken stopping)
{
    /// <summary>Canceled when the server stops.</summary>
    public CancellationToken Stopping => stopping;

    /// <summary>What is answered when the server stops.</summary>
    public static UnavailableException IsStopping() => new("The server is stopping. What was accepted goes on; ask again later.");

    /// <summary>Runs a call that waits.</summary>
    /// <exception cref="UnavailableException">The server stops.</exception>
    public async Task<T> RunAsync<T>(CancellationToken aborted, Func<CancellationToken, Task<T>> call)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(aborted, stopping);
        try
        {
            return await call(both.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            throw IsStopping();
        }
    }
}
