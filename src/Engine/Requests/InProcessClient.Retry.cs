using Kontinue.Client;
using Kontinue.Engine.Commit;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Journal;
using Kontinue.Engine.Messages;
using Kontinue.Engine.Storage;
using Kontinue.Resources;

namespace Kontinue.Engine.Requests;

/// <summary>Another attempt, none, or the same once more.</summary>
internal sealed partial class InProcessClient
{
    /// <summary>Says of which execution a resubmitted one is the repetition.</summary>
    private const string ResubmittedFrom = "kontinue.cloud/resubmitted-from";

    /// <summary>How often a change is tried that others get in the way of.</summary>
    private const int MaxChangeTries = 10;

    public async Task RetryAsync(ExecutionKey key, ChildPolicy? childPolicy = null, CancellationToken cancellationToken = default)
    {
        if (childPolicy is { } given && !Enum.IsDefined(given))
        {
            throw new InvalidRequestException("childPolicy", "Use None or RetryFailed.");
        }

        ChildPolicy policy = childPolicy ?? ChildPolicy.RetryFailed;
        ExecutionRow row = await RequireAsync(key, cancellationToken).ConfigureAwait(false);
        ThrowIfBeingDeleted(row);
        ThrowIfBeingArchived(row);
        switch (row)
        {
            case { Held: true }:
                await ReleaseAsync(row, cancellationToken).ConfigureAwait(false);
                break;
            case { Phase: ExecutionPhase.Backoff }:
                var body = new MessageBody
                {
                    Kind = MessageKind.Resume, Attempt = StoredStatus.Deserialize(row.Status).Attempts, ChildPolicy = policy, Value = JsonPayload.Null,
                };
                await SendAsync(row, body, cancellationToken).ConfigureAwait(false);
                break;
            case { Phase: ExecutionPhase.Failed or ExecutionPhase.Canceled }:
                await RetryEndedAsync(row, policy, cancellationToken).ConfigureAwait(false);
                break;
            default:
                throw new ExecutionConflictException(row.Key, row.Phase.IsTerminal()
                    ? $"Execution {row.Key} is {row.Phase}: there is nothing to retry. Resubmit it to run it once more."
                    : $"Execution {row.Key} is {row.Phase}: its attempt has not ended. Cancel it first, or resume what it waits for.");
        }
    }

    public async Task SkipAsync(
        ExecutionKey key, JsonPayload result = default, string? reason = null, CancellationToken cancellationToken = default)
    {
        validator.ValidatePayload(result, "The result", "result");
        JsonPayload value = result.IsNone ? JsonPayload.Null : result;
        ExecutionRow row = await RequireAsync(key, cancellationToken).ConfigureAwait(false);
        switch (row.Phase)
        {
            case ExecutionPhase.Failed:
                await SkipEndedAsync(row, value, reason, cancellationToken).ConfigureAwait(false);
                break;
            case ExecutionPhase.Executing:
                throw new ExecutionConflictException(
                    row.Key, $"Execution {row.Key} is Executing: what runs cannot be passed over. Skip it when it waits, or cancel it.");
            default:
                ThrowIfEnded(row);
                await SendEndAsync(row, new MessageBody { Kind = MessageKind.Skip, Name = reason, Value = value }, cancellationToken).ConfigureAwait(false);
                if (row.Held)
                {
                    // After the message, as for a cancellation.
                    await AfterChangeAsync(ReleaseAsync(row, cancellationToken)).ConfigureAwait(false);
                }

                break;
        }
    }

    public async Task<Execution> ResubmitAsync(ExecutionKey key, string? name = null, CancellationToken cancellationToken = default)
    {
        Execution old = ResourceMapper.ToResource(await RequireAsync(key, cancellationToken).ConfigureAwait(false));
        var again = new Execution
        {
            Metadata = new ObjectMetadata
            {
                Namespace = key.Namespace,
                Name = name,
                GenerateName = name is null ? GeneratedName.PrefixOfCopy(key.Name) : null,
                Labels = old.Metadata.Labels,
                Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [ResubmittedFrom] = key.Name },
            },
            Spec = old.Spec,
        };
        return await CreateAsync(again, cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    private async Task RetryEndedAsync(ExecutionRow ended, ChildPolicy policy, CancellationToken cancellationToken)
    {
        ExecutionRow after = await ChangeEndedAsync(
            ended,
            row => row.Phase is ExecutionPhase.Failed or ExecutionPhase.Canceled && row.JournalSequence == ended.JournalSequence,
            row =>
            {
                ThrowIfBeingDeleted(row);
                ThrowIfBeingArchived(row);
                return new RetryPlan(store, host.Functions, host.Now, host.Options.PriorityAging, cancellationToken).MakeAsync(row, policy);
            },
            cancellationToken,
            host.Deletions.GoesOn).ConfigureAwait(false);
        if (after.Phase == ExecutionPhase.Skipped)
        {
            throw new ExecutionConflictException(after.Key, $"Execution {after.Key} was skipped meanwhile. Resubmit it to run it once more.");
        }

        // Somebody may have asked for its deletion at the same moment.
        ThrowIfBeingDeleted(after);
        if (after.Semaphores.Count > 0)
        {
            host.LookAt(after.Semaphores);
        }
        else
        {
            host.Wake(after);
        }
    }

    private async Task SkipEndedAsync(ExecutionRow failed, JsonPayload value, string? reason, CancellationToken cancellationToken)
    {
        Message? toParent = null;
        ExecutionRow after = await ChangeEndedAsync(
            failed,
            row => row.Phase == ExecutionPhase.Failed && row.JournalSequence == failed.JournalSequence,
            row => Task.FromResult(SkipUnit(row, value, reason, out toParent)),
            cancellationToken).ConfigureAwait(false);
        if (after.Phase != ExecutionPhase.Skipped)
        {
            throw new ExecutionConflictException(after.Key, $"Execution {after.Key} was retried meanwhile and is {after.Phase}.");
        }

        if (!string.Equals(StoredStatus.Deserialize(after.Status).Result.ToString().Trim(), value.ToString().Trim(), StringComparison.Ordinal))
        {
            throw new ExecutionConflictException(after.Key, $"Execution {after.Key} was skipped by somebody else at the same moment, with another result.");
        }

        if (toParent is not { } message)
        {
            return;
        }

        // Of two who skip it at the same moment each is told that it is skipped: the parent hears what was stored, and only that.
        IReadOnlyList<Message> stored = await AfterChangeAsync(StoreCall(
            store.ReadMessagesAsync([message.Target], StoreArguments.MaxLimit, CancellationToken.None))).ConfigureAwait(false);
        foreach (Message one in stored.Where(one => one.Id == message.Id))
        {
            host.Route(one);
        }
    }

    private PendingUnit SkipUnit(ExecutionRow row, JsonPayload value, string? reason, out Message? toParent)
    {
        (_, StoredSpec spec, StoredStatus status) = StoredExecution.Of(row);
        DateTimeOffset now = host.Now;
        PendingUnit unit = EndedRows.Unit(
            row,
            row with { Phase = ExecutionPhase.Skipped, Status = (status with { Result = value }).Serialize() },
            [new Entry { Kind = EntryKind.SkipRequested, At = now, Value = value, Text = reason }],
            releasesOwner: false);
        toParent = spec.Parent is { } parent
            ? new Message(
                new ExecutionKey(parent.Namespace, parent.Name), parent.Uid, host.Uids.Next(), now,
                new MessageBody
                {
                    Kind = MessageKind.ChildEnded, Name = parent.Operation, ChildUid = row.Uid, Phase = ExecutionPhase.Skipped, Value = value,
                }.Serialize())
            : null;
        if (toParent is { } message)
        {
            unit.Unit.Messages.Add(message);
        }

        return unit;
    }

    /// <summary>Changes an execution that has ended, unless somebody else has changed it since it was read.</summary>
    /// <param name="ended">The row as it was read.</param>
    /// <param name="isUnchanged">Whether the change is still to be made.</param>
    /// <param name="make">Makes it from the row as it is then.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="changed">Told of the row after the change, also when the caller has given up by then.</param>
    /// <returns>The row afterwards: changed, by this call or by another one.</returns>
    private async Task<ExecutionRow> ChangeEndedAsync(
        ExecutionRow ended, Func<ExecutionRow, bool> isUnchanged, Func<ExecutionRow, Task<PendingUnit>> make, CancellationToken cancellationToken,
        Action<ExecutionRow>? changed = null)
    {
        for (int tries = 0; tries < MaxChangeTries; tries++)
        {
            await AcceptAsync(
                async () =>
                {
                    CommitOutcome outcome = await host.EndedRows.ChangeAsync(ended.Key, async () =>
                    {
                        ExecutionRow row = await RequireSameAsync(ended, cancellationToken).ConfigureAwait(false);
                        return isUnchanged(row) ? await StoreCall(make(row)).ConfigureAwait(false) : null;
                    }).ConfigureAwait(false);
                    if (changed is not null && await AfterChangeAsync(ReadAsync(ended.Key, CancellationToken.None)).ConfigureAwait(false) is { } now)
                    {
                        changed(now);
                    }

                    return outcome;
                },
                cancellationToken).ConfigureAwait(false);

            // The store's answer does not tell who has made the change; the row does.
            ExecutionRow after = await AfterChangeAsync(RequireSameAsync(ended, cancellationToken)).ConfigureAwait(false);
            if (!isUnchanged(after))
            {
                return after;
            }
        }

        throw ChangesTooOften(ended.Key);
    }

    private async Task<ExecutionRow> RequireSameAsync(ExecutionRow earlier, CancellationToken cancellationToken)
    {
        ExecutionRow row = await RequireAsync(earlier.Key, cancellationToken).ConfigureAwait(false);
        return row.Uid == earlier.Uid ? row : throw new ExecutionNotFoundException(earlier.Key);
    }

    private async Task<bool> ReleaseAsync(ExecutionRow held, CancellationToken cancellationToken)
    {
        bool isReleased = await StoreChange(store.ReleaseHeldAsync(held.Key, held.Uid, host.Now, cancellationToken)).ConfigureAwait(false);
        host.SignalBacklog(held.WorkerGroup);
        return isReleased;
    }

    private void ThrowIfBeingArchived(ExecutionRow row)
    {
        if (row.Phase.IsTerminal() && row.ArchiveAt <= host.Now)
        {
            throw new ExecutionConflictException(
                row.Key, $"Execution {row.Key} is being archived. Set its spec.ttl.archiveAfter to a longer time before you retry it.");
        }
    }

    private void ThrowIfBeingDeleted(ExecutionRow row)
    {
        if (row.DeleteAt <= host.Now || StoredSettings.Of(row).Deletion is not null)
        {
            throw new ExecutionConflictException(row.Key, $"Execution {row.Key} is being deleted.");
        }
    }
}
