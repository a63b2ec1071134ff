using Kontinue.Engine.Hosting;
using Kontinue.Grains.Client.Contracts;
using Kontinue.Grains.Executions;

namespace Kontinue.Grains.Hosting;

/// <summary>Has Orleans place what nobody runs: to wake its grain is to choose a silo for it.</summary>
internal sealed class GrainAssigner(IGrainFactory grains, Activations activations) : IExecutionAssigner
{
    private volatile bool _isFinder;

    /// <summary>Whether the group's sweep grain is active in this silo.</summary>
    public bool IsFinder { get => _isFinder; set => _isFinder = value; }

    public void Assign(IReadOnlyList<ExecutionKey> keys)
    {
        foreach (ExecutionKey key in keys)
        {
            grains.GetExecution(key).WakeAsync().Ignore();
        }
    }

    public void Left(ExecutionKey key) => activations.Leave(key);
}
