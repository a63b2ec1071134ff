using System.Runtime.CompilerServices;
using Kontinue.Engine;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Grains.Placement;
using Kontinue.Grains.Signals;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kontinue.Grains.Membership;

/// <summary>Follows who is in the cluster, and has taken over what dead silos ran before their leases end.</summary>
/// <remarks>
/// What a dead silo owned is taken over without waiting for the end of its lease: Orleans has declared it dead, and will not have it back under that address. Should it
/// live on all the same, it finds its lease gone, and whatever it still writes is fenced; and so that it begins nothing that another has done by then, the others
/// wait until it must have asked the store again.
/// </remarks>
internal sealed partial class MembershipFollower(
    ILocalSilo silo, IExecutionStore store, IClusterMembershipService membership, ILocalSiloDetails local, SiloCatalog catalog, SiloSelf self,
    SignalServiceClient services, GrainSignalBus signals, IOptions<KontinueOptions> engine, IOptions<GrainOptions> options,
    SelfEnd end, IServiceProvider provider, TimeProvider time, ILogger<MembershipFollower> logger)
{
    private readonly DeadSilos _dead = new(time, engine.Value.Lease);
    private readonly HashSet<SiloAddress> _compared = [];
    private readonly HashSet<SiloAddress> _met = [];
    private bool _hasLeft;

    /// <summary>Follows until canceled, whatever fails in between.</summary>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await FollowUpdatesAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Without this loop the leases of the dead are waited for; it must not end before the silo does.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogFailed(logger, e);
            }

            await Task.Delay(options.Value.CheckInterval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowUpdatesAsync(CancellationToken cancellationToken)
    {
        await using ConfiguredCancelableAsyncEnumerable<ClusterMembershipSnapshot>.Enumerator updates =
            membership.MembershipUpdates.WithCancellation(cancellationToken).ConfigureAwait(false).GetAsyncEnumerator();
        Task<bool> next = NextAsync();
        while (true)
        {
            await TryCheckAsync(cancellationToken).ConfigureAwait(false);

            // Also without news: silos may have to be asked who they are, and leases to be tried again.
            await Task.WhenAny(next, Task.Delay(options.Value.CheckInterval, time, cancellationToken)).ConfigureAwait(false);
            if (next.IsCompleted)
            {
                if (!await next.ConfigureAwait(false))
                {
                    return;
                }

                next = NextAsync();
            }

            cancellationToken.ThrowIfCancellationRequested();
        }

        async Task<bool> NextAsync() => await updates.MoveNextAsync();
    }

    private async Task TryCheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CheckAsync(cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The next look tries again.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogFailed(logger, e);
        }
    }

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        IReadOnlyCollection<ClusterMember> members = [.. membership.CurrentSnapshot.Members.Values];
        IReadOnlyList<SiloAddress> died = _dead.Observe(
            [.. members.Where(other => !other.SiloAddress.Equals(local.SiloAddress)).Select(other => (other.SiloAddress, other.Name, other.Status == SiloStatus.Dead))],
            address => catalog.Find(address)?.Id);
        foreach (SiloAddress address in died)
        {
            catalog.Forget(address);
            _compared.Remove(address);
        }

        await ReleaseAsync(cancellationToken).ConfigureAwait(false);
        if (died.Count > 0)
        {
            // Hints that were on their way to it or from it are lost, and so is who waited there.
            signals.Gap();
        }

        LeaveIfUseless(members);
        await LearnAsync(members, cancellationToken).ConfigureAwait(false);
        Compare(members);
        Meet(members);
    }

    /// <summary>Warns once of each silo whose timings are others.</summary>
    private void Compare(IReadOnlyCollection<ClusterMember> members)
    {
        foreach (ClusterMember member in members.Where(member => member.Status == SiloStatus.Active && !member.SiloAddress.Equals(local.SiloAddress)))
        {
            if (catalog.Find(member.SiloAddress) is { } card && _compared.Add(member.SiloAddress) &&
                MembershipTimings.Differences(self.Timings, card.Timings) is { } differences)
            {
                LogOtherTimings(logger, member.Name, differences);
            }
        }
    }

    /// <summary>The engine hears of silos that it can be told something by, and can tell something, from now on.</summary>
    private void Meet(IReadOnlyCollection<ClusterMember> members)
    {
        HashSet<SiloAddress> there =
        [
            .. members.Where(member => member.Status == SiloStatus.Active && !member.SiloAddress.Equals(local.SiloAddress))
                .Select(static member => member.SiloAddress).Where(address => catalog.Find(address) is not null),
        ];
        bool isOneNew = !there.IsSubsetOf(_met);
        _met.Clear();
        _met.UnionWith(there);
        if (isOneNew)
        {
            signals.Met();
        }
    }

    private async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        foreach (string name in _dead.Expire())
        {
            LogLeaseEnded(logger, name);
        }

        foreach ((SiloId id, string name) in _dead.Owed)
        {
            try
            {
                TimeSpan wait = await store.DeclareDeadAsync(id, options.Value.TakeOverDelay, cancellationToken).ConfigureAwait(false);
                _dead.Released(id);
                LogDead(logger, name);
                _ = TakeOverAsync(wait, cancellationToken);
            }
            catch (StoreException e)
            {
                LogNotReleased(logger, name, e);
            }
        }
    }

    /// <summary>Looks for what a dead silo had, as soon as it may be claimed.</summary>
    private async Task TakeOverAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        await Task.Delay(wait, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        silo.LookForWork();
    }

    /// <summary>
    /// A silo that the cluster has declared dead, or whose name another process has taken, can run nothing any more, and would only be called in vain: its
    /// process is to end, and to be started anew.
    /// </summary>
    private void LeaveIfUseless(IReadOnlyCollection<ClusterMember> members)
    {
        bool isDead = members.Any(member => member.SiloAddress.Equals(local.SiloAddress) && member.Status == SiloStatus.Dead);
        if (_hasLeft || (!isDead && silo.IsAccepting))
        {
            return;
        }

        _hasLeft = true;
        end.Reason = isDead ? "the cluster has declared it dead" : "its engine has stopped, or another process has taken its name, which Kontinue:Engine:SiloName gives";
        LogUseless(logger, local.Name, end.Reason);
        provider.GetService<IHostApplicationLifetime>()?.StopApplication();
    }

    /// <summary>
    /// Orleans asks a silo once for its metadata, when it hears of it, and then not again for long. Whoever did not answer then would get no work.
    /// </summary>
    private async Task LearnAsync(IReadOnlyCollection<ClusterMember> members, CancellationToken cancellationToken)
    {
        IEnumerable<SiloAddress> unknown = members
            .Where(member => member.Status == SiloStatus.Active && !member.SiloAddress.Equals(local.SiloAddress))
            .Select(static member => member.SiloAddress)
            .Where(address => catalog.Find(address) is null);
        await Task.WhenAll(unknown.Select(address => LearnAsync(address, cancellationToken))).ConfigureAwait(false);
    }

    private async Task LearnAsync(SiloAddress address, CancellationToken cancellationToken)
    {
        try
        {
            Dictionary<string, string> said = await services.Of(address).DescribeAsync()
                .WaitAsync(options.Value.CheckInterval, time, cancellationToken).ConfigureAwait(false);
            catalog.Learn(address, said);
        }
#pragma warning disable CA1031 // It may be none of Kontinue's, or not up yet, or be dying.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogUnknown(logger, address, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Silo {Name} has left or died; what it ran is taken over.")]
    private static partial void LogDead(ILogger logger, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What the dead silo {Name} ran could not be released; trying again until its lease ends by itself.")]
    private static partial void LogNotReleased(ILogger logger, string name, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease of the dead silo {Name} has ended by itself; what it ran is taken over.")]
    private static partial void LogLeaseEnded(ILogger logger, string name);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Silo {Name} is of no use any more: {Reason}. Its process is asked to stop; start it again.")]
    private static partial void LogUseless(ILogger logger, string name, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Silo {Silo} did not say who it is; it is asked again.")]
    private static partial void LogUnknown(ILogger logger, SiloAddress silo, Exception exception);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Silo {Name} has other timings for the membership: {Differences}. It may be put out wrongly, or be missed late: give all silos of a cluster the same.")]
    private static partial void LogOtherTimings(ILogger logger, string name, string differences);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The membership could not be followed; trying again.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
