namespace Kontinue.Grains.Client.Calling;

/// <summary>
/// Notices when the connection to a silo is lost. Orleans tells nobody whose call is lost with it: such a call would end with its time-out
/// only, so callers that may ask again do so at once.
/// </summary>
internal sealed class GatewayWatch : IClusterConnectionStatusObserver
{
    private CancellationTokenSource _next = new();
    private volatile bool _isCutOff;

    /// <summary>Is canceled by the next loss.</summary>
    public CancellationToken NextLoss => Volatile.Read(ref _next).Token;

    /// <summary>Whether there is no connection to any silo.</summary>
    public bool IsCutOff => _isCutOff;

    public void NotifyGatewayCountChanged(int currentNumberOfGateways, int previousNumberOfGateways, bool connectionRecovered)
    {
        _isCutOff = currentNumberOfGateways <= 0;
        if (currentNumberOfGateways < previousNumberOfGateways)
        {
            // Not disposed: callers may still hold its token. On other threads, for there may be many who wait.
            _ = Interlocked.Exchange(ref _next, new CancellationTokenSource()).CancelAsync();
        }
    }

    public void NotifyClusterConnectionLost() => _isCutOff = true;
}
