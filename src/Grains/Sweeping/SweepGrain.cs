using Kontinue.Engine.Hosting;
using Kontinue.Grains.Hosting;
using Kontinue.Grains.Placement;

namespace Kontinue.Grains.Sweeping;

/// <summary>Makes its silo the one that looks. The looking itself is the engine's.</summary>
[GroupPlacement]
internal sealed class SweepGrain(GrainAssigner assigner, ILocalSilo silo) : Grain, ISweepGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        assigner.IsFinder = true;
        silo.LookForWork();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        assigner.IsFinder = false;
        return Task.CompletedTask;
    }

    public Task EnsureAsync() => Task.CompletedTask;
}
