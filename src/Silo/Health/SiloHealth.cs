using Kontinue.Engine;
using Kontinue.Engine.Hosting;
using Microsoft.Extensions.Hosting;

namespace Kontinue.Silo.Health;

/// <summary>Whether the silo takes work: the engine's own view, and whether it is a member of its cluster and not about to stop.</summary>
internal sealed class SiloHealth(
    IHostHealth engine, ILocalSilo silo, IHostApplicationLifetime lifetime, Lazy<ISiloStatusOracle> members) : IHostHealth
{
    public bool IsReady => Problem() is null;

    public bool IsAlive => engine.IsAlive;

    public string Message => Problem() ?? "ok";

    private string? Problem() =>
        lifetime.ApplicationStopping.IsCancellationRequested ? "The silo is draining: it takes no more work and hands over what it has."
        : !engine.IsReady ? engine.Message
        : !silo.IsAccepting ? "The silo is starting, or another one has taken its name."
        : members.Value.CurrentStatus != SiloStatus.Active ? $"The silo is not an active member of its cluster, but {members.Value.CurrentStatus}."
        : null;
}
