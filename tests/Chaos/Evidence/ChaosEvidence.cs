using Kontinue.Chaos.Faults;
using Kontinue.Chaos.Work;

namespace Kontinue.Chaos.Evidence;

/// <summary>All that a run has left behind, from which is judged what happened: nothing of it was asked of the engine.</summary>
internal sealed record ChaosEvidence
{
    public IReadOnlyList<WorkItem> Work { get; init; } = [];

    public IReadOnlyList<ExecutionFacts> Executions { get; init; } = [];

    /// <summary>By uid, in the order of the journal.</summary>
    public IReadOnlyList<JournalFact> Journal { get; init; } = [];

    public IReadOnlyList<BodyRun> Bodies { get; init; } = [];

    /// <summary>By uid, in the order in which they happened.</summary>
    public IReadOnlyList<RowChange> Changes { get; init; } = [];

    /// <summary>By semaphore, in the order of their commits.</summary>
    public IReadOnlyList<PermitChange> Permits { get; init; } = [];

    public IReadOnlyList<Fault> Faults { get; init; } = [];

    /// <summary>Permits that are still held.</summary>
    public IReadOnlyList<string> HeldPermits { get; init; } = [];

    /// <summary>Messages for executions that have ended or are not there.</summary>
    public IReadOnlyList<string> DeadMessages { get; init; } = [];

    /// <summary>Names of silos that the database takes to be alive.</summary>
    public IReadOnlyList<string> LiveSilos { get; init; } = [];

    /// <summary>Names of silos that run.</summary>
    public IReadOnlyList<string> RunningSilos { get; init; } = [];

    /// <summary>The lease of each silo.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>A row as it is at the end.</summary>
internal sealed record ExecutionFacts(
    Guid Uid, string Name, string Function, ExecutionPhase Phase, Guid? ParentUid, long JournalSequence, int Attempts, string Result, string? Error);

/// <summary>A journal entry, and when the transaction was committed that brought it.</summary>
internal sealed record JournalFact(Guid Uid, long Sequence, DateTimeOffset CommittedAt, string Kind, string? Operation, DateTimeOffset At)
{
    public int Attempt { get; init; }

    /// <summary>Of a step's result, the body that made it.</summary>
    public string? Body { get; init; }

    public Guid? Child { get; init; }

    public bool IsStepEnd => Kind is "StepCompleted" or "StepFailed";
}

/// <summary>The beginning of a step body.</summary>
internal sealed record BodyRun(DateTimeOffset At, string Incarnation, long Number, Guid Uid, string Step, int Attempt)
{
    public string Name => $"{Incarnation}:{Number}";
}

/// <summary>An insert or an update of an execution's row.</summary>
internal sealed record RowChange(Guid Uid, long Epoch, long Revision, long JournalSequence, ExecutionPhase Phase, Guid? Owner);

/// <summary>A permit was taken or given back by a transaction that was committed then.</summary>
internal sealed record PermitChange(string Semaphore, Guid Uid, bool IsTaken, DateTimeOffset At);
