using Kontinue.Engine.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Placement;

namespace Kontinue.Grains.Placement;

/// <summary>Chooses a silo that can run a function.</summary>
internal sealed class SiloChoice(SiloCatalog catalog, Lazy<ILocalSilo> self, IServiceProvider services)
{
    /// <summary>Who chooses among those that may have it.</summary>
    private readonly Lazy<IPlacementDirector> _among = new(
        () => services.GetRequiredKeyedService<IPlacementDirector>(typeof(ResourceOptimizedPlacement)));

    private readonly ResourceOptimizedPlacement _byResources = new();

    /// <summary>
    /// The best that there are: those that have the function and room, or else those that have the function, or else those that hold a lease. With nobody
    /// who has the function any silo will do: it stores the execution for those who will have it.
    /// </summary>
    public Task<SiloAddress> ChooseAsync(PlacementTarget target, IPlacementContext context, string? function, string? group)
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
