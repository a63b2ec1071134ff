namespace Kontinue;

/// <summary>The root of all exceptions that Kontinue throws to its users.</summary>
public class KontinueException : Exception
{
    /// <summary>Makes an exception of a kind.</summary>
    public KontinueException(ErrorKind kind, string message, bool retryable, string? step = null, Exception? inner = null)
        : base(message, inner)
    {
        Kind = kind;
        Retryable = retryable;
        Step = step;
    }

    /// <summary>What sort of failure.</summary>
    public ErrorKind Kind { get; }

    /// <summary>Whether another attempt may help.</summary>
    public bool Retryable { get; }

    /// <summary>The step, child or suspension it came from, if any.</summary>
    public string? Step { get; }
}

/// <summary>Thrown by function code to say that another attempt would not help.</summary>
public class NonRetryableException(string message, Exception? inner = null)
    : KontinueException(ErrorKind.Execution, message, retryable: false, inner: inner);

/// <summary>A step failed and has no attempt left. The original exception's type is in <see cref="Error"/>.</summary>
public sealed class StepFailedException(string step, ExecutionError error)
    : KontinueException(error.Kind, error.Message, error.Retryable, step)
{
    /// <summary>The failure of the last attempt.</summary>
    public ExecutionError Error { get; } = error;
}

/// <summary>A child execution failed.</summary>
public sealed class ChildFailedException(ExecutionKey child, ExecutionError error)
    : KontinueException(ErrorKind.ChildFailed, $"Child execution {child} failed: {error.Message}", retryable: false, child.Name)
{
    /// <summary>The child.</summary>
    public ExecutionKey Child { get; } = child;

    /// <summary>The child's own failure.</summary>
    public ExecutionError Error { get; } = error;
}

/// <summary>A child execution was canceled.</summary>
public sealed class ChildCanceledException(ExecutionKey child)
    : KontinueException(ErrorKind.ChildCanceled, $"Child execution {child} was canceled.", retryable: false, child.Name)
{
    /// <summary>The child.</summary>
    public ExecutionKey Child { get; } = child;
}

/// <summary>An execution whose result was asked for has failed.</summary>
public sealed class ExecutionFailedException(ExecutionKey key, ExecutionError error)
    : KontinueException(error.Kind, $"Execution {key} failed: {error.Message}", error.Retryable, error.Step)
{
    /// <summary>The execution.</summary>
    public ExecutionKey Key { get; } = key;

    /// <summary>Its failure.</summary>
    public ExecutionError Error { get; } = error;
}

/// <summary>An execution whose result was asked for was canceled or skipped.</summary>
public sealed class ExecutionCanceledException(ExecutionKey key)
    : KontinueException(ErrorKind.Execution, $"Execution {key} was canceled.", retryable: false)
{
    /// <summary>The execution.</summary>
    public ExecutionKey Key { get; } = key;
}

/// <summary>A deadline passed while waiting for a resume, an event or a condition.</summary>
public sealed class DurableTimeoutException(string step, TimeSpan timeout)
    : KontinueException(ErrorKind.Timeout, $"'{step}' was not done within {Duration.Format(timeout)}.", retryable: false, step)
{
    /// <summary>How long was waited.</summary>
    public TimeSpan Timeout { get; } = timeout;
}

/// <summary>A value does not fit into the journal.</summary>
public sealed class PayloadTooLargeException(string what, long size, long limit, string? step = null)
    : KontinueException(
        ErrorKind.Validation,
        $"{what} is {size:N0} bytes of JSON, more than the limit of {limit:N0}. Store it elsewhere and pass a reference, or raise MaxPayloadBytes.",
        retryable: false,
        step)
{
    /// <summary>What it is, for people.</summary>
    public string What { get; } = what;

    /// <summary>Its size, in bytes of JSON.</summary>
    public long Size { get; } = size;

    /// <summary>The largest size allowed, in bytes.</summary>
    public long Limit { get; } = limit;
}

/// <summary>A request that cannot be accepted: nothing was stored.</summary>
public sealed class InvalidRequestException(string field, string message)
    : KontinueException(ErrorKind.Validation, message, retryable: false)
{
    /// <summary>The path of the field at fault, such as <c>spec.retry.backoff</c>.</summary>
    public string Field { get; } = field;
}

/// <summary>The named execution does not exist.</summary>
public sealed class ExecutionNotFoundException(ExecutionKey key)
    : KontinueException(ErrorKind.Validation, $"Execution {key} does not exist.", retryable: false)
{
    /// <summary>The name asked for.</summary>
    public ExecutionKey Key { get; } = key;
}

/// <summary>The name is taken.</summary>
public sealed class ExecutionAlreadyExistsException(ExecutionKey key, Guid existingUid)
    : KontinueException(ErrorKind.Validation, $"Execution {key} already exists with uid {existingUid}.", retryable: false)
{
    /// <summary>The name asked for.</summary>
    public ExecutionKey Key { get; } = key;

    /// <summary>The execution that has the name.</summary>
    public Guid ExistingUid { get; } = existingUid;
}

/// <summary>The execution is in a phase that does not allow the request, such as an event for one that has ended.</summary>
public sealed class ExecutionConflictException(ExecutionKey key, string message)
    : KontinueException(ErrorKind.Validation, message, retryable: false)
{
    /// <summary>The execution.</summary>
    public ExecutionKey Key { get; } = key;
}

/// <summary>The store or the host cannot take work now. Nothing was accepted, unless <see cref="MayHaveBeenDone"/> says otherwise; try again later.</summary>
public sealed class UnavailableException(string message, Exception? inner = null)
    : KontinueException(ErrorKind.Infrastructure, message, retryable: true, inner: inner)
{
    /// <summary>
    /// Whether what was asked for may have been done all the same, as when an answer was lost. Look before asking again. Default false; an
    /// answer of the HTTP API does not tell it.
    /// </summary>
    public bool MayHaveBeenDone { get; init; }
}

/// <summary>Changes since the version asked for cannot all be told any more. List again, and go on from the list's version.</summary>
public sealed class VersionExpiredException(string message) : KontinueException(ErrorKind.Validation, message, retryable: false);

/// <summary>Too much is asked for at once, or a watch was read too slowly. Try again after a while.</summary>
public sealed class TooManyRequestsException(string message, TimeSpan retryAfter)
    : KontinueException(ErrorKind.Infrastructure, message, retryable: true)
{
    /// <summary>When to try again.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}

/// <summary>The caller may not do that.</summary>
public sealed class AccessDeniedException(string message) : KontinueException(ErrorKind.Validation, message, retryable: false);
