using System.Text.Json;
using Kontinue.Engine.Commit;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Journal;
using Kontinue.Engine.Messages;
using Kontinue.Engine.Replay;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Requests;

/// <summary>Makes the change that sets an execution going again that had failed or had been canceled.</summary>
internal sealed class RetryPlan(
    IExecutionStore store, FunctionRegistry functions, DateTimeOffset now, TimeSpan priorityAging, CancellationToken cancellationToken)
{
    private const int JournalPiece = 1000;
    private const int ChildrenPage = 500;

    /// <exception cref="ExecutionConflictException">Its overall timeout has passed.</exception>
    public async Task<PendingUnit> MakeAsync(ExecutionRow row, ChildPolicy policy)
    {
        (_, StoredSpec spec, StoredStatus status) = StoredExecution.Of(row);
        FunctionOptions? defaults = functions.TryGet(row.Function, out FunctionDefinition? function) ? function.Options : null;
        TimeSpan? overall = spec.Timeout?.Overall ?? defaults?.OverallTimeout;
        if (status.StartedAt + overall <= now)
        {
            throw new ExecutionConflictException(
                row.Key,
                $"Execution {row.Key} cannot be retried: its overall timeout of {Duration.Format(overall!.Value)} is over. Resubmit it instead.");
        }

        History history = await ReadHistoryAsync(row, spec.Retry?.ChildPolicy ?? defaults?.ChildPolicy ?? ChildPolicy.None).ConfigureAwait(false);
        List<Entry> entries = await ReadChildrenAsync(row, history).ConfigureAwait(false);
        entries.Add(new Entry
        {
            Kind = EntryKind.AttemptFailed, At = now, Attempt = history.Attempt, Error = status.Error, Due = now, Phase = row.Phase,
            ChildPolicy = policy,
        });
        ExecutionRow change = row with
        {
            Phase = ExecutionPhase.Pending,
            Owner = null,
            WakeAt = Priorities.Rank(now, spec.Priority, priorityAging),
            Held = false,
            FinishedAt = null,
            Status = (status with { Result = default, WaitingFor = null, Conditions = null }).Serialize(),
        };
        PendingUnit unit = EndedRows.Unit(row, change, entries, releasesOwner: true);
        unit.Unit.Consumed.AddRange(await FindStaleAsync(row).ConfigureAwait(false));
        return unit;
    }

    private async Task<History> ReadHistoryAsync(ExecutionRow row, ChildPolicy policy)
    {
        var history = new History(policy);
        IReadOnlyList<JournalRecord> piece;
        long after = 0;
        do
        {
            piece = await store.ReadJournalAsync(row.Uid, after, JournalPiece, cancellationToken).ConfigureAwait(false);
            foreach (JournalRecord record in piece)
            {
                try
                {
                    foreach (Entry entry in JournalCodec.Read(record))
                    {
                        history.Apply(entry);
                    }
                }
                catch (JsonException e)
                {
                    throw new ExecutionConflictException(
                        row.Key, $"Execution {row.Key} cannot be retried: record {record.Sequence} of its journal cannot be read: {e.Message}");
                }

                after = record.Sequence;
            }
        }
        while (piece.Count == JournalPiece);

        return history;
    }

    /// <summary>What became of children while there was nobody to tell: their messages to an execution that had ended were dropped.</summary>
    private async Task<List<Entry>> ReadChildrenAsync(ExecutionRow row, History history)
    {
        var entries = new List<Entry>();
        if (history.RunningChildren.Count + history.FailedChildren.Count == 0)
        {
            return entries;
        }

        HashSet<Guid> missing = [.. history.RunningChildren.Where(child => child.Value.Child.Detached).Select(child => child.Key)];
        IReadOnlyList<ExecutionRow> page;
        ExecutionKey? after = null;
        do
        {
            page = await store.ListAsync(
                new RowQuery { ParentUid = row.Uid, After = after, Limit = ChildrenPage }, cancellationToken).ConfigureAwait(false);
            foreach (ExecutionRow child in page)
            {
                missing.Remove(child.Uid);
                if (OperationOf(child, history) is { } operation)
                {
                    StoredStatus status = StoredStatus.Deserialize(child.Status);
                    entries.Add(Ended(operation, child.Phase, status.Result, status.Error));
                }

                after = child.Key;
            }
        }
        while (page.Count == ChildrenPage);

        entries.AddRange(missing.Select(uid => Ended(
            history.RunningChildren[uid].Operation, ExecutionPhase.Canceled, default,
            new ExecutionError(ErrorKind.Execution, "The child was deleted.", Retryable: false))));
        return entries;
    }

    /// <summary>
    /// The operation whose end a child's row tells: a failure that was told may have become a success; of children that were not waited
    /// for to the end, those that were attached were canceled with their parent, and only their success is of use.
    /// </summary>
    private static string? OperationOf(ExecutionRow child, History history)
    {
        bool succeeded = child.Phase is ExecutionPhase.Completed or ExecutionPhase.Skipped;
        return history.RunningChildren.TryGetValue(child.Uid, out (string Operation, ChildInfo Child) running)
            ? child.Phase.IsTerminal() && (succeeded || running.Child.Detached) ? running.Operation : null
            : succeeded ? history.FailedChildren.GetValueOrDefault(child.Uid) : null;
    }

    private Entry Ended(string operation, ExecutionPhase phase, JsonPayload value, ExecutionError? error) => new()
    {
        Kind = EntryKind.ChildEnded, At = now, Operation = operation, Value = value, Phase = phase,
        Error = phase is ExecutionPhase.Completed or ExecutionPhase.Skipped ? null : error,
    };

    /// <summary>Requests that came too late for the last attempt are none to the next one.</summary>
    private async Task<IEnumerable<MessageReference>> FindStaleAsync(ExecutionRow row)
    {
        IReadOnlyList<Message> stored =
            await store.ReadMessagesAsync([row.Key], StoreArguments.MaxLimit, cancellationToken).ConfigureAwait(false);
        return stored
            .Where(message => MessageBody.Deserialize(message.Body).Kind is MessageKind.Cancel or MessageKind.Resume or MessageKind.Skip)
            .Select(message => new MessageReference(message.Target, message.Id));
    }
}
