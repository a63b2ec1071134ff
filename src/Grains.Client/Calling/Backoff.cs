namespace Kontinue.Grains.Client.Calling;

/// <summary>The waits between tries: doubling, half random, so that many callers do not come back at the same moment.</summary>
internal struct Backoff(GrainClientOptions options)
{
    private TimeSpan _next = options.Backoff;

    public TimeSpan Next()
    {
        TimeSpan wait = _next * ((1 + Random.Shared.NextDouble()) / 2);
        _next = _next * 2 < options.MaxBackoff ? _next * 2 : options.MaxBackoff;
        return wait;
    }

    /// <summary>Begins again with the shortest wait.</summary>
    public void Reset() => _next = options.Backoff;
}
