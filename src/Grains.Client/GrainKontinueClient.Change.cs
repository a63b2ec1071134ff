using Kontinue.Client;
using Kontinue.Grains.Client.Calling;
using Kontinue.Resources;

namespace Kontinue.Grains.Client;

public sealed partial class GrainKontinueClient
{
    /// <summary>How often an update or a deletion is begun anew because somebody else was faster.</summary>
    private const int MaxRounds = 10;

    /// <inheritdoc/>
    /// <remarks>
    /// <para>
    /// The change holds for the uid and the generation that were read. The generation grows with changes that somebody makes, and not with the
    /// execution's own progress, so that a running execution can be updated. When somebody else was faster, <paramref name="change"/> is called
    /// again, 10 times at most.
    /// </para>
    /// <para>
    /// Repeated after a lost answer: if the lost call was carried out, the repeat finds another generation, and what was asked for in
    /// place. Only if somebody overwrote the same values in between, <paramref name="change"/> is applied on top of that.
    /// </para>
    /// </remarks>
    public async Task<Execution> UpdateAsync(ExecutionKey key, Func<Execution, Execution> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        Execution before = await GetAsync(key, cancellationToken).ConfigureAwait(false);
        var backoff = new Backoff(_caller.Options);
        for (int round = 1; ; round++)
        {
            Execution after = change(before) ?? throw new InvalidOperationException("The change gave null instead of an execution.");
            var wanted = SettingsChange.Between(before, after, key);
            var call = new GrainCall(Repeat.Always);
            try
            {
                return await CallAsync(
                    key, call, (grain, token) => grain.UpdateAsync(wanted.Before, wanted.After, token), cancellationToken).ConfigureAwait(false);
            }
            catch (ExecutionConflictException)
            {
                Execution now = await GetAsync(key, cancellationToken).ConfigureAwait(false);
                bool isSame = now.Metadata.Uid == before.Metadata.Uid;
                if (isSame && now.Metadata.Generation == before.Metadata.Generation)
                {
                    // Nobody was faster: that is what is wrong with it.
                    throw;
                }

                if (call.WasLost && isSame && wanted.IsIn(now))
                {
                    return now;
                }

                if (round == MaxRounds)
                {
                    throw new ExecutionConflictException(key, $"Execution {key} was changed by others {MaxRounds} times while it was to be updated. Try again.");
                }

                before = now;
            }

            await Task.Delay(backoff.Next(), _caller.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Reads the execution first, and deletes it by its uid: repeated after a lost answer, and never deleting a later execution of the
    /// same name. What is returned of one that is gone before the repeat is what was read.
    /// </remarks>
    public async Task<Execution> DeleteAsync(ExecutionKey key, DeleteRequest? request = null, CancellationToken cancellationToken = default)
    {
        request ??= new DeleteRequest();
        Execution last = await GetAsync(key, cancellationToken).ConfigureAwait(false);
        for (int round = 1; ; round++)
        {
            DeleteRequest certain = request with { Uid = request.Uid ?? last.Metadata.Uid };
            var call = new GrainCall(request.DryRun ? Repeat.Read : Repeat.Always);
            try
            {
                return await CallAsync(key, call, (grain, token) => grain.DeleteAsync(certain, token), cancellationToken).ConfigureAwait(false);
            }
            catch (ExecutionNotFoundException) when (call.WasLost)
            {
                return Gone(last);
            }
            catch (ExecutionConflictException)
            {
                Execution? now = await FindAsync(key, cancellationToken).ConfigureAwait(false);
                bool isAnother = now?.Metadata.Uid != last.Metadata.Uid;
                if (call.WasLost && isAnother)
                {
                    return Gone(last);
                }

                if (call.WasLost && now!.Metadata.DeletionTimestamp is not null && last.Metadata.DeletionTimestamp is null)
                {
                    return now;
                }

                // Without a uid of the caller's the name is meant, and it is somebody else's now.
                if (now is null || !isAnother || request.Uid is not null || round == MaxRounds)
                {
                    throw;
                }

                last = now;
            }
        }
    }

    private static Execution Gone(Execution last) => last with { Metadata = last.Metadata with { DeletionTimestamp = null } };

    private async Task<Execution?> FindAsync(ExecutionKey key, CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync(key, cancellationToken).ConfigureAwait(false);
        }
        catch (ExecutionNotFoundException)
        {
            return null;
        }
    }
}
