namespace Kontinue.Api.Limits;

/// <summary>Lets a number of requests in at once; a number of further ones wait their turn, and beyond that they are refused.</summary>
/// <remarks>
/// Not the limiter of System.Threading.RateLimiting: it takes a lock and allocates a lease for each request, which is much at the rate of
/// requests here. With room this costs one interlocked operation on the way in and one on the way out.
/// </remarks>
internal sealed class ConcurrencyGate(int limit, int queueLimit) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(0);
    private readonly int _limit = limit;

    /// <summary>Free places; below zero, how many wait.</summary>
    private int _free = limit;

    /// <summary>Requests that are in; not more than the limit.</summary>
    public int Entered => _limit - Math.Max(Volatile.Read(ref _free), 0);

    /// <summary>Requests that wait.</summary>
    public int Waiting => Math.Max(-Volatile.Read(ref _free), 0);

    /// <summary>Asks for a place.</summary>
    /// <param name="turn">Completes when there is a place; completed if there is one now.</param>
    /// <returns>False: too many wait already, and nothing is to be given back.</returns>
    public bool TryEnter(out Task turn)
    {
        turn = Task.CompletedTask;
        int free = Volatile.Read(ref _free);
        while (free > -queueLimit)
        {
            int seen = Interlocked.CompareExchange(ref _free, free - 1, free);
            if (seen == free)
            {
                if (free <= 0)
                {
                    // Without a token: somebody may just be giving us his place, and it must not get lost. Who is gone when his turn
                    // comes gives it back at once.
                    turn = _turn.WaitAsync(CancellationToken.None);
                }

                return true;
            }

            free = seen;
        }

        return false;
    }

    /// <summary>Gives a place back, to the one who waits longest.</summary>
    public void Leave()
    {
        if (Interlocked.Increment(ref _free) <= 0)
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
