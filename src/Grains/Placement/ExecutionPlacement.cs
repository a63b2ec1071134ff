using Orleans.Placement;

namespace Kontinue.Grains.Placement;

/// <summary>
/// Places an execution's grain on the silo that owns the execution; where nobody does, on the one with the most resources of those
/// that have its function.
/// </summary>
[GenerateSerializer]
[Immutable]
[SuppressReferenceTracking]
[Alias("kontinue.execution-placement")]
internal sealed class ExecutionPlacement : PlacementStrategy
{
    public static ExecutionPlacement Instance { get; } = new();
}

/// <summary>Marks a grain that is placed by <see cref="ExecutionPlacement"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ExecutionPlacementAttribute() : PlacementAttribute(ExecutionPlacement.Instance);
