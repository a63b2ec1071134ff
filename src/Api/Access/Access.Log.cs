using Microsoft.Extensions.Logging;

namespace Kontinue.Api.Access;

internal static partial class AccessLog
{
    [LoggerMessage(1, LogLevel.Information, "{File} changed and is in force now")]
    public static partial void FileReloaded(this ILogger logger, string file);

    [LoggerMessage(2, LogLevel.Error, "{File} changed but cannot be used: {Problem}. What it said before stays in force until it is put right")]
    public static partial void FileBroken(this ILogger logger, string file, string problem);
}
