using Kontinue.Engine.Hosting;
using Kontinue.Load.Measurement;

namespace Kontinue.Load.Stores;

/// <summary>Nothing is durable: what the engine costs without a database.</summary>
internal sealed class MemorySession : StoreSession
{
    public override void Use(KontinueBuilder builder) => builder.UseInMemory();

    public override Task<MachineProbe?> OpenProbeAsync() => Task.FromResult<MachineProbe?>(null);
}
