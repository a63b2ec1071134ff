using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace Kontinue.Grains.Placement;

/// <summary>Lets a grain whose key is a worker group be placed only on silos of that group.</summary>
[GenerateSerializer]
[Immutable]
[Alias("kontinue.group-filter")]
internal sealed class GroupFilter() : PlacementFilterStrategy(order: 0);

/// <summary>Marks a grain that is placed on silos of the group that is its key.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class GroupPlacementAttribute() : PlacementFilterAttribute(new GroupFilter());

/// <summary>Knows the groups of silos by their metadata.</summary>
internal sealed class GroupFilterDirector(SiloCatalog catalog) : IPlacementFilterDirector
{
    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silos)
    {
        string group = target.GrainIdentity.Key.ToString()!;
        return silos.Where(silo => string.Equals(catalog.Find(silo)?.WorkerGroup, group, StringComparison.Ordinal));
    }
}
