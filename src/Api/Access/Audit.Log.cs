using Microsoft.Extensions.Logging;

namespace Kontinue.Api.Access;

internal static partial class AuditLog
{
    private const string Line =
        "verb={Verb} resource=\"{Resource}\" subresource=\"{Subresource}\" namespace=\"{Namespace}\" name=\"{Name}\" path=\"{Path}\" " +
        "user=\"{User}\" groups=\"{Groups}\" source={Source} code={Code} duration={DurationMs}ms";

    [LoggerMessage(1, LogLevel.Information, Line)]
    public static partial void Changed(
        this ILogger logger, string verb, string resource, string subresource, string @namespace, string name, string path,
        string user, string groups, string source, int code, long durationMs);

    [LoggerMessage(2, LogLevel.Warning, Line)]
    public static partial void Denied(
        this ILogger logger, string verb, string resource, string subresource, string @namespace, string name, string path,
        string user, string groups, string source, int code, long durationMs);
}
