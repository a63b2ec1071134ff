using Kontinue.Grains.Client.Contracts;
using Orleans.CodeGeneration;

namespace Kontinue.Grains.Sweeping;

/// <summary>
/// Looks for executions of a worker group that nobody runs: the key is the group. There is one for each group, on a silo of that group; that there are two for a
/// moment, as in a cluster that is torn, costs some work twice.
/// </summary>
[Alias("kontinue.sweep")]
[GrainInterfaceType("kontinue.sweep")]
[Version(GrainCalls.Version)]
internal interface ISweepGrain : IGrainWithStringKey
{
    /// <summary>Sees to it that there is one. Each silo of the group asks now and then, so that it does not outlive its silo for long.</summary>
    [Alias("ensure")]
    Task EnsureAsync();
}
