namespace Kontinue.Grains.Client.Calling;

/// <summary>
/// Notices that a silo is lost: the connection to it breaks, or it is not among the gateways any more. Orleans tells nobody whose call is lost with it, least
/// of all one that went through another silo: such a call would end with its time-out only, so callers that may ask again do so at once.
/// </summary>
internal sealed class GatewayWatch(TimeProvider time) : IClusterConnectionStatusObserver
{
    /// <summary>How long after a sign of trouble there may be news: longer than a cluster takes to declare a silo dead.</summary>
    internal static readonly TimeSpan AlarmTime = TimeSpan.FromSeconds(15);

    private CancellationTokenSource _next = new();
    private volatile TaskCompletionSource _alarm = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _alarmedAt;
    private volatile bool _isCutOff;

    /// <summary>Is canceled by the next loss.</summary>
    public CancellationToken NextLoss => Volatile.Read(ref _next).Token;

    /// <summary>Whether there is no connection to any silo.</summary>
    public bool IsCutOff => _isCutOff;

    /// <summary>Whether something went wrong lately, so that a silo may be about to be declared dead.</summary>
    public bool IsAlarmed => Volatile.Read(ref _alarmedAt) is not 0 and var at && time.GetElapsedTime(at) < AlarmTime;

    public void NotifyGatewayCountChanged(int currentNumberOfGateways, int previousNumberOfGateways, bool connectionRecovered)
    {
        _isCutOff = currentNumberOfGateways <= 0;
        if (currentNumberOfGateways < previousNumberOfGateways)
        {
            Alarm();
            Lose();
        }
    }

    public void NotifyClusterConnectionLost() => _isCutOff = true;

    /// <summary>A silo is gone: what was asked of it, or through it, gets no answer.</summary>
    // Not disposed: callers may still hold its token. On other threads, for there may be many who wait.
    public void Lose() => _ = Interlocked.Exchange(ref _next, new CancellationTokenSource()).CancelAsync();

    /// <summary>Something went wrong with a call or a connection.</summary>
    public void Alarm()
    {
        Volatile.Write(ref _alarmedAt, time.GetTimestamp());
        _alarm.TrySetResult();
    }

    /// <summary>Waits, but not beyond the first sign of trouble.</summary>
    public async Task CalmAsync(TimeSpan calm, CancellationToken cancellationToken)
    {
        if (_alarm.Task.IsCompleted)
        {
            _alarm = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        if (IsAlarmed)
        {
            return;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(_alarm.Task, Task.Delay(calm, time, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
    }
}
