using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Grains.Client.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Placement;

namespace Kontinue.Grains.Placement;

/// <summary>
/// Finds the silo for an execution's grain. Who creates an execution says which function it has; for all else the store is asked once per activation.
/// </summary>
/// <remarks>
/// It may be wrong for a moment, as when the owner changes while it looks: the silo then finds that the execution is not its own, and the
/// activation leaves.
/// </remarks>
internal sealed class ExecutionPlacementDirector(
    IExecutionStore store, SiloCatalog catalog, Lazy<ILocalSilo> self, IServiceProvider services) : IPlacementDirector
{
    /// <summary>Who chooses among those that may have it.</summary>
    private readonly Lazy<IPlacementDirector> _among = new(
        () => services.GetRequiredKeyedService<IPlacementDirector>(typeof(ResourceOptimizedPlacement)));

    private readonly ResourceOptimizedPlacement _byResources = new();

    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context) =>
        target.RequestContextData?.TryGetValue(GrainCalls.FunctionKey, out object? value) == true && value is string function
            ? ChooseAsync(target, context, function, target.RequestContextData.GetValueOrDefault(GrainCalls.GroupKey) as string)
            : FollowAsync(target, context);

    private async Task<SiloAddress> FollowAsync(PlacementTarget target, IPlacementContext context)
    {
        ExecutionRow? row = await ReadAsync(GrainCalls.ParseKey(target.GrainIdentity.Key.ToString()!)).ConfigureAwait(false);
        if (row?.Owner is { } owner)
        {
            foreach (SiloAddress silo in context.GetCompatibleSilos(target))
            {
                // One that has lost its lease has nothing any more, and could not even read it.
                if (catalog.Find(silo)?.Id == owner && self.Value.RoomOf(owner) is null or >= 0)
                {
                    return silo;
                }
            }
        }

        return await ChooseAsync(target, context, row?.Function, row?.WorkerGroup).ConfigureAwait(false);
    }

    /// <summary>The grain answers that the store is away, better than a placement that fails.</summary>
    private async Task<ExecutionRow?> ReadAsync(ExecutionKey key)
    {
        try
        {
            return await store.ReadAsync(key, CancellationToken.None).ConfigureAwait(false);
        }
        catch (StoreException)
        {
            return null;
        }
    }

    /// <summary>
    /// The best that there are: those that have the function and room, or else those that have the function, or else those that hold a lease. With nobody
    /// who has the function any silo will do: it stores the execution for those who will have it.
    /// </summary>
    private Task<SiloAddress> ChooseAsync(PlacementTarget target, IPlacementContext context, string? function, string? group)
    {
        List<SiloAddress> living = [], able = [], roomy = [];
        foreach (SiloAddress silo in context.GetCompatibleSilos(target))
        {
            SiloCard? card = catalog.Find(silo);
            int? room = card is null ? null : self.Value.RoomOf(card.Id);
            if (room < 0)
            {
                // It has lost its lease, as when it has no way to the store: it could answer nothing. That may be this silo.
                continue;
            }

            living.Add(silo);
            if (function is not null && card?.Has(function, group) == true)
            {
                able.Add(silo);
                if (room != 0)
                {
                    roomy.Add(silo);
                }
            }
        }

        List<SiloAddress> best = roomy.Count > 0 ? roomy : able.Count > 0 ? able : living;
        return _among.Value.OnAddActivation(_byResources, target, best.Count > 0 ? new Choice(context, [.. best]) : context);
    }

    private sealed class Choice(IPlacementContext all, SiloAddress[] silos) : IPlacementContext
    {
        public SiloAddress LocalSilo => all.LocalSilo;

        public SiloStatus LocalSiloStatus => all.LocalSiloStatus;

        public SiloAddress[] GetCompatibleSilos(PlacementTarget target) => silos;

        public IReadOnlyDictionary<ushort, SiloAddress[]> GetCompatibleSilosWithVersions(PlacementTarget target) =>
            all.GetCompatibleSilosWithVersions(target);
    }
}
