using Kontinue.Grains.Placement;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace Kontinue.Grains.Jobs;

/// <summary>The silos that run jobs, by their names: a silo that is started again has the same, and may find what it ran.</summary>
internal sealed class JobSilos(Lazy<IClusterMembershipService> membership, SiloCatalog catalog)
{
    /// <summary>Where the silo of this name is; null when it is not up.</summary>
    public SiloAddress? Find(string runner) => Up.FirstOrDefault(silo => string.Equals(silo.Card.Name, runner, StringComparison.Ordinal)).Address;

    /// <summary>The names of those that are up, also of those that are about to stop.</summary>
    public IReadOnlySet<string> Names => Up.Select(silo => silo.Card.Name).ToHashSet(StringComparer.Ordinal);

    private IEnumerable<(SiloAddress Address, SiloCard Card)> Up =>
        from member in membership.Value.CurrentSnapshot.Members.Values
        where member.Status is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping
        let card = catalog.Find(member.SiloAddress)
        where card is { RunsJobs: true }
        orderby member.Status != SiloStatus.Active
        select (member.SiloAddress, card);
}

/// <summary>Lets a grain be placed only on silos that run jobs: they have the storage for it too.</summary>
[GenerateSerializer]
[Immutable]
[Alias("kontinue.job-silo-filter")]
internal sealed class JobSiloFilter() : PlacementFilterStrategy(order: 0);

/// <summary>Marks a grain that is placed on silos that run jobs.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class JobSiloPlacementAttribute() : PlacementFilterAttribute(new JobSiloFilter());

/// <summary>Knows the silos that run jobs by their metadata.</summary>
internal sealed class JobSiloFilterDirector(SiloCatalog catalog) : IPlacementFilterDirector
{
    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silos) =>
        silos.Where(silo => catalog.Find(silo) is { RunsJobs: true });
}
