using Kontinue.Engine.Storage;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kontinue.Api.Responses;

/// <summary>Makes a <c>Status</c> of everything that can go wrong.</summary>
internal sealed class StatusFactory(ApiGroup group, ILogger logger)
{
    private const string Resource = "executions";

    public static ErrorStatus BadRequest(string message, IReadOnlyList<StatusCause>? causes = null) =>
        Make(StatusCodes.Status400BadRequest, StatusReason.BadRequest, message, causes is null ? null : new StatusDetails { Causes = causes });

    public static ErrorStatus BadParameter(string parameter, string message) =>
        BadRequest($"{parameter}: {message}", [new StatusCause(CauseReason.Invalid, message, parameter)]);

    public static ErrorStatus Invalid(string? name, IReadOnlyList<StatusCause> causes) => Make(
        StatusCodes.Status422UnprocessableEntity, StatusReason.Invalid,
        $"The Execution {(name is null ? "" : $"\"{name}\" ")}is invalid: {string.Join("; ", causes.Select(c => $"{c.Field}: {c.Message}"))}",
        new StatusDetails { Name = name, Kind = Resource, Causes = causes });

    public static ErrorStatus BodyTooLarge(int limit) => Make(
        StatusCodes.Status413PayloadTooLarge, StatusReason.RequestEntityTooLarge,
        $"The body is larger than {limit:N0} bytes. Store large values elsewhere and pass a reference.");

    public static ErrorStatus UnsupportedMediaType(string? given, IReadOnlyList<string> allowed) => Make(
        StatusCodes.Status415UnsupportedMediaType, StatusReason.UnsupportedMediaType,
        $"{(given is null ? "The body has no Content-Type." : $"'{given}' is not supported.")} Send UTF-8, with Content-Type: {string.Join(" or ", allowed)}.");

    public static ErrorStatus NotAcceptable(string given) => Make(
        StatusCodes.Status406NotAcceptable, StatusReason.NotAcceptable,
        $"Accept: {(given.Length <= 256 ? given : given[..256] + "...")} names nothing that is served here. Ask for application/json.");

    public static ErrorStatus MethodNotAllowed(string method, string allowed) => Make(
        StatusCodes.Status405MethodNotAllowed, StatusReason.MethodNotAllowed, $"{method} is not supported here; use {allowed}.");

    public static ErrorStatus UnknownPath(PathString path) => Make(
        StatusCodes.Status404NotFound, StatusReason.NotFound, $"There is nothing at {path}. What there is, is listed at /apis.");

    /// <summary>The status of an exception. What is not known is a defect: it is logged, and the caller gets the id to look for.</summary>
    public ErrorStatus From(Exception exception, HttpContext context)
    {
        ErrorStatus status = exception switch
        {
            ApiException e => e.Status,
            InvalidRequestException e when e.Field is "limit" or "continue" => BadParameter(e.Field, e.Message),
            InvalidRequestException e => Invalid((string?)context.Request.RouteValues["name"], [new StatusCause(CauseReason.Invalid, e.Message, e.Field)]),
            ExecutionNotFoundException e => About(e.Key, StatusCodes.Status404NotFound, StatusReason.NotFound, e.Message),
            ExecutionAlreadyExistsException e => About(e.Key, StatusCodes.Status409Conflict, StatusReason.AlreadyExists, e.Message, e.ExistingUid),
            ExecutionConflictException e => About(e.Key, StatusCodes.Status409Conflict, StatusReason.Conflict, e.Message),
            PayloadTooLargeException e => Make(StatusCodes.Status413PayloadTooLarge, StatusReason.RequestEntityTooLarge, e.Message),
            UnavailableException or StoreException { IsTransient: true } => Make(
                StatusCodes.Status503ServiceUnavailable, StatusReason.ServiceUnavailable, exception.Message, new StatusDetails { RetryAfterSeconds = 1 }),
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Make(
                StatusCodes.Status413PayloadTooLarge, StatusReason.RequestEntityTooLarge, "The body is too large."),
            BadHttpRequestException e => BadRequest(e.Message) with { Code = e.StatusCode },
            _ => Internal(exception, context),
        };
        return status.Details is null ? status : status with { Details = status.Details with { Group = group.Name } };
    }

    private static ErrorStatus Make(int code, string reason, string message, StatusDetails? details = null) =>
        new() { Code = code, Reason = reason, Message = message, Details = details };

    private static ErrorStatus About(ExecutionKey key, int code, string reason, string message, Guid? uid = null) =>
        Make(code, reason, message, new StatusDetails { Name = key.Name, Kind = Resource, Uid = uid });

    private ErrorStatus Internal(Exception exception, HttpContext context)
    {
        string id = Guid.NewGuid().ToString("N")[..12];
        logger.InternalError(exception, id, context.Request.Method, context.Request.Path);
        return Make(
            StatusCodes.Status500InternalServerError, StatusReason.InternalError,
            $"Internal error. The server's log has the details under the id {id}.");
    }
}
