using System.Net;
using System.Text.Json;
using Kontinue.Resources;

namespace Kontinue.Client;

/// <summary>Turns a <c>Status</c> into the exception that the same call would have thrown inside a host.</summary>
internal static class StatusErrors
{
    public static Exception ToException(HttpStatusCode code, byte[] answer, ExecutionKey key)
    {
        ErrorStatus? status = Read(answer);
        if (status?.Reason is null)
        {
            // A proxy's page, or something that is no Kontinue server.
            return code is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout
                ? new ApiTransport.TransportException($"HTTP status {(int)code}", neverSent: false, inner: null)
                : NotAnApi(code);
        }

        string message = status.Message ?? status.Reason;
        string field = status.Details?.Causes is { Count: > 0 } causes ? causes[0].Field ?? "" : "";
        return status.Reason switch
        {
            StatusReason.NotFound when status.Details?.Kind is not null => new ExecutionNotFoundException(key),
            StatusReason.AlreadyExists => new ExecutionAlreadyExistsException(key, status.Details?.Uid ?? Guid.Empty),
            StatusReason.Conflict => new ExecutionConflictException(key, message),
            StatusReason.BadRequest or StatusReason.Invalid => new InvalidRequestException(field, message),
            StatusReason.ServiceUnavailable => new ApiTransport.TransportException(message, neverSent: false, inner: null) { SaidByServer = true },
            StatusReason.RequestEntityTooLarge => new KontinueException(ErrorKind.Validation, message, retryable: false),
            _ => new KontinueException(ErrorKind.Internal, message, retryable: false),
        };
    }

    public static KontinueException NotAnApi(HttpStatusCode code, Exception? inner = null) => new(
        ErrorKind.Infrastructure, $"The server's answer (HTTP status {(int)code}) is not one of the Kontinue API. Is the address right?", retryable: false, inner: inner);

    private static ErrorStatus? Read(byte[] answer)
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
