using Kontinue.Engine.Storage;
using Microsoft.Extensions.Hosting;

namespace Kontinue.Engine.Hosting;

/// <summary>The silo of this process, for a host that starts and stops it and decides where executions run.</summary>
/// <remarks>
/// <see cref="IHostedService.StartAsync"/> registers the silo in the store and begins to run executions; <see cref="IHostedService.StopAsync"/> lets
/// running steps end, gives every execution up and unregisters. An application starts and stops it by itself unless
/// <see cref="KontinueBuilder.StartWithApplication"/> is off.
/// </remarks>
public interface ILocalSilo : IHostedService
{
    /// <summary>The silo's id, which no process has had before; known before it is started.</summary>
    SiloId Id { get; }

    /// <summary>Whether it takes new work: it is started, is not stopping, and was not replaced.</summary>
    bool IsAccepting { get; }

    /// <summary>Executions in memory here.</summary>
    int Residents { get; }

    /// <summary>Whether an execution is in memory here.</summary>
    bool IsHere(ExecutionKey key);

    /// <summary>
    /// How many more executions a silo can run: this one as it is now, others as they last said, about a second ago. Null: that silo has not been heard
    /// of, as one that has just started. 0: it is full, or is stopping. -1: it has stopped, or has lost its lease. Never blocks.
    /// </summary>
    int? RoomOf(SiloId silo);

    /// <summary>
    /// There may be something to do for these: what is in memory here gets its messages; the others are claimed, if this silo may have them and
    /// when there is a place. Never blocks.
    /// </summary>
    /// <param name="keys">The executions.</param>
    /// <param name="orTell">
    /// Whether those that cannot be claimed here are passed on by the signal bus, for they may be another silo's. Not for what came by the bus: it would go
    /// round and round.
    /// </param>
    void Wake(IReadOnlyList<ExecutionKey> keys, bool orTell = false);

    /// <summary>Looks soon for executions that nobody runs. Never blocks.</summary>
    void LookForWork();
}
