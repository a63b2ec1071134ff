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
        Dictionary<SiloAddress, SiloId> known = [];
        await foreach (ClusterMembershipSnapshot snapshot in membership.MembershipUpdates.WithCancellation(_stop.Token).ConfigureAwait(false))
        {
            foreach (ClusterMember member in snapshot.Members.Values)
            {
                if (member.Status != SiloStatus.Dead)
                {
                    if (catalog.Find(member.SiloAddress) is { } card)
                    {
                        known[member.SiloAddress] = card.Id;
                    }
                }
                else if (known.Remove(member.SiloAddress, out SiloId dead))
                {
                    catalog.Forget(member.SiloAddress);
                    await ReleaseAsync(member, dead).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task ReleaseAsync(ClusterMember member, SiloId dead)
    {
        try
        {
            await store.UnregisterSiloAsync(dead, _stop.Token).ConfigureAwait(false);
            LogDead(logger, member.Name, member.SiloAddress);
        }
        catch (StoreException e)
        {
            // Then its lease ends by itself.
            LogNotReleased(logger, member.Name, e);
        }

        silo.LookForWork();
    }

    private async Task EnsureSweepAsync()
    {
        ISweepGrain sweep = grains.GetGrain<ISweepGrain>(options.Value.WorkerGroup);
        using var timer = new PeriodicTimer(options.Value.SweepInterval, time);
        do
        {
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
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Silo {Name} ({Address}) is dead; what it ran is taken over.")]
    private static partial void LogDead(ILogger logger, string name, SiloAddress address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What the dead silo {Name} ran could not be released; its lease ends by itself.")]
    private static partial void LogNotReleased(ILogger logger, string name, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The sweep grain of group {Group} could not be reached; trying again.")]
    private static partial void LogNoSweep(ILogger logger, string group, Exception exception);
}
