using Kontinue.Engine.Hosting;
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

/// <summary>Knows the groups of silos by their metadata, and passes over those that have lost their lease while there are others.</summary>
internal sealed class GroupFilterDirector(SiloCatalog catalog, Lazy<ILocalSilo> self) : IPlacementFilterDirector
{
    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silos)
    {
        string group = target.GrainIdentity.Key.ToString()!;
        List<SiloAddress> all = [], fit = [];
        foreach (SiloAddress silo in silos)
        {
            if (catalog.Find(silo) is { } card && string.Equals(card.WorkerGroup, group, StringComparison.Ordinal))
            {
                all.Add(silo);
                if (!self.Value.IsGone(card.Id))
                {
                    fit.Add(silo);
                }
            }
        }

        return fit.Count > 0 ? fit : all;
    }
}
