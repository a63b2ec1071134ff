namespace Kontinue;

/// <summary>What sort of failure it was. The kinds and their default retryability are kontinue's.</summary>
public enum ErrorKind
{
    /// <summary>The function's author says: a plain exception (retryable) or <see cref="NonRetryableException"/>.</summary>
    Execution = 0,

    /// <summary>Something underneath failed: database, network, platform. Retryable.</summary>
    Infrastructure = 1,

    /// <summary>Input that cannot be used. Not retryable.</summary>
    Validation = 2,

    /// <summary>A child execution failed. Not retryable.</summary>
    ChildFailed = 3,

    /// <summary>A child execution was canceled. Not retryable.</summary>
    ChildCanceled = 4,

    /// <summary>A deadline passed. The timeout of an attempt is retryable; an overall one, and the deadline of a wait, is not.</summary>
    Timeout = 5,

    /// <summary>A defect in Kontinue. Not retryable.</summary>
    Internal = 6,
}
