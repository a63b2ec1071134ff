namespace Kontinue;

/// <summary>A job or a pod did not succeed.</summary>
/// <remarks>
/// Its kind is that of a child's failure (<see cref="ErrorKind.ChildFailed"/>, <see cref="ErrorKind.ChildCanceled"/>) or
/// <see cref="ErrorKind.Timeout"/>, none of them retryable, as a retry keeps the outcome unless its <see cref="ChildPolicy"/> is
/// <see cref="ChildPolicy.RetryFailed"/>. A lost one is <see cref="ErrorKind.Infrastructure"/> and retryable, and one that could not be run
/// <see cref="ErrorKind.Validation"/>; both are run again by the next attempt, whatever the policy says.
/// </remarks>
public sealed class JobFailedException(string job, ExecutionError error, JobResult result)
    : KontinueException(error.Kind, error.Message, error.Retryable, job)
{
    /// <summary>What became of it.</summary>
    public JobResult Result { get; } = result;
}
