using Kontinue.Client;
using Kontinue.Engine.Hosting;
using Kontinue.Grains.Client.Contracts;
using Kontinue.Grains.Placement;
using Kontinue.Resources;
using Orleans.Concurrency;

namespace Kontinue.Grains.Executions;

/// <summary>
/// Hands creations to the engine of a silo that has the function. The execution that comes of it is this silo's, and has no activation until somebody calls it
/// by its name: that one is placed where the store says that the owner is.
/// </summary>
/// <remarks>Reentrant, for who waits for an end must not keep others out.</remarks>
[Reentrant]
[GrainType("kontinue.door")]
[DoorPlacement]
internal sealed class DoorGrain(IKontinueClient client, ILocalSilo silo, SiloSelf self, Draining draining) : Grain, IDoorGrain
{
    private static readonly TimeSpan Stay = 3 * GrainCalls.DoorTime;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // Nobody uses it any more then, and what waits here has waited for less than that.
        this.RegisterGrainTimer(Close, new GrainTimerCreationOptions(Stay, Stay));
        return Task.CompletedTask;
    }

    public Task<Execution> CreateAsync(Execution execution, TimeSpan wait, CancellationToken cancellationToken)
    {
        ExecutionSpec spec = execution.Spec;
        if (silo.RoomOf(silo.Id) > 0 && self.Has(spec.Function, spec.WorkerGroup))
        {
            return draining.CreateAsync(execution, wait, until => client.CreateAsync(execution, wait, until), cancellationToken);
        }

        // It is full, stops or has lost its lease, or nobody has the function: the grain of the name is placed where that is better, if there is such a place.
        // This door stays, for leaving would keep its callers waiting until all its calls have ended.
        GrainCalls.SetCreation(spec.Function, spec.WorkerGroup);
        try
        {
            IExecutionGrain other = GrainFactory.GetExecution(execution.Key);
            return HandedOn.AnswerAsync(draining.CreateAsync(execution, wait, until => other.CreateAsync(execution, wait, until), cancellationToken));
        }
        finally
        {
            GrainCalls.ClearCreation();
        }
    }

    private Task Close(CancellationToken cancellationToken)
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}
