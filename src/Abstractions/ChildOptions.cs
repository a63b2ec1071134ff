namespace Kontinue;

/// <summary>How a child execution runs. What is left out comes from the child function's own defaults.</summary>
public sealed record ChildOptions
{
    /// <summary>
    /// The child's name. Default: made from the parent's name, the function and the occurrence. Must be free in the namespace. A child that is
    /// started again by a later attempt, or after ContinueAsNew, has the number of the attempt (and of the run) appended.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>What happens after a failed attempt.</summary>
    public RetryPolicy? Retry { get; init; }

    /// <summary>What happens to the child's own children on its retry.</summary>
    public ChildPolicy? ChildPolicy { get; init; }

    /// <summary>How long one attempt may take.</summary>
    public TimeSpan? AttemptTimeout { get; init; }

    /// <summary>How long all attempts together may take.</summary>
    public TimeSpan? OverallTimeout { get; init; }

    /// <summary>The group of silos that shall run the child. Default: that of its parent, or the only one that has the function.</summary>
    public string? WorkerGroup { get; init; }

    /// <summary>
    /// The name of a mutex that the child holds from its first start until its end: 1 to 253 characters. It must not be one that its parent holds and
    /// waits for the child with.
    /// </summary>
    public string? Mutex { get; init; }

    /// <summary>Which executions are let in first when not all can be: 1 (first) to 5. Default 3.</summary>
    public int? Priority { get; init; }

    /// <summary>Executions of one namespace with the same key share the limit that their function sets for a key. Default: none.</summary>
    public string? ConcurrencyKey { get; init; }

    /// <summary>Labels of the child.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
}
