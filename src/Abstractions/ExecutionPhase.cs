namespace Kontinue;

/// <summary>Where an execution is in its life. The allowed changes are drawn in <c>docs/state-machine.md</c>.</summary>
public enum ExecutionPhase
{
    /// <summary>Nobody runs it yet.</summary>
    Pending = 0,

    /// <summary>Its function is running.</summary>
    Executing = 1,

    /// <summary>It waits for a child, a time, an event or a person, and needs no memory for it.</summary>
    Suspended = 2,

    /// <summary>An attempt failed; the next one starts after a wait.</summary>
    Backoff = 3,

    /// <summary>Terminal: the function returned.</summary>
    Completed = 4,

    /// <summary>Terminal: the function failed and no attempt is left.</summary>
    Failed = 5,

    /// <summary>Terminal: it was canceled.</summary>
    Canceled = 6,

    /// <summary>Terminal: a person decided to pass it over.</summary>
    Skipped = 7,
}

/// <summary>What can be said of a phase.</summary>
public static class ExecutionPhaseExtensions
{
    /// <summary>Whether the execution has ended for good.</summary>
    public static bool IsTerminal(this ExecutionPhase phase) => phase >= ExecutionPhase.Completed;
}
