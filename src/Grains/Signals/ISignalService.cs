using Orleans.Concurrency;
using Orleans.Services;

namespace Kontinue.Grains.Signals;

/// <summary>Takes what other silos send; there is one in each silo.</summary>
[Alias("kontinue.signals")]
internal interface ISignalService : IGrainService
{
    /// <summary>Hints, as <see cref="GrainSignalBus"/> sends them.</summary>
    [Alias("hear")]
    [OneWay]
    Task HearAsync([Immutable] SignalMessage[] signals);

    /// <summary>Executions that nobody runs and that this silo is to run; a hint too.</summary>
    /// <param name="keys">As grains' keys: <c>namespace/name</c>.</param>
    [Alias("take")]
    [OneWay]
    Task TakeAsync([Immutable] string[] keys);

    /// <summary>Who this silo is: the same that its metadata says.</summary>
    [Alias("describe")]
    Task<Dictionary<string, string>> DescribeAsync();
}
