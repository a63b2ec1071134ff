using Kontinue.Engine.Hosting;
using Kontinue.Grains.Client.Contracts;
using Kontinue.Grains.Placement;
using Microsoft.Extensions.Logging;

namespace Kontinue.Grains.Signals;

/// <summary>Hands what other silos send to the bus and the engine of its silo.</summary>
internal sealed class SignalService(GrainId id, Silo silo, ILoggerFactory loggers, GrainSignalBus bus, ILocalSilo engine, SiloSelf self)
    : GrainService(id, silo, loggers), ISignalService
{
    public Task HearAsync(SignalMessage[] signals)
    {
        bus.Hear(signals);
        return Task.CompletedTask;
    }

    public Task TakeAsync(string[] keys)
    {
        if (engine.IsAccepting)
        {
            engine.Wake([.. keys.Select(GrainCalls.ParseKey)], orTell: true);
        }

        return Task.CompletedTask;
    }

    public Task<Dictionary<string, string>> DescribeAsync() => Task.FromResult(self.Describe());
}

/// <summary>The way to the services of the other silos.</summary>
internal sealed class SignalServiceClient(IServiceProvider services) : Orleans.Runtime.Services.GrainServiceClient<ISignalService>(services)
{
    public ISignalService Of(SiloAddress silo) => GetGrainService(silo);
}
