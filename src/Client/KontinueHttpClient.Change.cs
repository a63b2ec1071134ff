using System.Text.Json;
using Kontinue.Client.Transport;
using Kontinue.Resources;

namespace Kontinue.Client;

public sealed partial class KontinueHttpClient
{
    /// <summary>How often an update or a deletion is begun anew because somebody else was faster.</summary>
    private const int MaxRounds = 10;

    /// <inheritdoc/>
    /// <remarks>
    /// <para>
    /// Only what differs is sent, as a JSON patch that holds for the uid and the generation that were read. The generation grows with
    /// changes that somebody makes, and not with the execution's own progress, so that a running execution can be updated. When somebody
    /// else was faster, <paramref name="change"/> is called again, 10 times at most.
    /// </para>
    /// <para>
    /// Sent again after a lost connection: if the lost request was carried out, the repeat finds another generation, and what was asked
    /// for in place. Only if somebody overwrote the same values in between, <paramref name="change"/> is applied on top of that.
    /// </para>
    /// </remarks>
    public async Task<Execution> UpdateAsync(ExecutionKey key, Func<Execution, Execution> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        Execution before = await GetAsync(key, cancellationToken).ConfigureAwait(false);
        var backoff = new Backoff(_transport.Options);
        for (int round = 1; ; round++)
        {
            Execution after = Keep(before, change(before) ?? throw new InvalidOperationException("The change gave null instead of an execution."), key);
            var patch = JsonPatch.Between(before, after);
            if (patch.IsEmpty)
            {
                return before;
            }

            var request = new ApiRequest<Execution>
            {
                Method = HttpMethod.Patch, Path = One(key), Key = key, Resend = Resend.Always,
                ContentType = MediaTypes.JsonPatch, Body = patch.ToUtf8(before),
            };
            try
            {
                return await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
            }
            catch (KontinueException e) when (e is ExecutionConflictException or InvalidRequestException)
            {
                // Whether the patch's tests failed or its content is wrong is seen by whether they would hold now.
                Execution now = await GetAsync(key, cancellationToken).ConfigureAwait(false);
                if (JsonPatch.IsSameGeneration(before, now))
                {
                    throw;
                }

                if (request.WasLost && now.Metadata.Uid == before.Metadata.Uid && !patch.Touches(JsonPatch.Between(now, after)))
                {
                    return now;
                }

                if (round == MaxRounds)
                {
                    throw new ExecutionConflictException(key, $"Execution {key} was changed by others {MaxRounds} times while it was to be updated. Try again.");
                }

                before = now;
            }

            await Task.Delay(backoff.Next(retryAfter: null), _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Reads the execution first, and deletes it by its uid: sent again after a lost connection, and never deleting a later execution of
    /// the same name. What is returned of one that is gone is what was read.
    /// </remarks>
    public async Task<Execution> DeleteAsync(ExecutionKey key, DeleteRequest? request = null, CancellationToken cancellationToken = default)
    {
        request ??= new DeleteRequest();
        Execution last = await GetAsync(key, cancellationToken).ConfigureAwait(false);
        for (int round = 1; ; round++)
        {
            ApiRequest<Execution?> deletion = Deletion(key, request, last.Metadata.Uid);
            try
            {
                Execution? answer = await _transport.SendAsync(deletion, cancellationToken).ConfigureAwait(false);
                return answer ?? (request.DryRun ? last : Gone(last));
            }
            catch (ExecutionNotFoundException) when (deletion.WasLost)
            {
                return Gone(last);
            }
            catch (ExecutionConflictException)
            {
                Execution? now = await FindAsync(key, cancellationToken).ConfigureAwait(false);
                bool isAnother = now?.Metadata.Uid != last.Metadata.Uid;
                if (deletion.WasLost && isAnother)
                {
                    return Gone(last);
                }

                if (deletion.WasLost && now!.Metadata.DeletionTimestamp is not null && last.Metadata.DeletionTimestamp is null)
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

    /// <summary>What an answer to a deletion shows: the execution while it ends, null when it is gone.</summary>
    private static Execution? ReadDeletion(ReadOnlySpan<byte> json)
    {
        TypeOfAnswer? type = JsonSerializer.Deserialize(json, ResourceJson.Tolerant<TypeOfAnswer>());
        return type?.Kind switch
        {
            Execution.DefaultKind => JsonSerializer.Deserialize(json, ResourceJson.Tolerant<Execution>()),
            "Status" => null,
            _ => throw new JsonException($"The answer to a deletion is of the kind '{type?.Kind}'."),
        };
    }

    /// <summary>The result of a change, with the preconditions that it was read with.</summary>
    /// <exception cref="ExecutionConflictException">It was read at another time, or is of another execution.</exception>
    private static Execution Keep(Execution before, Execution after, ExecutionKey key)
    {
        ObjectMetadata was = before.Metadata;
        ObjectMetadata given = after.Metadata;
        if (given.Uid is { } uid && uid != was.Uid)
        {
            throw new ExecutionConflictException(key, $"Execution {key} has the uid {was.Uid}, not {uid}: it is another one of the same name.");
        }

        if (given.ResourceVersion is { } version && !string.Equals(version, was.ResourceVersion, StringComparison.Ordinal))
        {
            throw new ExecutionConflictException(
                key, $"Execution {key} has the version {was.ResourceVersion}, not {version}: it was changed since. Read it again and apply the change to that.");
        }

        return after with { Metadata = given with { Uid = was.Uid, ResourceVersion = was.ResourceVersion, Generation = was.Generation } };
    }

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

    private ApiRequest<Execution?> Deletion(ExecutionKey key, DeleteRequest request, Guid? uid)
    {
        var options = new DeleteOptions
        {
            PropagationPolicy = request.Orphan ? "Orphan" : "Background",
            GracePeriodSeconds = request.Force ? 0 : null,
            Preconditions = new Preconditions { Uid = request.Uid ?? uid, ResourceVersion = request.ResourceVersion },
            DryRun = request.DryRun ? ["All"] : null,
        };
        return new ApiRequest<Execution?>
        {
            Method = HttpMethod.Delete, Path = One(key), Key = key, Resend = Resend.Always, Read = ReadDeletion,
            Body = MediaTypes.Serialize(options, ClientJsonContext.Default.DeleteOptions),
        };
    }
}
