using Kontinue.Grains.Client.Contracts;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace Kontinue.Grains.Placement;

/// <summary>Places a door on the silo with the most resources of those that have its function.</summary>
[GenerateSerializer]
[Immutable]
[SuppressReferenceTracking]
[Alias("kontinue.door-placement")]
internal sealed class DoorPlacement : PlacementStrategy
{
    public static DoorPlacement Instance { get; } = new();
}

/// <summary>Marks a grain that is placed by <see cref="DoorPlacement"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class DoorPlacementAttribute() : PlacementAttribute(DoorPlacement.Instance);

/// <summary>Reads the function from the door's key.</summary>
internal sealed class DoorPlacementDirector(SiloChoice choice) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var key = DoorKey.Parse(target.GrainIdentity.Key.ToString()!);
        return choice.ChooseAsync(target, context, key.Function, key.WorkerGroup);
    }
}
