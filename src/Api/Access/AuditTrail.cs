using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kontinue.Api.Access;

/// <summary>Logs who changed what, and who was refused. Never what was sent: bodies and tokens may hold secrets.</summary>
internal sealed class AuditTrail(ILogger logger, TimeProvider time)
{
    /// <summary>The time to give to <see cref="Record"/> afterwards.</summary>
    public long Begin() => time.GetTimestamp();

    /// <summary>Logs a request that is answered, if it was to change something or was refused.</summary>
    /// <param name="context">The request.</param>
    /// <param name="request">What it was about.</param>
    /// <param name="caller">Who asked; null if that could not be told.</param>
    /// <param name="begun">What <see cref="Begin"/> gave.</param>
    /// <param name="code">How it was answered.</param>
    public void Record(HttpContext context, in RequestAttributes request, Caller? caller, long begun, int code)
    {
        bool denied = code is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden;
        if ((!denied && request.Verb.IsRead()) || !logger.IsEnabled(denied ? LogLevel.Warning : LogLevel.Information))
        {
            return;
        }

        bool isResource = request.Target.Kind == TargetKind.Resource;
        string verb = request.Verb == AccessVerb.Unknown ? AuditText.Escape(context.Request.Method) : request.Verb.Name();
        string resource = request.Target.Resource ?? "";
        string subresource = request.Target.Subresource ?? "";
        string ns = AuditText.Escape(request.Namespace);
        string name = AuditText.Escape(request.Name ?? CreatedName(context, code));
        string path = isResource ? "" : AuditText.Escape(context.Request.Path.Value);
        string user = AuditText.Escape(caller?.Name);
        string groups = caller is null ? "" : AuditText.Escape(string.Join(',', caller.Groups.AsEnumerable()));
        string source = Source(context.Connection.RemoteIpAddress);
        var took = (long)time.GetElapsedTime(begun).TotalMilliseconds;
        if (denied)
        {
            logger.Denied(verb, resource, subresource, ns, name, path, user, groups, source, code, took);
        }
        else
        {
            logger.Changed(verb, resource, subresource, ns, name, path, user, groups, source, code, took);
        }
    }

    /// <summary>A name that the server made is known only to the answer.</summary>
    private static string? CreatedName(HttpContext context, int code) =>
        code == StatusCodes.Status201Created && context.Response.Headers.Location.ToString() is { Length: > 0 } location
            ? location[(location.LastIndexOf('/') + 1)..]
            : null;

    private static string Source(IPAddress? address) =>
        address is null ? "-" : (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
}
