using Microsoft.Extensions.Logging;

namespace Kontinue.Grains.Signals;

/// <summary>Hands hints to the bus of its silo.</summary>
internal sealed class SignalService(GrainId id, Silo silo, ILoggerFactory loggers, GrainSignalBus bus)
    : GrainService(id, silo, loggers), ISignalService
{
    public Task HearAsync(SignalMessage[] signals)
    {
        bus.Hear(signals);
        return Task.CompletedTask;
    }
}

/// <summary>The way to the services of the other silos.</summary>
internal sealed class SignalServiceClient(IServiceProvider services) : Orleans.Runtime.Services.GrainServiceClient<ISignalService>(services)
{
    public ISignalService Of(SiloAddress silo) => GetGrainService(silo);
}
