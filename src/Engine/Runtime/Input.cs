namespace Kontinue.Engine.Runtime;

internal enum InputKind
{
    /// <summary>A new execution begins. No subject.</summary>
    Start,

    /// <summary>A stored execution was claimed. Subject: the claim.</summary>
    Load,

    /// <summary>A message came. Subjects: the message; and the run that it was read for, if it was found in the store.</summary>
    Message,

    /// <summary>
    /// Messages are stored that may not be among those that it was claimed with. It waits behind them, and then has them read. Subject: whether other
    /// silos are to be told if the claim fails.
    /// </summary>
    Told,

    /// <summary>A step's attempt ended. Subjects: run, operation, outcome.</summary>
    StepDone,

    /// <summary>A poll was answered. Subjects: run, operation, outcome.</summary>
    PollDone,

    /// <summary>The job gateway was told of a job. Subjects: run, operation, why it could not be (or null).</summary>
    JobTold,

    /// <summary>Something may be due.</summary>
    Tick,

    /// <summary>Something that the function awaited outside of Kontinue has ended. Subject: run.</summary>
    Nudge,

    /// <summary>A commit is durable. Subject: the participation.</summary>
    Committed,

    /// <summary>The execution belongs to somebody else, or must leave memory at once.</summary>
    Drop,

    /// <summary>Leave memory if nothing is under way.</summary>
    Evict,
}

/// <summary>Something that happens to an execution: handled one after the other.</summary>
internal readonly record struct Input(InputKind Kind, object? A = null, object? B = null, object? C = null);
