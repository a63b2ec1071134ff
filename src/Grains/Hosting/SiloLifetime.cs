using System.Collections.Concurrent;
using Kontinue.Engine;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Grains.Placement;
using Kontinue.Grains.Sweeping;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kontinue.Grains.Hosting;

/// <summary>
/// Starts Kontinue's silo before Orleans' one takes calls, and stops it after that one has told the others that it goes, so that nothing new is
/// placed here while it gives up what it has. Between the two it follows the membership.
/// </summary>
internal sealed partial class SiloLifetime(
    ILocalSilo silo, IExecutionStore store, IGrainFactory grains, IClusterMembershipService membership, SiloCatalog catalog,
    IOptions<KontinueOptions> options, TimeProvider time, ILogger<SiloLifetime> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Silos that have died, and whose leases are still to be given up.</summary>
    private readonly ConcurrentDictionary<SiloId, string> _dead = new();
    private Task _following = Task.CompletedTask;
    private Task _ensuring = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle)
    {
        ArgumentNullException.ThrowIfNull(lifecycle);
        lifecycle.Subscribe("Kontinue", ServiceLifecycleStage.ApplicationServices, silo.StartAsync, silo.StopAsync);
        lifecycle.Subscribe("Kontinue membership", ServiceLifecycleStage.Active, FollowAsync, EndAsync);
    }

    private Task FollowAsync(CancellationToken cancellationToken)
    {
        _following = Task.Run(() => GuardAsync(FollowMembershipAsync), CancellationToken.None);
        _ensuring = Task.Run(() => GuardAsync(EnsureSweepAsync), CancellationToken.None);
        return Task.CompletedTask;
    }

    private async Task EndAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_following, _ensuring).ConfigureAwait(false);
    }

    /// <summary>
    /// What a dead silo owned may be taken over at once: Orleans has declared it dead, and will not have it back under that address. Should it
    /// live on all the same, it finds its lease gone, and whatever it still writes is fenced.
    /// </summary>
    private async Task FollowMembershipAsync()
    {
        await foreach (ClusterMembershipSnapshot snapshot in membership.MembershipUpdates.WithCancellation(_stop.Token).ConfigureAwait(false))
        {
            foreach (ClusterMember member in snapshot.Members.Values)
            {
                if (member.Status != SiloStatus.Dead)
                {
                    // Remembered while it can be asked: the dead say nothing of themselves.
                    _ = catalog.Find(member.SiloAddress);
                }
                else if (catalog.Forget(member.SiloAddress) is { } dead)
                {
                    _dead[dead.Id] = member.Name;
                }
            }

            await ReleaseDeadAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Those that cannot be released now are tried again with the next tick; their leases end by themselves, too.</summary>
    private async Task ReleaseDeadAsync()
    {
        foreach ((SiloId id, string name) in _dead)
        {
            try
            {
                await store.UnregisterSiloAsync(id, _stop.Token).ConfigureAwait(false);
                _dead.TryRemove(id, out _);
                LogDead(logger, name);
                silo.LookForWork();
            }
            catch (StoreException e)
            {
                LogNotReleased(logger, name, e);
                return;
            }
        }
    }

    private async Task EnsureSweepAsync()
    {
        ISweepGrain sweep = grains.GetGrain<ISweepGrain>(options.Value.WorkerGroup);
        using var timer = new PeriodicTimer(options.Value.SweepInterval, time);
        do
        {
            await ReleaseDeadAsync().ConfigureAwait(false);
            try
            {
                await sweep.EnsureAsync().ConfigureAwait(false);
            }
#pragma warning disable CA1031 // A cluster in change refuses calls in many ways; the next tick asks again.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogNoSweep(logger, options.Value.WorkerGroup, e);
            }
        }
        while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false));
    }

    private async Task GuardAsync(Func<Task> loop)
    {
        try
        {
            await loop().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The silo is stopping.
        }
#pragma warning disable CA1031 // A loop that ends silently would leave dead silos' work lying until their leases end; say it where operators look.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogLoopEnded(logger, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Silo {Name} is dead; what it ran is taken over.")]
    private static partial void LogDead(ILogger logger, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What the dead silo {Name} ran could not be released; trying again, and its lease ends by itself.")]
    private static partial void LogNotReleased(ILogger logger, string name, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "The cluster's membership is not followed any more because of a defect; dead silos are noticed when their leases end. Restart the process.")]
    private static partial void LogLoopEnded(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The sweep grain of group {Group} could not be reached; trying again.")]
    private static partial void LogNoSweep(ILogger logger, string group, Exception exception);
}
