using Kontinue.Engine.Commit;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Journal;
using Kontinue.Engine.Messages;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Hosting;

/// <summary>
/// Ends executions that were to run in a worker group that has nobody to run them, so nobody can be told to end them. Only such as never
/// began: of the others the function may want to clean up.
/// </summary>
/// <remarks>
/// The change is written like an owner's, under the epoch and the revision that were read. A silo of the group that comes up and claims
/// the execution at the same moment is faster or finds it ended; it has the message too.
/// </remarks>
internal sealed class StrandedRows(IExecutionStore store, EmbeddedHost host)
{
    private const int JournalPage = 100;

    /// <summary>Ends an execution if nobody else can. To be called when the message that asks for it is stored.</summary>
    /// <param name="key">The execution.</param>
    /// <param name="uid">Its uid.</param>
    /// <param name="asked">The message's content: a cancellation, or a skip.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public async Task TryEndAsync(ExecutionKey key, Guid uid, MessageBody asked, CancellationToken cancellationToken)
    {
        if (await FindAsync(key, uid, cancellationToken).ConfigureAwait(false) is null)
        {
            return;
        }

        Message? toParent = null;
        await host.EndedRows.ChangeAsync(key, async () =>
        {
            ExecutionRow? row = await FindAsync(key, uid, cancellationToken).ConfigureAwait(false);
            if (row is null)
            {
                return null;
            }

            long last = await LastRecordAsync(row, cancellationToken).ConfigureAwait(false);
            return End(row with { JournalSequence = last }, asked, out toParent);
        }).ConfigureAwait(false);

        // Somebody else may have been faster: what is told is what is stored.
        if (await store.ReadAsync(key, cancellationToken).ConfigureAwait(false) is not { } after || after.Uid != uid || !after.Phase.IsTerminal())
        {
            return;
        }

        host.SignalChange();
        host.Ended(StoredExecution.Of(after));
        if (toParent is { } message)
        {
            IReadOnlyList<Message> stored = await store.ReadMessagesAsync(
                [message.Target], StoreArguments.MaxLimit, cancellationToken).ConfigureAwait(false);
            foreach (Message one in stored.Where(one => one.Id == message.Id))
            {
                host.Route(one);
            }
        }
    }

    private async Task<ExecutionRow?> FindAsync(ExecutionKey key, Guid uid, CancellationToken cancellationToken) =>
        await store.ReadAsync(key, cancellationToken).ConfigureAwait(false) is { Phase: ExecutionPhase.Pending, Owner: null, WorkerGroup: { } group } row &&
        row.Uid == uid && StoredStatus.Deserialize(row.Status).StartedAt is null &&
        !await host.Known.IsServedAsync(row.Function, group, cancellationToken).ConfigureAwait(false)
            ? row
            : null;

    /// <summary>What the row says is a lower bound: an owner that gave it up may have recorded an event while it waited to be let in.</summary>
    private async Task<long> LastRecordAsync(ExecutionRow row, CancellationToken cancellationToken)
    {
        long last = row.JournalSequence;
        while (true)
        {
            IReadOnlyList<JournalRecord> records = await store.ReadJournalAsync(row.Uid, last, JournalPage, cancellationToken).ConfigureAwait(false);
            last = records.Count == 0 ? last : records[^1].Sequence;
            if (records.Count < JournalPage)
            {
                return last;
            }
        }
    }

    private PendingUnit End(ExecutionRow row, MessageBody asked, out Message? toParent)
    {
        (_, StoredSpec spec, StoredStatus status) = StoredExecution.Of(row);
        DateTimeOffset now = host.Now;
        bool isSkip = asked.Kind == MessageKind.Skip;
        ExecutionPhase phase = isSkip ? ExecutionPhase.Skipped : ExecutionPhase.Canceled;
        ExecutionError? error = isSkip
            ? status.Error
            : new ExecutionError(ErrorKind.Execution, asked.Name ?? "The execution was canceled.", Retryable: false);
        StoredStatus ended = status with { Result = isSkip ? asked.Value : default, Error = error, Conditions = null };
        PendingUnit unit = EndedRows.Unit(
            row,
            row with { Phase = phase, WakeAt = null, Held = false, FinishedAt = now, Status = ended.Serialize() },
            [
                isSkip
                    ? new Entry { Kind = EntryKind.SkipRequested, At = now, Value = asked.Value, Text = asked.Name }
                    : new Entry { Kind = EntryKind.CancelRequested, At = now, Text = asked.Name },
            ],
            releasesOwner: false);
        toParent = spec.Parent is { } parent
            ? new Message(
                new ExecutionKey(parent.Namespace, parent.Name), parent.Uid, host.Uids.Next(), now,
                new MessageBody
                {
                    Kind = MessageKind.ChildEnded, Name = parent.Operation, ChildUid = row.Uid, Phase = phase, Value = ended.Result, Error = error,
                }.Serialize())
            : null;
        if (toParent is { } message)
        {
            unit.Unit.Messages.Add(message);
        }

        return unit;
    }
}
