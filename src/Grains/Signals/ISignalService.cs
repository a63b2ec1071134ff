using Orleans.Concurrency;
using Orleans.Services;

namespace Kontinue.Grains.Signals;

/// <summary>Takes the hints of other silos; there is one in each silo.</summary>
[Alias("kontinue.signals")]
internal interface ISignalService : IGrainService
{
    /// <summary>Hints, as <see cref="GrainSignalBus"/> sends them.</summary>
    [Alias("hear")]
    [OneWay]
    Task HearAsync([Immutable] SignalMessage[] signals);
}
