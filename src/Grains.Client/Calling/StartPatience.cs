using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Kontinue.Grains.Client.Calling;

/// <summary>
/// How the start of a client waits for silos: again and again until its time is over, and then with an error that says what to look at. Orleans' own would try
/// for three minutes.
/// </summary>
internal sealed class StartPatience(IOptions<GrainClientOptions> options, IOptions<ClusterOptions> cluster, TimeProvider time) : IClientConnectionRetryFilter
{
    private Backoff _backoff = new(options.Value);
    private long? _began;

    /// <exception cref="UnavailableException">The time is over.</exception>
    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OrleansConfigurationException or ArgumentException)
        {
            return false;
        }

        _began ??= time.GetTimestamp();
        TimeSpan pause = _backoff.Next();
        if (time.GetElapsedTime(_began.Value) + pause >= options.Value.StartTimeout)
        {
            throw new UnavailableException(
                $"No silo of cluster '{cluster.Value.ClusterId}' took this client in within {Duration.Format(options.Value.StartTimeout)}. Check that silos run and have a gateway port, that " +
                $"this client's clustering looks where they register, that its ClusterId is theirs, and that the network lets it through. The last try said: {exception.Message}",
                exception);
        }

        await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        return true;
    }
}
