namespace Kontinue.Engine.Storage;

/// <summary>The store could not do what it was asked to.</summary>
/// <param name="message">What is wrong and what would be right, for an operator.</param>
/// <param name="isTransient">
/// True when the same call may succeed later without anybody changing it: connection lost, database down or read-only, disk full, locks, and
/// also what an operator has to put right, such as a password or a missing grant. False when the content of the call is at fault, and, of
/// <see cref="IExecutionStore.InitializeAsync"/>, when waiting cannot help.
/// </param>
/// <param name="inner">The driver's exception.</param>
public sealed class StoreException(string message, bool isTransient, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether waiting may help.</summary>
    public bool IsTransient { get; } = isTransient;
}

internal static class StoreExceptions
{
    /// <summary>
    /// What a log line is to have of a failure that is tried again: nothing when the store is away, which the lease says with its reason each time that it cannot be renewed; traces
    /// of every loop would bury that.
    /// </summary>
    public static Exception? ToLog(this Exception exception) => exception is StoreException { IsTransient: true } ? null : exception;
}
