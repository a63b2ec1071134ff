using Kontinue.Engine.Storage;
using Kontinue.Grains.Client.Contracts;

namespace Kontinue.Grains.Executions;

/// <summary>
/// Second grains of executions, for silos that are called and can answer nothing. Each silo has its own for an execution, whose key is that of the execution
/// and the silo: it is placed by the store's owner as the first one is, and never on a silo without a lease if there are others.
/// </summary>
internal static class Relays
{
    public static IExecutionGrain GetRelay(this IGrainFactory grains, ExecutionKey key, SiloId by) =>
        grains.GetGrain<IExecutionGrain>($"{key}{GrainCalls.RelaySign}{by}");

    public static bool IsRelay(string key) => key.Contains(GrainCalls.RelaySign, StringComparison.Ordinal);
}
