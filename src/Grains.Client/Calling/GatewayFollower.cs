using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Messaging;

namespace Kontinue.Grains.Client.Calling;

/// <summary>
/// Reads which silos are gateways, and tells <see cref="GatewayWatch"/> when one is no more: then the cluster has declared it dead, or it has
/// stopped, and calls to it find another silo from now on.
/// </summary>
/// <remarks>
/// Seldom while all is well, for each client reads the membership table; often after a sign of trouble. A silo without a gateway is not seen: calls that
/// are lost with it end with their time-out.
/// </remarks>
internal sealed partial class GatewayFollower(
    GatewayWatch watch, IServiceProvider services, TimeProvider time, ILogger<GatewayFollower> logger)
    : ILifecycleParticipant<IClusterClientLifecycle>, IDisposable
{
    /// <summary>How often it looks while all is well. A frozen silo gives no other sign.</summary>
    internal static readonly TimeSpan Calm = TimeSpan.FromSeconds(2);

    /// <summary>How often it looks after a sign of trouble.</summary>
    internal static readonly TimeSpan Alarmed = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    public void Participate(IClusterClientLifecycle lifecycle)
    {
        ArgumentNullException.ThrowIfNull(lifecycle);
        lifecycle.Subscribe("Kontinue gateways", ServiceLifecycleStage.Active, StartAsync, StopAsync);
    }

    public void Dispose() => _stop.Dispose();

    /// <summary>Follows until canceled.</summary>
    internal async Task FollowAsync(IGatewayListProvider provider, CancellationToken cancellationToken)
    {
        HashSet<Uri> known = [];
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                // With their generations: one that was started anew is another one.
                HashSet<Uri> now = [.. await provider.GetGateways().WaitAsync(cancellationToken).ConfigureAwait(false)];
                bool isOneGone = !known.IsSubsetOf(now);
                known = now;
                if (isOneGone)
                {
                    watch.Lose();
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The table may be away, which each provider says in its own way; calls go on without it.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogUnread(logger, e);
            }

            await PauseAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task PauseAsync(CancellationToken cancellationToken)
    {
        if (watch.IsAlarmed)
        {
            await Task.Delay(Alarmed, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        await watch.CalmAsync(Calm, cancellationToken).ConfigureAwait(false);
    }

    private Task StartAsync(CancellationToken cancellationToken)
    {
        if (services.GetService<IGatewayListProvider>() is { } provider)
        {
            _loop = Task.Run(() => FollowAsync(provider, _stop.Token), CancellationToken.None);
        }

        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The list of gateways could not be read; trying again.")]
    private static partial void LogUnread(ILogger logger, Exception exception);
}
