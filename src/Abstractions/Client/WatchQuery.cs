using Kontinue.Resources;

namespace Kontinue.Client;

/// <summary>Which changes to tell.</summary>
public sealed record WatchQuery
{
    /// <summary>Which executions. Default: all.</summary>
    public ExecutionSelector Selector { get; init; } = ExecutionSelector.All;

    /// <summary>
    /// Tell what happened after this version: a list's, or the last event's. Null: begin with one <see cref="ExecutionEventType.Added"/>
    /// for each execution that there is, then a <see cref="ExecutionEventType.Bookmark"/> with <see cref="ExecutionEvent.IsInitialEnd"/>.
    /// </summary>
    public string? ResourceVersion { get; init; }
}

/// <summary>What happened to an execution.</summary>
public enum ExecutionEventType
{
    /// <summary>It is there; it was not, or the watch did not select it, or this cannot be known.</summary>
    Added = 0,

    /// <summary>It changed.</summary>
    Modified = 1,

    /// <summary>It is gone, or is not selected any more. One that is gone shows its metadata, function and last phase only.</summary>
    Deleted = 2,

    /// <summary>Nothing happened up to the version: where to go on after a lost connection. Sent now and then.</summary>
    Bookmark = 3,
}

/// <summary>One change.</summary>
/// <param name="Type">What happened.</param>
/// <param name="Execution">The execution after it, without state and children; null for a bookmark.</param>
/// <param name="ResourceVersion">The version of the change: where to go on.</param>
public sealed record ExecutionEvent(ExecutionEventType Type, Execution? Execution, string ResourceVersion)
{
    /// <summary>Set on the bookmark after the executions that were there at the beginning.</summary>
    public bool IsInitialEnd { get; init; }
}
