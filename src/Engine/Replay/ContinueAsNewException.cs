namespace Kontinue.Engine.Replay;

/// <summary>Ends a run that wants to begin anew. Not a failure.</summary>
internal sealed class ContinueAsNewException(JsonPayload arguments)
    : KontinueException(ErrorKind.Internal, "The function continues as new. Throw the exception that ContinueAsNew returns.", retryable: false)
{
    public JsonPayload Arguments { get; } = arguments;
}
