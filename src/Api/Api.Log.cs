using Microsoft.Extensions.Logging;

namespace Kontinue.Api;

internal static partial class ApiLog
{
    [LoggerMessage(1, LogLevel.Error, "Internal error {Id} in {Method} {Path}")]
    public static partial void InternalError(this ILogger logger, Exception exception, string id, string method, string path);
}
