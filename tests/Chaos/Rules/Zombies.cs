using Kontinue.Chaos.Evidence;
using Kontinue.Chaos.Faults;

namespace Kontinue.Chaos.Rules;

/// <summary>
/// What a process may still begin that stood still while others took its work over: a body whose turn had been committed before the stop,
/// until the process has asked for its lease again. Nothing else in the world excuses a body.
/// </summary>
internal sealed class Zombies(ChaosEvidence evidence)
{
    /// <summary>A silo renews every quarter of its lease, and at once when it wakes up; a busy machine needs a moment for it.</summary>
    private static readonly TimeSpan MinGrace = TimeSpan.FromSeconds(1);

    private readonly ILookup<string, Fault> _pauses =
        evidence.Faults.Where(fault => fault.Kind == FaultKind.Pause && fault.Incarnation is not null).ToLookup(fault => fault.Incarnation!);

    private readonly TimeSpan _grace = evidence.Lease / 2 > MinGrace ? evidence.Lease / 2 : MinGrace;

    /// <summary>Whether the body began in the window that a pause excuses, and not as the committer's own.</summary>
    public bool Excuses(BodyRun body, string? committer) =>
        body.Incarnation != committer &&
        _pauses[body.Incarnation].Any(pause => body.At >= pause.From && body.At <= pause.Until + _grace);
}
