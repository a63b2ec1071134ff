namespace Kontinue.Api.Limits;

/// <summary>A place among the requests that are worked on.</summary>
/// <param name="gate">Where the place is; null: none is needed.</param>
/// <param name="turn">Completes when the place is there.</param>
internal readonly struct LimitLease(ConcurrencyGate? gate, Task turn)
{
    /// <summary>Completes when the place is there.</summary>
    public Task Turn => turn ?? Task.CompletedTask;

    /// <summary>Gives the place back, now or, if it is still waited for, as soon as it is there. Call it once.</summary>
    public void GiveBack()
    {
        if (gate is null)
        {
            return;
        }

        if (turn.IsCompleted)
        {
            gate.Leave();
        }
        else
        {
            _ = turn.ContinueWith(
                static (_, state) => ((ConcurrencyGate)state!).Leave(), gate, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}
