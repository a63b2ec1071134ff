using Kontinue.Client.Transport;
using Kontinue.Resources;

namespace Kontinue.Client;

public sealed partial class KontinueHttpClient
{
    /// <inheritdoc/>
    /// <remarks>Sent again only when the server has surely done nothing: a second resume could end another wait than the one that was meant.</remarks>
    public Task ResumeAsync(ExecutionKey key, string? suspension = null, JsonPayload payload = default, CancellationToken cancellationToken = default) =>
        ActAsync(key, "resume", Resend.IfNotAccepted, MediaTypes.Serialize(
            new ResumeRequest { Suspension = suspension, Payload = payload }, KontinueJsonContext.Writing.ResumeRequest), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>
    /// Sent again after a lost connection, because canceling twice is the same as canceling once. When the lost request ended the
    /// execution, the repeat finds it canceled, which is what was asked for.
    /// </remarks>
    public async Task CancelAsync(ExecutionKey key, string? reason = null, CancellationToken cancellationToken = default)
    {
        ApiRequest<ErrorStatus> request = Action(key, "cancel", Resend.Always, MediaTypes.Serialize(
            new CancelRequest { Reason = reason }, KontinueJsonContext.Writing.CancelRequest));
        try
        {
            await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (ExecutionConflictException) when (request.WasLost)
        {
            Execution now = await GetAsync(key, cancellationToken).ConfigureAwait(false);
            if (now.Status?.Phase != ExecutionPhase.Canceled)
            {
                throw;
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Sent again only when the server has surely done nothing: the function would get a second event.</remarks>
    public Task SendEventAsync(ExecutionKey key, string name, JsonPayload payload = default, CancellationToken cancellationToken = default) =>
        ActAsync(key, "events", Resend.IfNotAccepted, MediaTypes.Serialize(
            new EventRequest { Name = name, Payload = payload }, KontinueJsonContext.Writing.EventRequest), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Sent again only when the server has surely done nothing: the attempt of the first may have failed already.</remarks>
    public Task RetryAsync(ExecutionKey key, ChildPolicy? childPolicy = null, CancellationToken cancellationToken = default) =>
        ActAsync(key, "retry", Resend.IfNotAccepted, MediaTypes.Serialize(
            new RetryRequest { ChildPolicy = childPolicy }, KontinueJsonContext.Writing.RetryRequest), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Sent again only when the server has surely done nothing: somebody may have retried it in between.</remarks>
    public Task SkipAsync(
        ExecutionKey key, JsonPayload result = default, string? reason = null, CancellationToken cancellationToken = default) =>
        ActAsync(key, "skip", Resend.IfNotAccepted, MediaTypes.Serialize(
            new SkipRequest { Result = result, Reason = reason }, KontinueJsonContext.Writing.SkipRequest), cancellationToken);

    private Task ActAsync(ExecutionKey key, string action, Resend resend, byte[] body, CancellationToken cancellationToken) =>
        _transport.SendAsync(Action(key, action, resend, body), cancellationToken);

    private ApiRequest<ErrorStatus> Action(ExecutionKey key, string action, Resend resend, byte[] body) =>
        new() { Method = HttpMethod.Post, Path = $"{One(key)}/{action}", Body = body, Key = key, Resend = resend };
}
