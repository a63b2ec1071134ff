using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Grains.Executions;

/// <summary>
/// Tells who waits in this silo that it is about to stop. Orleans deactivates its grains one after the other then, and each only when its
/// calls are done: who waits for an end has to be let go first.
/// </summary>
internal sealed class Draining : IDisposable
{
    private readonly CancellationTokenSource _begun = new();

    public CancellationToken Begun => _begun.Token;

    public Task BeginAsync() => _begun.CancelAsync();

    /// <summary>Creates an execution and waits for its end, unless this silo begins to stop: who waits is to go on elsewhere.</summary>
    /// <exception cref="UnavailableException">It has begun; the execution may have been created.</exception>
    public async Task<Execution> CreateAsync(IKontinueClient client, Execution execution, TimeSpan wait, CancellationToken cancellationToken)
    {
        if (wait <= TimeSpan.Zero)
        {
            return await client.CreateAsync(execution, wait, cancellationToken).ConfigureAwait(true);
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(Begun, cancellationToken);
        try
        {
            return await client.CreateAsync(execution, wait, either.Token).ConfigureAwait(true);
        }
        catch (OperationCanceledException e) when (Begun.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new UnavailableException(
                $"The silo stops while the end of {execution.Key} is waited for. It may have been created; ask for it by its name before trying again.", e)
            {
                MayHaveBeenDone = true,
            };
        }
    }

    public void Dispose() => _begun.Dispose();
}
