using System.Net;
using System.Text.Json;
using Kontinue.Resources;

namespace Kontinue.Client.Transport;

/// <summary>Turns a <c>Status</c> into the exception that the same call would have thrown inside a host.</summary>
internal static class StatusErrors
{
    /// <summary>The exception of an answer that is no success.</summary>
    /// <param name="code">The HTTP status code.</param>
    /// <param name="answer">The body.</param>
    /// <param name="retryAfter">What the header of that name asks for.</param>
    /// <param name="key">The execution that the request was about.</param>
    public static Exception ToException(HttpStatusCode code, ReadOnlySpan<byte> answer, TimeSpan? retryAfter, ExecutionKey key)
    {
        ErrorStatus? status = Read(answer);

        // Without a status, a proxy said so, or something that is no Kontinue server.
        return status?.Reason is not null ? ToException(code, status, retryAfter, key) : code switch
        {
            HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout =>
                new AttemptFailedException($"HTTP status {(int)code}") { RetryAfter = retryAfter },
            HttpStatusCode.TooManyRequests => Throttled("Too many requests (HTTP status 429).", retryAfter),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                new AccessDeniedException($"The server refuses access (HTTP status {(int)code})."),
            _ => NotAnApi(code),
        };
    }

    /// <summary>The exception of an error that a watch was told.</summary>
    public static Exception ToException(ErrorStatus status) => ToException((HttpStatusCode)status.Code, status, retryAfter: null, key: default);

    public static KontinueException NotAnApi(HttpStatusCode code, Exception? inner = null) => new(
        ErrorKind.Infrastructure, $"The server's answer (HTTP status {(int)code}) is not one of the Kontinue API. Is the address right?", retryable: false, inner: inner);

    private static Exception ToException(HttpStatusCode code, ErrorStatus status, TimeSpan? retryAfter, ExecutionKey key)
    {
        string message = status.Message ?? status.Reason ?? "No reason was given.";
        StatusDetails? details = status.Details;
        TimeSpan? after = retryAfter ?? (details?.RetryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
        return status.Reason switch
        {
            StatusReason.NotFound when details?.Kind is "executions" or "archivedexecutions" && key != default => new ExecutionNotFoundException(key),
            StatusReason.AlreadyExists => new ExecutionAlreadyExistsException(key, details?.Uid ?? Guid.Empty),
            StatusReason.Conflict => new ExecutionConflictException(key, message),
            StatusReason.BadRequest or StatusReason.Invalid => new InvalidRequestException(FieldOf(details), message),
            StatusReason.Expired or "Gone" => new VersionExpiredException(message),
            StatusReason.Unauthorized or StatusReason.Forbidden => new AccessDeniedException(message),
            StatusReason.TooManyRequests => Throttled(message, after),
            StatusReason.RequestEntityTooLarge => new KontinueException(ErrorKind.Validation, message, retryable: false),
            _ => code is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout
                ? new AttemptFailedException(message) { IsSaidByServer = true, RetryAfter = after }
                : new KontinueException(
                    (int)code < 500 ? ErrorKind.Validation : ErrorKind.Internal, $"{message} (HTTP status {(int)code}, {status.Reason})", retryable: false),
        };
    }

    private static AttemptFailedException Throttled(string message, TimeSpan? retryAfter) =>
        new(message) { IsSaidByServer = true, IsSurelyNotAccepted = true, IsThrottled = true, RetryAfter = retryAfter };

    private static string FieldOf(StatusDetails? details) => details?.Causes is { Count: > 0 } causes ? causes[0].Field ?? "" : "";

    private static ErrorStatus? Read(ReadOnlySpan<byte> answer)
    {
        try
        {
            return JsonSerializer.Deserialize(answer, ResourceJson.Tolerant<ErrorStatus>());
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
