using Kontinue.Crash.Host;

namespace Kontinue.Chaos.Cluster;

/// <summary>The silos. Callers ask any of them, and another one when it does not answer.</summary>
internal sealed class SiloCluster(IReadOnlyList<Silo> silos) : IAsyncDisposable
{
    private static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly string[] Repeatable =
    [
        nameof(UnavailableException), "StoreException", nameof(OperationCanceledException), nameof(TaskCanceledException), nameof(ObjectDisposedException),
    ];

    private long _asked;
    private long _repeated;

    public IReadOnlyList<Silo> Silos => silos;

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
            // Whoever is asked is chance, as with a load balancer; what is asked comes from the seed.
            Silo silo = repeated || preferred is null ? silos[Random.Shared.Next(silos.Count)] : preferred;
            string via = silo.Incarnation;
            if (silo.Process is { } process)
            {
                try
                {
                    HostResponse response = await process.SendAsync(request).WaitAsync(AnswerDeadline, TimeProvider.System, cancellationToken);
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
        foreach (Silo silo in silos)
        {
            await silo.DisposeAsync();
        }
    }
}
