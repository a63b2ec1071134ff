using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Grains.Client.Contracts;
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
    IExecutionStore store, SiloCatalog catalog, Lazy<ILocalSilo> self, SiloChoice choice) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context) =>
        target.RequestContextData?.TryGetValue(GrainCalls.FunctionKey, out object? value) == true && value is string function
            ? choice.ChooseAsync(target, context, function, target.RequestContextData.GetValueOrDefault(GrainCalls.GroupKey) as string)
            : FollowAsync(target, context);

    private async Task<SiloAddress> FollowAsync(PlacementTarget target, IPlacementContext context)
    {
        // What this silo cannot read it does not try to: who waits for a database that is away may wait for long.
        ExecutionRow? row = self.Value.IsGone() ? null : await ReadAsync(GrainCalls.ParseKey(target.GrainIdentity.Key.ToString()!)).ConfigureAwait(false);
        if (row?.Owner is { } owner)
        {
            foreach (SiloAddress silo in context.GetCompatibleSilos(target))
            {
                // One that has lost its lease has nothing any more, and could not even read it.
                if (catalog.Find(silo)?.Id == owner && !self.Value.IsGone(owner))
                {
                    return silo;
                }
            }
        }

        return await choice.ChooseAsync(target, context, row?.Function, row?.WorkerGroup).ConfigureAwait(false);
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
}
