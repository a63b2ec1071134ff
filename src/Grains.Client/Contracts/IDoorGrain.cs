using Kontinue.Client;
using Kontinue.Resources;
using Orleans.CodeGeneration;

namespace Kontinue.Grains.Client.Contracts;

/// <summary>
/// A way into a silo that has a function, for executions that do not exist yet: many are created through one door, and none of them needs a grain of its own
/// before somebody asks for it by its name. Its key is a <see cref="DoorKey"/>; it knows nothing, and stays for some seconds.
/// </summary>
[Alias("kontinue.door")]
[GrainInterfaceType("kontinue.door")]
[Version(GrainCalls.Version)]
public interface IDoorGrain : IGrainWithStringKey
{
    /// <summary>Creates an execution, and may wait for its end: <see cref="IKontinueClient.CreateAsync"/>.</summary>
    /// <param name="execution">The execution, with a name.</param>
    /// <param name="wait">How long to wait for its end.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>It, as it is after the wait.</returns>
    [Alias("create")]
    [ResponseTimeout(GrainCalls.WaitTimeout)]
    Task<Execution> CreateAsync(Execution execution, TimeSpan wait, CancellationToken cancellationToken);
}
