namespace Kontinue.Engine.Loops;

/// <summary>
/// Keeps work that nobody waits for from being in the way of executions: after each part it rests for as long as the part took, so that
/// it takes half of one connection's time at most, and less the busier the store is.
/// </summary>
/// <remarks>Real time, whatever the host's clock is: it saves work and decides nothing.</remarks>
internal sealed class Pace
{
    private static readonly TimeSpan MaxRest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MinRest = TimeSpan.FromMilliseconds(1);
    private long _began = TimeProvider.System.GetTimestamp();

    /// <summary>A part of the work begins.</summary>
    public void Begin() => _began = TimeProvider.System.GetTimestamp();

    /// <summary>The part is done; the next one begins with the return.</summary>
    public async Task RestAsync(CancellationToken cancellationToken)
    {
        TimeSpan took = TimeProvider.System.GetElapsedTime(_began);
        if (took >= MinRest)
        {
            await Task.Delay(took < MaxRest ? took : MaxRest, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }

        Begin();
    }
}
