using Kontinue.Engine.Jobs;

namespace Kontinue.Engine.Journal;

/// <summary>What a journal entry says. The names are stored: never rename one, only add.</summary>
internal enum EntryKind
{
    StepCompleted,
    StepFailed,
    StepRetry,
    StepCanceled,
    TimerStarted,
    TimerFired,
    SuspensionStarted,
    Resumed,
    EventWaitStarted,
    EventReceived,
    PollStarted,
    WaitTimedOut,
    ChildStarted,
    ChildEnded,
    CancelRequested,
    AttemptFailed,
    AttemptStarted,
    SkipRequested,
    JobStarted,
    JobEnded,
}

/// <summary>One fact about an execution, in the order in which the facts became known to it.</summary>
internal sealed record Entry
{
    public required EntryKind Kind { get; init; }

    /// <summary>When it became known: what <see cref="KontinueContext.UtcNow"/> says while the function reacts to it.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The operation, such as <c>pay#2</c>; of an event its name; null for entries of the execution itself.</summary>
    public string? Operation { get; init; }

    /// <summary>Result or payload.</summary>
    public JsonPayload Value { get; init; }

    public ExecutionError? Error { get; init; }

    /// <summary>Due time or deadline.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>The attempt that failed or starts.</summary>
    public int Attempt { get; init; }

    /// <summary>The message that brought the fact, so that a message that is stored twice counts once.</summary>
    public Guid? MessageId { get; init; }

    /// <summary>The child that was started.</summary>
    public ChildInfo? Child { get; init; }

    /// <summary>The job that was started, or ended.</summary>
    public JobInfo? Job { get; init; }

    /// <summary>
    /// How a child or a job ended. Of a failed attempt: how the execution had ended before somebody asked for another attempt; null when the
    /// attempt is one that follows by itself.
    /// </summary>
    public ExecutionPhase? Phase { get; init; }

    /// <summary>Of an attempt that somebody asked for: what becomes of failed children, whatever the execution's own policy says.</summary>
    public ChildPolicy? ChildPolicy { get; init; }

    /// <summary>Of a suspension, for people; of a cancellation or a skip, its reason.</summary>
    public string? Text { get; init; }
}

/// <summary>A child as its parent's journal knows it.</summary>
/// <param name="Name">Its name, in the parent's namespace.</param>
/// <param name="Uid">Its uid.</param>
/// <param name="Function">Its function: another one in new code is a disagreement.</param>
/// <param name="Detached">Spawned: it goes on when the parent ends.</param>
internal sealed record ChildInfo(string Name, Guid Uid, string Function, bool Detached);

/// <summary>A job as the journal knows it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">What the function asked for: another kind in new code is a disagreement.</param>
/// <param name="Silo">The name of the silo that recorded its start.</param>
internal sealed record JobInfo(Guid Id, JobKind Kind, string Silo);
