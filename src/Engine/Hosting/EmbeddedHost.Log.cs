using Kontinue.Engine.Storage;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Hosting;

internal sealed partial class EmbeddedHost
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Silo '{Name}' ({Silo}) started with {Functions} functions.")]
    private static partial void LogStarted(ILogger logger, string name, SiloId silo, int functions);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} held executions are tried again, because the code may have changed.")]
    private static partial void LogReleased(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The grace period is over with {Count} steps running; they run again at the next start.")]
    private static partial void LogGraceOver(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease could not be given up; others take over when it ends.")]
    private static partial void LogNotUnregistered(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Looking for due work failed; trying again.")]
    private static partial void LogSweepFailed(ILogger logger, Exception? exception);

    [LoggerMessage(Level = LogLevel.Critical, Message = "A part of the host has ended because of a defect.")]
    private static partial void LogLoopEnded(ILogger logger, Exception exception);
}
