using System.Globalization;
using Kontinue.Api.Requests;
using Kontinue.Engine.Storage;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Kontinue.Api.Responses;

/// <summary>Makes a <c>Status</c> of everything that can go wrong.</summary>
internal sealed class StatusFactory(ApiGroup group, ILogger logger)
{
    private const string Executions = "executions";

    public static ErrorStatus BadRequest(string message, IReadOnlyList<StatusCause>? causes = null) =>
        Make(StatusCodes.Status400BadRequest, StatusReason.BadRequest, message, causes is null ? null : new StatusDetails { Causes = causes });

    public static ErrorStatus BadParameter(string parameter, string message) =>
        BadRequest($"{parameter}: {message}", [new StatusCause(CauseReason.Invalid, message, parameter)]);

    public static ErrorStatus Invalid(string? name, IReadOnlyList<StatusCause> causes, string resource = Executions) => Make(
        StatusCodes.Status422UnprocessableEntity, StatusReason.Invalid,
        $"The {KindOf(resource)} {(name is null ? "" : $"\"{name}\" ")}is invalid: {string.Join("; ", causes.Select(c => $"{c.Field}: {c.Message}"))}",
        new StatusDetails { Name = name, Kind = resource, Causes = causes });

    /// <summary>A parameter or an option that can be read, and contradicts another one or what it is for.</summary>
    /// <param name="options">Kubernetes' word for the options: ListOptions or DeleteOptions.</param>
    /// <param name="field">The option.</param>
    /// <param name="message">What is wrong.</param>
    public static ErrorStatus InvalidOptions(string options, string field, string message) => Make(
        StatusCodes.Status422UnprocessableEntity, StatusReason.Invalid, $"{options} is invalid: {field}: {message}",
        new StatusDetails { Group = "meta.k8s.io", Kind = options, Causes = [new StatusCause(CauseReason.Invalid, message, field)] });

    public static ErrorStatus NotFound(string resource, string shown, string name) => Make(
        StatusCodes.Status404NotFound, StatusReason.NotFound, $"{KindOf(resource)} {shown} does not exist.",
        new StatusDetails { Name = name, Kind = resource });

    /// <summary>An apply that would create, where only the change of something was authorized.</summary>
    public static ErrorStatus NothingToApplyTo(ExecutionKey key) => About(
        key, StatusCodes.Status404NotFound, StatusReason.NotFound,
        $"Execution {key} does not exist, and the proxy has not authorized its creation. Create it with POST.");

    public static ErrorStatus Expired(string message) => Make(StatusCodes.Status410Gone, StatusReason.Expired, message);

    /// <summary>A version is asked for that has not been reached.</summary>
    public static ErrorStatus TooNew(long asked, string? current) => Make(
        StatusCodes.Status504GatewayTimeout, StatusReason.Timeout,
        string.Create(CultureInfo.InvariantCulture, $"Too large resource version: {asked}, current: {current}. Ask again later, or list anew."),
        new StatusDetails { Causes = [new StatusCause("ResourceVersionTooLarge", "Too large resource version")], RetryAfterSeconds = 1 });

    /// <summary>Some of several executions that were to be created were not.</summary>
    public static ErrorStatus PartlyCreated(IReadOnlyList<StatusCause> causes, int asked) => Make(
        StatusCodes.Status409Conflict, StatusReason.AlreadyExists,
        string.Create(CultureInfo.InvariantCulture, $"{causes.Count} of {asked} executions were not created: {Some(causes)} The others were created; sending them again is safe."),
        new StatusDetails { Kind = Executions, Causes = causes });

    /// <summary>Some of several executions that were to be deleted were not.</summary>
    public static ErrorStatus PartlyDeleted(ErrorStatus first, IReadOnlyList<StatusCause> causes, int failed, int deleted) => first with
    {
        Message = string.Create(CultureInfo.InvariantCulture, $"{failed} executions were not deleted, {deleted} were: {Some(causes)}"),
        Details = (first.Details ?? new StatusDetails()) with { Name = null, Uid = null, Kind = Executions, Causes = causes },
    };

    public static ErrorStatus BodyTooLarge(int limit) => Make(
        StatusCodes.Status413PayloadTooLarge, StatusReason.RequestEntityTooLarge,
        $"The body is larger than {limit:N0} bytes. Store large values elsewhere and pass a reference.");

    public static ErrorStatus UnsupportedMediaType(string given, IReadOnlyList<string> allowed) => Make(
        StatusCodes.Status415UnsupportedMediaType, StatusReason.UnsupportedMediaType,
        $"'{given}' is not supported. Send UTF-8, with Content-Type: {string.Join(" or ", allowed)}.");

    public static ErrorStatus NotAcceptable(string given) => Make(
        StatusCodes.Status406NotAcceptable, StatusReason.NotAcceptable,
        $"Accept: {(given.Length <= 256 ? given : given[..256] + "...")} names nothing that is served here. Ask for application/json.");

    public static ErrorStatus MethodNotAllowed(string method, string allowed) => Make(
        StatusCodes.Status405MethodNotAllowed, StatusReason.MethodNotAllowed, $"{method} is not supported here; use {allowed}.");

    /// <summary>A collection that shall be deleted without a selector.</summary>
    public static ErrorStatus NothingSelected(string ns) => Make(
        StatusCodes.Status405MethodNotAllowed, StatusReason.MethodNotAllowed,
        $"DELETE of a collection is not supported without a selector, which does not stand for all. Pass a labelSelector or a fieldSelector; " +
        $"fieldSelector={Selectors.Namespace}={ns} selects all of the namespace.");

    public static ErrorStatus UnknownPath(PathString path) => Make(
        StatusCodes.Status404NotFound, StatusReason.NotFound, $"There is nothing at {path}. What there is, is listed at /apis.");

    /// <summary>The status of an exception. What is not known is a defect: it is logged, and the caller gets the id to look for.</summary>
    public ErrorStatus From(Exception exception, HttpContext context)
    {
        ErrorStatus status = exception switch
        {
            ApiException e => e.Status,
            InvalidRequestException e when e.Field is "limit" or "continue" or "resourceVersion" or "after" => BadParameter(e.Field, e.Message),
            InvalidRequestException e => Invalid(
                (string?)context.Request.RouteValues["name"], [new StatusCause(CauseReason.Invalid, e.Message, e.Field)], ResourceOf(context)),
            ExecutionNotFoundException e => About(e.Key, StatusCodes.Status404NotFound, StatusReason.NotFound, e.Message),
            ExecutionAlreadyExistsException e => About(e.Key, StatusCodes.Status409Conflict, StatusReason.AlreadyExists, e.Message, e.ExistingUid),
            ExecutionConflictException e => About(e.Key, StatusCodes.Status409Conflict, StatusReason.Conflict, e.Message),
            PayloadTooLargeException e => Make(StatusCodes.Status413PayloadTooLarge, StatusReason.RequestEntityTooLarge, e.Message),
            VersionExpiredException e => Expired(e.Message),
            TooManyRequestsException e => Make(
                StatusCodes.Status429TooManyRequests, StatusReason.TooManyRequests, e.Message,
                new StatusDetails { RetryAfterSeconds = (int)Math.Clamp(Math.Ceiling(e.RetryAfter.TotalSeconds), 1, 3600) }),
            AccessDeniedException e => Make(
                StatusCodes.Status403Forbidden, StatusReason.Forbidden, e.Message,
                new StatusDetails { Name = (string?)context.Request.RouteValues["name"], Kind = ResourceOf(context) }),
            UnavailableException or StoreException { IsTransient: true } => Make(
                StatusCodes.Status503ServiceUnavailable, StatusReason.ServiceUnavailable, exception.Message, new StatusDetails { RetryAfterSeconds = 1 }),
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Make(
                StatusCodes.Status413PayloadTooLarge, StatusReason.RequestEntityTooLarge, "The body is too large."),
            BadHttpRequestException e => BadRequest(e.Message) with { Code = e.StatusCode },
            _ => Internal(exception, context),
        };
        return status.Details is not { Group: null } details ? status : status with { Details = details with { Group = group.Name } };
    }

    /// <summary>Which resources a request is about, in the plural.</summary>
    private static string ResourceOf(HttpContext context) =>
        context.GetEndpoint() is not RouteEndpoint { RoutePattern.RawText: { } pattern } ? Executions
        : pattern.Contains("/suspensions", StringComparison.Ordinal) ? "suspensions"
        : pattern.Contains("/functions", StringComparison.Ordinal) ? "functions"
        : Executions;

    private static string KindOf(string resource) => resource switch
    {
        "suspensions" => Suspension.DefaultKind,
        "functions" => Function.DefaultKind,
        "archivedexecutions" => ArchivedExecution.DefaultKind,
        _ => Execution.DefaultKind,
    };

    private static string Some(IReadOnlyList<StatusCause> causes)
    {
        const int Shown = 5;
        string some = string.Join("; ", causes.Take(Shown).Select(c => $"{c.Field}: {c.Message}"));
        return causes.Count > Shown ? some + "; and others." : some;
    }

    private static ErrorStatus Make(int code, string reason, string message, StatusDetails? details = null) =>
        new() { Code = code, Reason = reason, Message = message, Details = details };

    private static ErrorStatus About(ExecutionKey key, int code, string reason, string message, Guid? uid = null) =>
        Make(code, reason, message, new StatusDetails { Name = key.Name, Kind = Executions, Uid = uid });

    private ErrorStatus Internal(Exception exception, HttpContext context)
    {
        string id = Guid.NewGuid().ToString("N")[..12];
        logger.InternalError(exception, id, context.Request.Method, context.Request.Path);
        return Make(
            StatusCodes.Status500InternalServerError, StatusReason.InternalError,
            $"Internal error. The server's log has the details under the id {id}.");
    }
}
