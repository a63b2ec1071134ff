using Orleans.Configuration;
using Orleans.Runtime.Messaging;

namespace Kontinue.Grains.Client.Calling;

/// <summary>What a failed try tells.</summary>
internal enum CallFailure
{
    /// <summary>It was refused: by a gateway, by a silo that stops, or for want of a silo. Nothing was done.</summary>
    Refused,

    /// <summary>Nobody knows whether it was carried out.</summary>
    Lost,

    /// <summary>It is the answer.</summary>
    Answer,

    /// <summary>It cannot be made, now or later.</summary>
    Impossible,
}

internal static class CallFailures
{
    /// <remarks>
    /// A client gets a rejection only for a message that was not delivered. That Orleans itself sends a message again whose connection
    /// broke while it was written is the one exception, and happens below this client. A silo that makes calls itself rejects those that it
    /// has delivered, too, when it hears that the silo they went to is dead.
    /// </remarks>
    /// <param name="exception">With what it failed.</param>
    /// <param name="isSilo">Whether a silo made the call, not a client.</param>
    public static CallFailure Of(Exception exception, bool isSilo = false) => exception switch
    {
        SiloUnavailableException when isSilo => CallFailure.Lost,
        UnavailableException e => e.MayHaveBeenDone ? CallFailure.Lost : CallFailure.Refused,
        KontinueException => CallFailure.Answer,
        OrleansMessageRejectionException or GatewayTooBusyException or ConnectionFailedException => CallFailure.Refused,

        // No silo could be found for a grain, as while the last one stops: it went nowhere.
        OrleansException when exception.GetType() == typeof(OrleansException) => CallFailure.Refused,
        TimeoutException or ClientNotAvailableException or EnumerationAbortedException or OperationCanceledException => CallFailure.Lost,
        _ => CallFailure.Impossible,
    };
}

/// <summary>Makes what callers are told of failures.</summary>
internal sealed class FailureText(ClusterOptions cluster, GatewayWatch gateways)
{
    private const string MayBe = "What was asked for may have been done nevertheless: look before asking again.";

    public UnavailableException ToPublic(Exception failure, bool mayHaveBeenDone)
    {
        string text = (failure, CallFailures.Of(failure)) switch
        {
            _ when gateways.IsCutOff =>
                $"No silo of cluster '{cluster.ClusterId}' could be reached. Are silos running, with a gateway port, and is clustering set up here as it is there, with the same cluster id?",
            (UnavailableException, _) => failure.Message,
            (_, CallFailure.Impossible) =>
                $"The call to cluster '{cluster.ClusterId}' could not be made: {failure.GetType().Name}: {failure.Message}",
            (_, CallFailure.Refused) => $"The silos of cluster '{cluster.ClusterId}' did not take the call: {failure.Message}",
            _ => $"The answer of cluster '{cluster.ClusterId}' was lost or did not come in time: {failure.Message}",
        };
        return mayHaveBeenDone
            ? new UnavailableException($"{text.TrimEnd('.')}. {MayBe}", failure) { MayHaveBeenDone = true }
            : new UnavailableException(text, failure);
    }
}
