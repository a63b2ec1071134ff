namespace Kontinue.Engine.Claiming;

/// <summary>
/// Decides which silo runs executions that nobody runs, for a host that has a way of its own to place work. Without one, each silo takes its
/// share of what it finds.
/// </summary>
/// <remarks>
/// Contract: calls never block and never throw; they come from several threads. What an assigner does is a hint and nothing more. To be assigned is not to own: only the
/// claim in the store decides, and an execution that was assigned to nobody, or to two, or to a silo that died, is found and assigned again.
/// </remarks>
public interface IExecutionAssigner
{
    /// <summary>
    /// Whether this silo looks for executions that nobody runs: one silo of a worker group does; that several do, or none for a moment, harms nothing.
    /// </summary>
    bool IsFinder { get; }

    /// <summary>
    /// How long after its last renewal the work of a silo that was declared dead is taken over (<c>ISiloDirectory.DeclareDeadAsync</c>). For so long after each renewal a
    /// silo begins step bodies; then it asks the store first. Null: no silo is declared dead before its lease ends. The same for all silos.
    /// </summary>
    TimeSpan? TakeOverDelay { get; }

    /// <summary>
    /// Chooses a silo for each of these and wakes them there (<c>ILocalSilo.Wake</c>). They may come again before that has happened. Among those that
    /// nobody runs are such as this silo owns and that were told something: no other silo can claim them.
    /// </summary>
    /// <param name="keys">Executions of functions that this silo has, those that wait longest first.</param>
    void Assign(IReadOnlyList<ExecutionKey> keys);

    /// <summary>An execution has left this silo's memory, or could not be claimed for it: it has ended, or it waits, or another silo has it.</summary>
    /// <param name="key">The execution.</param>
    /// <param name="wakeAt">When it is due, if it is suspended or backs off until a time; otherwise null.</param>
    void Left(ExecutionKey key, DateTimeOffset? wakeAt);
}
