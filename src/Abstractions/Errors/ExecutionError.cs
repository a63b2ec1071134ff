namespace Kontinue;

/// <summary>A failure as it is stored and shown.</summary>
/// <param name="Kind">What sort of failure.</param>
/// <param name="Message">What went wrong, for people.</param>
/// <param name="Retryable">Whether another attempt may help.</param>
/// <param name="Step">The step, child or suspension it came from, if any.</param>
/// <param name="Type">The type name of the exception that was thrown, if any.</param>
public sealed record ExecutionError(ErrorKind Kind, string Message, bool Retryable, string? Step = null, string? Type = null)
{
    /// <summary>The longest message that is stored, in characters; longer ones are cut.</summary>
    public const int MaxMessageLength = 8192;

    /// <summary>Turns an exception into its stored form.</summary>
    /// <param name="exception">Any exception. A <see cref="KontinueException"/> says itself what it is; any other is retryable.</param>
    /// <param name="step">Where it happened.</param>
    public static ExecutionError From(Exception exception, string? step = null)
    {
        ArgumentNullException.ThrowIfNull(exception);
        string message = exception.Message.Length <= MaxMessageLength ? exception.Message : exception.Message[..MaxMessageLength];
        return exception is KontinueException known
            ? new ExecutionError(known.Kind, message, known.Retryable, known.Step ?? step, exception.GetType().FullName)
            : new ExecutionError(ErrorKind.Execution, message, Retryable: true, step, exception.GetType().FullName);
    }
}
