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

    internal void Validate(string function)
    {
        Retry.Validate($"{function}: {nameof(Retry)}");
        if (DeleteAfter <= TimeSpan.Zero || DeleteAfter > Duration.Max)
        {
            throw new ArgumentException($"{nameof(DeleteAfter)} of function '{function}' must be more than zero and at most 100 years.");
        }

        if (AttemptTimeout <= TimeSpan.Zero || OverallTimeout <= TimeSpan.Zero ||
            AttemptTimeout > Duration.Max || OverallTimeout > Duration.Max)
        {
            throw new ArgumentException($"The timeouts of function '{function}' must be more than zero and at most 100 years.");
        }
    }
}
