using Kontinue.Crash.Host;

namespace Kontinue.Chaos.Cluster;

/// <summary>The silos. Callers ask any of them, and another one when it does not answer.</summary>
internal sealed class SiloCluster(IReadOnlyList<Silo> silos) : IAsyncDisposable
{
    private IReadOnlyList<ICaller> _callers = [];

    private static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly string[] Repeatable =
    [
        nameof(UnavailableException), "StoreException", nameof(OperationCanceledException), nameof(TaskCanceledException), nameof(ObjectDisposedException),
    ];

    private long _asked;
    private long _repeated;

    public IReadOnlyList<Silo> Silos => silos;

    /// <summary>From now on half of those who have no silo of their own ask through one of these.</summary>
    public void Use(IReadOnlyList<ICaller> callers) => _callers = callers;

    /// <summary>Requests that callers made.</summary>
    public long Asked => Interlocked.Read(ref _asked);

    /// <summary>How often one was made again because nobody knew what had become of it.</summary>
    public long Repeated => Interlocked.Read(ref _repeated);

    /// <summary>Asks one silo after the other until one answers something else than that it cannot just now.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="preferred">Who is asked first; default: any.</param>
    /// <returns>The answer, whether the request may have been carried out more than once, and the process that answered.</returns>
    public async Task<(HostResponse Response, bool Repeated, string Via)> AskAsync(
        HostRequest request, CancellationToken cancellationToken, Silo? preferred = null)
    {
        Interlocked.Increment(ref _asked);
        for (bool repeated = false; ; repeated = true)
        {
            (Func<HostRequest, Task<HostResponse>>? send, string via) = Choose(repeated ? null : preferred);
            if (send is not null)
            {
                try
                {
                    HostResponse response = await send(request).WaitAsync(AnswerDeadline, TimeProvider.System, cancellationToken);
                    if (response.ErrorType is null || !Repeatable.Contains(response.ErrorType))
                    {
                        return (response, repeated, via);
                    }
                }
                catch (Exception e) when (e is HostGoneException or TimeoutException or ObjectDisposedException or InvalidOperationException)
                {
                    // Killed, stopped or on its way out: the next one is asked.
                }

                Interlocked.Increment(ref _repeated);
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ICaller caller in _callers)
        {
            await caller.DisposeAsync();
        }

        foreach (Silo silo in silos)
        {
            await silo.DisposeAsync();
        }
    }

    /// <summary>Whoever is asked is chance, as with a load balancer; what is asked comes from the seed.</summary>
    private (Func<HostRequest, Task<HostResponse>>? Send, string Via) Choose(Silo? preferred)
    {
        if (preferred is null && _callers.Count > 0 && Random.Shared.Next(2) == 0)
        {
            ICaller caller = _callers[Random.Shared.Next(_callers.Count)];
            return (caller.SendAsync, caller.Name);
        }

        Silo silo = preferred ?? silos[Random.Shared.Next(silos.Count)];
        return (silo.Process is { } process ? process.SendAsync : null, silo.Incarnation);
    }
}
