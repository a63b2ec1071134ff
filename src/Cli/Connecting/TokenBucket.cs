namespace Kontinue.Cli.Connecting;

/// <summary>Lets so many pass per second, and so many at once after a rest. Those who wait pass in order. Safe for concurrent use.</summary>
internal sealed class TokenBucket
{
    private readonly RequestLimit _limit;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private double _tokens;
    private long _counted;

    public TokenBucket(RequestLimit limit, TimeProvider time)
    {
        _limit = limit;
        _time = time;
        _tokens = limit.Burst;
        _counted = time.GetTimestamp();
    }

    /// <summary>Takes a token, and waits until it is due. A token is taken even if the wait is given up.</summary>
    public Task TakeAsync(CancellationToken cancellationToken)
    {
        TimeSpan wait = Take();
        return wait <= TimeSpan.Zero ? Task.CompletedTask : Task.Delay(wait, _time, cancellationToken);
    }

    /// <summary>Takes a token, also one that is not there yet.</summary>
    /// <returns>How long until it is.</returns>
    internal TimeSpan Take()
    {
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            _tokens = Math.Min(_limit.Burst, _tokens + (_time.GetElapsedTime(_counted, now).TotalSeconds * _limit.PerSecond));
            _counted = now;
            _tokens--;
            return _tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_tokens / _limit.PerSecond);
        }
    }
}

/// <summary>Holds requests back until the bucket lets them pass.</summary>
internal sealed class LimitHandler(TokenBucket bucket) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await bucket.TakeAsync(cancellationToken);
        return await base.SendAsync(request, cancellationToken);
    }
}
