namespace Kontinue.Engine.Commit;

internal enum EffectKind
{
    /// <summary>Run a step's body. Subject: the operation.</summary>
    RunStep,

    /// <summary>Ask a poll's condition. Subject: the operation.</summary>
    AskPoll,

    /// <summary>Tell the job gateway to run a job. Subject: the operation.</summary>
    StartJob,

    /// <summary>Tell the job gateway to end a job that is not wanted any more. Subject: the job's id.</summary>
    StopJob,

    /// <summary>Deliver a message that is stored. Subject: the message.</summary>
    Route,

    /// <summary>Deliver what was stored instead of a child whose name is taken. Subject: the child's row write.</summary>
    RouteIfRefused,

    /// <summary>Run the function anew. No subject.</summary>
    Restart,

    /// <summary>There is work that no silo owns yet. Subject: its worker group, if any.</summary>
    SignalBacklog,

    /// <summary>Somebody waits for permits. Subject: the semaphores.</summary>
    LookAt,

    /// <summary>The execution has ended, or has left this process for another reason. No subject.</summary>
    Close,
}

/// <summary>Something that may happen only after the commit of what led to it.</summary>
internal readonly record struct Effect(EffectKind Kind, object? Subject = null);
