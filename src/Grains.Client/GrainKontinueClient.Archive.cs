using System.Runtime.CompilerServices;
using Kontinue.Client;
using Kontinue.Grains.Client.Calling;
using Kontinue.Grains.Client.Watching;
using Kontinue.Resources;

namespace Kontinue.Grains.Client;

public sealed partial class GrainKontinueClient
{
    /// <inheritdoc/>
    /// <remarks>Repeated after a lost answer.</remarks>
    public Task<ArchivedExecution> GetArchiveAsync(ExecutionKey key, Guid? uid = null, CancellationToken cancellationToken = default) =>
        AskAsync(new GrainCall(Repeat.Read), (grain, token) => grain.GetArchiveAsync(key.Namespace, key.Name, uid, token), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Repeated after a lost answer.</remarks>
    public Task<ArchivedExecutionList> ListArchivesAsync(ListQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return AskAsync(new GrainCall(Repeat.Read), (grain, token) => grain.ListArchivesAsync(query, token), cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Repeated while nothing has come. It is not begun anew in the middle: when the silo is lost then, or silent for
    /// <see cref="GrainClientOptions.WatchIdleTimeout"/>, <see cref="UnavailableException"/> is thrown.
    /// </remarks>
    public async IAsyncEnumerable<ArchivedTreeLine> ReadArchiveAsync(
        ExecutionKey key, Guid? uid = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // The first line is read by the call that may be repeated; the rest from where that one is.
        RemoteSequence<ArchivedTreeLine> lines = await AskAsync(
            new GrainCall(Repeat.Read),
            async (grain, token) =>
            {
                var sequence = new RemoteSequence<ArchivedTreeLine>(
                    grain.ReadArchiveAsync(key.Namespace, key.Name, uid, CancellationToken.None).WithBatchSize(WatchSession.BatchSize), _caller,
                    isResumable: false);
                try
                {
                    await sequence.MoveAsync(token).ConfigureAwait(false);
                    return sequence;
                }
                catch
                {
                    sequence.Leave();
                    throw;
                }
            },
            cancellationToken).ConfigureAwait(false);
        try
        {
            while (lines.HasCurrent)
            {
                yield return lines.Current;
                await lines.MoveOnAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            lines.Leave();
        }
    }

    /// <inheritdoc/>
    /// <remarks>Repeated only when it was refused: with no uid, another one of that name would go.</remarks>
    public Task DeleteArchiveAsync(ExecutionKey key, Guid? uid = null, CancellationToken cancellationToken = default) =>
        AskAsync(
            new GrainCall(Repeat.IfRefused),
            async (grain, token) =>
            {
                await grain.DeleteArchiveAsync(key.Namespace, key.Name, uid, token).ConfigureAwait(false);
                return true;
            },
            cancellationToken);
}
