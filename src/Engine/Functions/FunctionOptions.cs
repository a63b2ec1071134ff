using Kontinue.Resources;

namespace Kontinue.Engine.Functions;

/// <summary>What an author says of a function. An execution's own spec overrides the defaults given here.</summary>
public sealed class FunctionOptions
{
    /// <summary>What the function does, for people.</summary>
    public string? Description { get; set; }

    /// <summary>What happens after a failed attempt. Default: no retry.</summary>
    public RetryPolicy Retry { get; set; } = RetryPolicy.None;

    /// <summary>What a retry does with children. Default: keeps their results and failures.</summary>
    public ChildPolicy ChildPolicy { get; set; }

    /// <summary>How long one attempt may take. Default: no limit.</summary>
    public TimeSpan? AttemptTimeout { get; set; }

    /// <summary>How long all attempts together may take. Default: no limit.</summary>
    public TimeSpan? OverallTimeout { get; set; }

    /// <summary>
    /// How long after its end an execution is deleted with all that it started. More than zero, at most 100 years. Default: never. It counts
    /// for executions that are created from now on, and not for children, which go with their root.
    /// </summary>
    public TimeSpan? DeleteAfter { get; set; }

    /// <summary>
    /// How long after its end an execution is archived with all that it started. More than zero, at most 100 years. Default: never. It counts as <see cref="DeleteAfter"/> does.
    /// </summary>
    public TimeSpan? ArchiveAfter { get; set; }

    /// <summary>How many executions of the function may be under way at once.</summary>
    public ConcurrencyOptions Concurrency { get; } = new();

    /// <summary>The ttl of executions that say none themselves; null: there is none.</summary>
    internal TtlSpec? Ttl =>
        ArchiveAfter is null && DeleteAfter is null ? null : new TtlSpec { ArchiveAfter = ArchiveAfter, DeleteAfter = DeleteAfter };

    internal void Validate(string function)
    {
        Retry.Validate($"{function}: {nameof(Retry)}");
        if (ArchiveAfter <= TimeSpan.Zero || ArchiveAfter > Duration.Max)
        {
            throw new ArgumentException($"{nameof(ArchiveAfter)} of function '{function}' must be more than zero and at most 100 years.");
        }

        if (DeleteAfter <= TimeSpan.Zero || DeleteAfter > Duration.Max)
        {
            throw new ArgumentException($"{nameof(DeleteAfter)} of function '{function}' must be more than zero and at most 100 years.");
        }

        if (Concurrency.Limit < 1 || Concurrency.KeyLimit < 1)
        {
            throw new ArgumentException($"The limits in {nameof(Concurrency)} of function '{function}' must be at least 1.");
        }

        if (AttemptTimeout <= TimeSpan.Zero || OverallTimeout <= TimeSpan.Zero ||
            AttemptTimeout > Duration.Max || OverallTimeout > Duration.Max)
        {
            throw new ArgumentException($"The timeouts of function '{function}' must be more than zero and at most 100 years.");
        }
    }
}

/// <summary>
/// How many executions of a function may be under way at once, over all silos of the worker group. One is under way from its first start until it has ended, also
/// while it is suspended: a function under a limit should therefore not wait for executions of the same function.
/// </summary>
public sealed class ConcurrencyOptions
{
    /// <summary>
    /// All executions of the function. At least 1. Default: no limit. It counts for executions that are created from now on. A child that is started on a
    /// silo of another group, before that one has heard of the function, is created without it.
    /// </summary>
    public int? Limit { get; set; }

    /// <summary>
    /// Executions with the same <see cref="Resources.ExecutionSpec.ConcurrencyKey"/> in a namespace, those of other functions counted. At least 1. Default 1.
    /// </summary>
    public int KeyLimit { get; set; } = 1;
}
