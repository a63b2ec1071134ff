namespace Kontinue.Resources;

/// <summary>What the API answers instead of a resource: Kubernetes' <c>Status</c>, for errors and for actions that return nothing else.</summary>
public sealed record ErrorStatus
{
    /// <summary>The value of <see cref="Status"/> for an error.</summary>
    public const string Failure = "Failure";

    /// <summary>The value of <see cref="Status"/> for an action that was accepted.</summary>
    public const string Success = "Success";

    /// <summary>Always <c>Status</c>.</summary>
    public string Kind { get; init; } = "Status";

    /// <summary>Always <c>v1</c>.</summary>
    public string ApiVersion { get; init; } = "v1";

    /// <summary>Always empty; Kubernetes clients expect it.</summary>
    public ListMetadata Metadata { get; init; } = new();

    /// <summary><see cref="Success"/> or <see cref="Failure"/>.</summary>
    public string Status { get; init; } = Failure;

    /// <summary>For people: what was wrong, where, and what would be right.</summary>
    public string? Message { get; init; }

    /// <summary>For programs: one of <see cref="StatusReason"/>.</summary>
    public string? Reason { get; init; }

    /// <summary>What it is about.</summary>
    public StatusDetails? Details { get; init; }

    /// <summary>The HTTP status code.</summary>
    public int Code { get; init; }
}

/// <summary>What a <see cref="ErrorStatus"/> is about.</summary>
public sealed record StatusDetails
{
    /// <summary>The resource's name.</summary>
    public string? Name { get; init; }

    /// <summary>The API group.</summary>
    public string? Group { get; init; }

    /// <summary>The resource's kind, in the plural as Kubernetes writes it here: <c>executions</c>.</summary>
    public string? Kind { get; init; }

    /// <summary>The uid of the resource that is in the way or was asked for.</summary>
    public Guid? Uid { get; init; }

    /// <summary>Each thing that is wrong.</summary>
    public IReadOnlyList<StatusCause>? Causes { get; init; }

    /// <summary>When to try again, where that may help.</summary>
    public int? RetryAfterSeconds { get; init; }
}

/// <summary>One thing that is wrong.</summary>
/// <param name="Reason">For programs, such as <c>FieldValueInvalid</c>.</param>
/// <param name="Message">For people.</param>
/// <param name="Field">The path of the field, such as <c>spec.retry.backoff</c>.</param>
public sealed record StatusCause(string Reason, string Message, string? Field = null);

/// <summary>The reasons that the API gives: Kubernetes' own, and three for the outcome of an execution.</summary>
public static class StatusReason
{
    /// <summary>400: the request cannot be understood.</summary>
    public const string BadRequest = "BadRequest";

    /// <summary>401: nobody known, where the server wants to know who asks.</summary>
    public const string Unauthorized = "Unauthorized";

    /// <summary>403: not allowed to the one who asks; also a browser on another origin, or a foreign Host header.</summary>
    public const string Forbidden = "Forbidden";

    /// <summary>404.</summary>
    public const string NotFound = "NotFound";

    /// <summary>405.</summary>
    public const string MethodNotAllowed = "MethodNotAllowed";

    /// <summary>406: the Accept header names nothing that is served.</summary>
    public const string NotAcceptable = "NotAcceptable";

    /// <summary>408: the execution has not ended within the time asked for.</summary>
    public const string Timeout = "Timeout";

    /// <summary>409: the name is taken.</summary>
    public const string AlreadyExists = "AlreadyExists";

    /// <summary>409: the execution's phase does not allow it.</summary>
    public const string Conflict = "Conflict";

    /// <summary>409: its result was asked for, but it failed.</summary>
    public const string ExecutionFailed = "ExecutionFailed";

    /// <summary>409: its result was asked for, but it was canceled.</summary>
    public const string ExecutionCanceled = "ExecutionCanceled";

    /// <summary>409: its result was asked for, but it was skipped.</summary>
    public const string ExecutionSkipped = "ExecutionSkipped";

    /// <summary>410: the version asked for is too old to tell all that happened since; list again.</summary>
    public const string Expired = "Expired";

    /// <summary>429: too many requests at once; try again after <see cref="StatusDetails.RetryAfterSeconds"/>.</summary>
    public const string TooManyRequests = "TooManyRequests";

    /// <summary>413.</summary>
    public const string RequestEntityTooLarge = "RequestEntityTooLarge";

    /// <summary>415.</summary>
    public const string UnsupportedMediaType = "UnsupportedMediaType";

    /// <summary>422: understood, but a value is wrong.</summary>
    public const string Invalid = "Invalid";

    /// <summary>500: a defect; the message has the id to look for in the server's log.</summary>
    public const string InternalError = "InternalError";

    /// <summary>503: nothing is accepted now; try again later.</summary>
    public const string ServiceUnavailable = "ServiceUnavailable";
}
