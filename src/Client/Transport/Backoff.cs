namespace Kontinue.Client.Transport;

/// <summary>The waits between attempts: doubling, half random, so that many clients do not come back at the same moment.</summary>
internal struct Backoff(KontinueClientOptions options)
{
    private TimeSpan _next = options.Backoff;

    /// <summary>The next wait.</summary>
    /// <param name="retryAfter">What the server asked for; it comes on top.</param>
    public TimeSpan Next(TimeSpan? retryAfter)
    {
        TimeSpan wait = _next * ((1 + Random.Shared.NextDouble()) / 2);
        _next = _next * 2 < options.MaxBackoff ? _next * 2 : options.MaxBackoff;
        return (retryAfter ?? TimeSpan.Zero) + wait;
    }

    /// <summary>Begins again with the shortest wait.</summary>
    public void Reset() => _next = options.Backoff;
}
