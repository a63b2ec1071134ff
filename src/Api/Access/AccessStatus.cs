using Kontinue.Api.Responses;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Access;

/// <summary>Refusals, in Kubernetes' words where it has some.</summary>
internal static class AccessStatus
{
    private const string ReadOnlyHelp =
        ": this server is read-only for everybody. To allow changes, start it with --access tokens and a tokens file, or with --access readwrite " +
        $"where everybody who reaches it may change things ({nameof(KontinueApiOptions)}.{nameof(KontinueApiOptions.Access)}.{nameof(KontinueAccessOptions.Mode)})";

    public static ApiException Unauthorized(HttpContext context, string challenge, string message)
    {
        context.Response.Headers.WWWAuthenticate = challenge;
        return new ApiException(new ErrorStatus { Code = StatusCodes.Status401Unauthorized, Reason = StatusReason.Unauthorized, Message = message });
    }

    /// <summary>A path that may be read in more than one way, where somebody else has decided by it.</summary>
    public static ApiException OddPath() =>
        new(StatusFactory.BadRequest("The path must not have '.' or '..' as a part of it, nor '.', '/' or '\\' as %2e, %2f or %5c."));

    public static ApiException Forbidden(HttpContext context, Caller caller, in RequestAttributes request, ApiGroup group, string? why = null)
    {
        string help = ReferenceEquals(caller, Caller.AnonymousReader) ? ReadOnlyHelp : why is null ? "" : $": {why}";
        if (request.Target.Kind != TargetKind.Resource)
        {
            string path = $"{context.Request.PathBase}{context.Request.Path}";
            return Make($"forbidden: User \"{caller.Name}\" cannot {context.Request.Method.ToLowerInvariant()} path \"{path}\"{help}", details: null);
        }

        string subject = $"{request.Target.Resource}.{group.Name}{(request.Name is null ? "" : $" \"{request.Name}\"")}";
        string scope = request.Namespace is null ? "at the cluster scope" : $"in the namespace \"{request.Namespace}\"";
        return Make(
            $"{subject} is forbidden: User \"{caller.Name}\" cannot {request.Verb.Name()} resource \"{request.Target.FullResource}\" " +
            $"in API group \"{group.Name}\" {scope}{help}",
            new StatusDetails { Name = request.Name, Kind = request.Target.Resource });
    }

    private static ApiException Make(string message, StatusDetails? details) =>
        new(new ErrorStatus { Code = StatusCodes.Status403Forbidden, Reason = StatusReason.Forbidden, Message = message, Details = details });
}
