namespace Kontinue;

/// <summary>How a single step runs.</summary>
public sealed record StepOptions
{
    /// <summary>What happens after a failure. Default: the failure goes to the function at once.</summary>
    public RetryPolicy Retry { get; init; } = RetryPolicy.None;

    /// <summary>
    /// How long one attempt may take. Default: no limit. An attempt that overruns fails with <see cref="ErrorKind.Timeout"/> and can be
    /// retried; its token is canceled, and a result that comes later is dropped.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Shown instead of the name where people look. Default: the name.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Shown beside the name where people look.</summary>
    public string? Description { get; init; }
}
