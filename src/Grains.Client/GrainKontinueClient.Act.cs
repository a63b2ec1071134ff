using Kontinue.Grains.Client.Calling;
using Kontinue.Resources;

namespace Kontinue.Grains.Client;

public sealed partial class GrainKontinueClient
{
    /// <inheritdoc/>
    /// <remarks>Repeated only when it was refused: a second resume could end another wait than the one that was meant.</remarks>
    public Task ResumeAsync(ExecutionKey key, string? suspension = null, JsonPayload payload = default, CancellationToken cancellationToken = default)
    {
        var request = new ResumeRequest { Suspension = suspension, Payload = payload };
        return CallAsync(key, new GrainCall(Repeat.IfRefused), (grain, token) => grain.ResumeAsync(request, token), cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Repeated after a lost answer, because canceling twice is the same as canceling once. When the lost call ended the execution, the
    /// repeat finds it canceled, which is what was asked for.
    /// </remarks>
    public async Task CancelAsync(ExecutionKey key, string? reason = null, CancellationToken cancellationToken = default)
    {
        var call = new GrainCall(Repeat.Always);
        try
        {
            await CallAsync(
                key, call, (grain, token) => grain.CancelAsync(new CancelRequest { Reason = reason }, token), cancellationToken).ConfigureAwait(false);
        }
        catch (ExecutionConflictException) when (call.WasLost)
        {
            Execution now = await GetAsync(key, cancellationToken).ConfigureAwait(false);
            if (now.Status?.Phase != ExecutionPhase.Canceled)
            {
                throw;
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Repeated only when it was refused, so that the function does not get a second event. When its answer is lost, as by a silo that is
    /// killed, the event may have been stored: <see cref="UnavailableException.MayHaveBeenDone"/> is set then.
    /// </remarks>
    public Task SendEventAsync(ExecutionKey key, string name, JsonPayload payload = default, CancellationToken cancellationToken = default)
    {
        var request = new EventRequest { Name = name, Payload = payload };
        return CallAsync(key, new GrainCall(Repeat.IfRefused), (grain, token) => grain.SendEventAsync(request, token), cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Repeated only when it was refused: the attempt of the first may have failed already.</remarks>
    public Task RetryAsync(ExecutionKey key, ChildPolicy? childPolicy = null, CancellationToken cancellationToken = default)
    {
        var request = new RetryRequest { ChildPolicy = childPolicy };
        return CallAsync(key, new GrainCall(Repeat.IfRefused), (grain, token) => grain.RetryAsync(request, token), cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Repeated only when it was refused: somebody may have retried it in between.</remarks>
    public Task SkipAsync(
        ExecutionKey key, JsonPayload result = default, string? reason = null, CancellationToken cancellationToken = default)
    {
        var request = new SkipRequest { Result = result, Reason = reason };
        return CallAsync(key, new GrainCall(Repeat.IfRefused), (grain, token) => grain.SkipAsync(request, token), cancellationToken);
    }
}
