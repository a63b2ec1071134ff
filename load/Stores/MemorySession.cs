using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Load.Measurement;
using Microsoft.Extensions.DependencyInjection;

namespace Kontinue.Load.Stores;

/// <summary>Nothing is durable: what the engine costs without a database.</summary>
internal sealed class MemorySession : StoreSession
{
    public override void Use(KontinueBuilder builder) => builder.UseStore(services => new InMemoryStore(services.GetRequiredService<TimeProvider>()));

    public override Task<MachineProbe?> OpenProbeAsync() => Task.FromResult<MachineProbe?>(null);
}
