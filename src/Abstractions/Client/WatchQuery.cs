using Kontinue.Resources;

namespace Kontinue.Client;

/// <summary>Which changes to tell.</summary>
public sealed record WatchQuery
{
    /// <summary>Which executions. Default: all.</summary>
    public ExecutionSelector Selector { get; init; } = ExecutionSelector.All;

    /// <summary>
    /// Tell what happened from this version on: a list's, or the last event's. What was changed together has one version, so that of an
    /// event is told again, and what came with it is not missed. Null, or "0": begin with one <see cref="ExecutionEventType.Added"/>
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
/// <param name="Execution">
/// The execution after it, with what it waits for, without state and children; null for a bookmark. Watches of one process share the
/// instance.
/// </param>
/// <param name="ResourceVersion">The version of the change: where to go on. Of what was there at the beginning, its own version.</param>
public sealed record ExecutionEvent(ExecutionEventType Type, Execution? Execution, string ResourceVersion)
{
    /// <summary>Set on the bookmark after the executions that were there at the beginning.</summary>
    public bool IsInitialEnd { get; init; }
}
