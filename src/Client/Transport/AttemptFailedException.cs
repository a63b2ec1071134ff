using System.Security.Authentication;

namespace Kontinue.Client.Transport;

/// <summary>An attempt brought no answer, or the answer that another attempt may fare better. Never seen outside of the client.</summary>
internal sealed class AttemptFailedException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether the server has surely done nothing.</summary>
    public bool IsSurelyNotAccepted { get; init; }

    /// <summary>Whether the message is the server's own.</summary>
    public bool IsSaidByServer { get; init; }

    /// <summary>Whether the server said that too much is asked for at once.</summary>
    public bool IsThrottled { get; init; }

    /// <summary>What the server asked to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What the caller gets when there is no further attempt.</summary>
    /// <param name="server">The server's address.</param>
    /// <param name="isHarmless">Whether the request can be repeated without a second thought.</param>
    public KontinueException ToPublic(Uri? server, bool isHarmless)
    {
        if (IsThrottled)
        {
            return new TooManyRequestsException(Message, RetryAfter ?? TimeSpan.FromSeconds(1));
        }

        string text = IsSaidByServer ? Message : $"The server at {server} cannot be reached: {Message}";
        return isHarmless || IsSurelyNotAccepted || IsSaidByServer
            ? new UnavailableException(text, InnerException)
            : new UnavailableException(
                $"{text.TrimEnd('.')}. What was asked for may have been done nevertheless: look before asking again.", InnerException)
            {
                MayHaveBeenDone = true,
            };
    }

    /// <summary>Whether an exception is one of the network, or of a time that is over.</summary>
    public static bool IsFromNetwork(Exception exception) => exception is HttpRequestException or IOException or OperationCanceledException;

    /// <summary>What an exception of the network means: a failed attempt, the caller's own cancellation, or an end of all attempts.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="late">What to say when the time was over.</param>
    /// <param name="server">The server's address.</param>
    /// <param name="caller">The caller's token.</param>
    public static Exception From(Exception exception, string late, Uri? server, CancellationToken caller) => exception switch
    {
        OperationCanceledException when caller.IsCancellationRequested => new OperationCanceledException("The request was canceled.", exception, caller),
        OperationCanceledException => new AttemptFailedException(late, exception),

        // A certificate that is not trusted is not trusted a second later either.
        HttpRequestException { InnerException: AuthenticationException e } => new KontinueException(
            ErrorKind.Infrastructure, $"There is no secure connection to the server at {server}: {e.Message}", retryable: false, inner: exception),
        HttpRequestException e => new AttemptFailedException(e.Message, e)
        {
            IsSurelyNotAccepted = e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or
                HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError,
        },
        _ => new AttemptFailedException(exception.Message, exception),
    };
}
