using Kontinue.Engine.Hosting;
using Kontinue.Grains.Placement;

namespace Kontinue.Grains.Sweeping;

/// <summary>Makes its silo the one that looks. The looking itself is the engine's.</summary>
[GrainType("kontinue.sweep")]
[GroupPlacement]
internal sealed class SweepGrain(GrainAssigner assigner, ILocalSilo silo) : Grain, ISweepGrain
{
    private bool _isSweeping;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _isSweeping = true;
        assigner.BeginSweeping();
        silo.LookForWork();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        End();
        return Task.CompletedTask;
    }

    public Task EnsureAsync()
    {
        if (!silo.IsAccepting || silo.IsGone())
        {
            // One that stops, was replaced or has lost its lease looks for nothing: another silo is to do it.
            End();
            DeactivateOnIdle();
        }

        return Task.CompletedTask;
    }

    private void End()
    {
        if (_isSweeping)
        {
            _isSweeping = false;
            assigner.EndSweeping();
        }
    }
}
