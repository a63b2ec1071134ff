using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Signals;

/// <summary>
/// Carries hints between silos of one store. A hint that is lost, late, doubled or out of order delays something and harms nothing: whoever
/// would have got it finds the same in the store when it next looks.
/// </summary>
/// <remarks>
/// Contract: <see cref="Send"/> never blocks and never throws; hints are gathered for some milliseconds, equal ones become one, and are sent
/// together, those for one silo in one message as far as it may be long. When more wait than <see cref="MaxWaiting"/>, or the way to the others is broken, hints
/// are dropped. Hints that a silo sends to itself may be dropped too.
/// </remarks>
public interface ISignalBus : IAsyncDisposable
{
    /// <summary>The most hints that wait to be sent.</summary>
    const int MaxWaiting = 100_000;

    /// <summary>Begins to listen, and to send. It reconnects by itself; after each reconnection it calls <paramref name="onGap"/>, for hints may have been lost.</summary>
    /// <param name="silo">Who listens.</param>
    /// <param name="workerGroup">Its group.</param>
    /// <param name="onSignals">Called with what came in; one call at a time. Must be quick and must not throw.</param>
    /// <param name="onGap">Called when the way was broken and is whole again.</param>
    /// <param name="cancellationToken">Gives up the start. That the others cannot be reached now is no error.</param>
    Task StartAsync(
        SiloId silo, string workerGroup, Action<IReadOnlyList<Signal>> onSignals, Action onGap, CancellationToken cancellationToken);

    /// <summary>Sends a hint.</summary>
    void Send(in Signal signal);
}

/// <summary>A hint.</summary>
/// <param name="Kind">What it says, and to whom it goes.</param>
/// <param name="Execution">The execution that it is about; for kinds that name one.</param>
/// <param name="Name">A worker group or a semaphore; for kinds that name one.</param>
/// <param name="Silo">For <see cref="SignalKind.Awaited"/>: who waits. For <see cref="SignalKind.Ended"/>: to whom it goes.</param>
public readonly record struct Signal(SignalKind Kind, ExecutionKey Execution = default, string? Name = null, SiloId Silo = default)
{
    /// <summary>A message is stored for an execution.</summary>
    public static Signal Told(ExecutionKey execution) => new(SignalKind.Told, execution);

    /// <summary>A caller of a silo waits for the end of an execution.</summary>
    public static Signal Awaited(ExecutionKey execution, SiloId by) => new(SignalKind.Awaited, execution, Silo: by);

    /// <summary>An execution has ended that a silo waits for.</summary>
    public static Signal Ended(ExecutionKey execution, SiloId to) => new(SignalKind.Ended, execution, Silo: to);

    /// <summary>There are executions that nobody owns, for a group, or for whoever has their functions.</summary>
    public static Signal Backlog(string? workerGroup) => new(SignalKind.Backlog, Name: workerGroup);

    /// <summary>A permit of a semaphore has become free, or somebody new waits for one.</summary>
    public static Signal Freed(string semaphore) => new(SignalKind.Freed, Name: semaphore);
}

/// <summary>What a hint says, and to whom it goes.</summary>
public enum SignalKind
{
    /// <summary>To the execution's owner; to all silos when it has none or a dead one.</summary>
    Told = 1,

    /// <summary>To the execution's owner; to all silos when it has none or a dead one.</summary>
    Awaited = 2,

    /// <summary>To one silo.</summary>
    Ended = 3,

    /// <summary>To all silos of a group, or to all.</summary>
    Backlog = 4,

    /// <summary>To all silos.</summary>
    Freed = 5,
}
