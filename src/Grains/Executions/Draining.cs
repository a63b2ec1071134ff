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

    /// <summary>Has an execution created, here or elsewhere, and its end waited for, unless this silo begins to stop: who waits is to go on elsewhere.</summary>
    /// <exception cref="UnavailableException">It has begun; the execution may have been created.</exception>
    public async Task<Execution> CreateAsync(
        Execution execution, TimeSpan wait, Func<CancellationToken, Task<Execution>> create, CancellationToken cancellationToken)
    {
        if (wait <= TimeSpan.Zero)
        {
            return await create(cancellationToken).ConfigureAwait(true);
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(Begun, cancellationToken);
        try
        {
            return await create(either.Token).ConfigureAwait(true);
        }
        catch (OperationCanceledException e) when (IsOnlyDraining(cancellationToken))
        {
            throw new UnavailableException(
                $"The silo stops while the end of {execution.Key} is waited for. It may have been created; ask for it by its name before trying again.", e)
            {
                MayHaveBeenDone = true,
            };
        }
    }

    /// <summary>Has an end waited for, here or elsewhere, unless this silo begins to stop: who waits is told how it is then, and goes on elsewhere.</summary>
    public async Task<Execution> WaitAsync(
        Func<CancellationToken, Task<Execution>> wait, Func<Task<Execution>> get, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(Begun, cancellationToken);
        try
        {
            return await wait(either.Token).ConfigureAwait(true);
        }
        catch (OperationCanceledException) when (IsOnlyDraining(cancellationToken))
        {
            return await get().ConfigureAwait(true);
        }
    }

    public void Dispose() => _begun.Dispose();

    /// <summary>Whether a wait was given up because this silo stops, and not because the caller gave up.</summary>
    private bool IsOnlyDraining(CancellationToken cancellationToken) => Begun.IsCancellationRequested && !cancellationToken.IsCancellationRequested;
}
