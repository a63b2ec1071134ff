using Kontinue.Engine.Messages;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Hosting;

/// <summary>Tells what runs, and is to be deleted, to end.</summary>
internal sealed class DeletionNotices(IExecutionStore store, EmbeddedHost host)
{
    /// <summary>By the uid of who was told to end: its epoch then. Who ended and goes on since has another one, and is told again.</summary>
    private readonly Remembered<long> _told = new();

    /// <summary>It has ended.</summary>
    public void Forget(Guid uid) => _told.Remove(uid);

    /// <summary>Whether it was told, and has not been claimed since.</summary>
    public bool IsTold(ExecutionRow row) => _told.TryGet(row.Uid, out long epoch) && epoch == row.Epoch;

    /// <summary>Cancels an execution, unless it has been told and not been claimed since.</summary>
    public async Task TellAsync(ExecutionRow row, CancellationToken cancellationToken)
    {
        if (IsTold(row))
        {
            return;
        }

        if (!host.Functions.TryGet(row.Function, out _) && await IsCancelStoredAsync(row.Key, cancellationToken).ConfigureAwait(false))
        {
            // It began, and waits for a silo that has its function. To tell it again would only leave one more message.
            _told.Set(row.Uid, row.Epoch);
            return;
        }

        DateTimeOffset now = host.Now;
        var body = new MessageBody { Kind = MessageKind.Cancel, Name = "The execution is being deleted." };
        CommitOutcome outcome;
        try
        {
            outcome = await host.SendAsync(new Message(row.Key, row.Uid, host.Uids.Next(), now, body.Serialize()))
                .WaitAsync(host.Options.RequestTimeout, host.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The store is away; it is told again when it is looked at again.
            return;
        }

        if (row.Held)
        {
            // After the message: released before it, the execution could be held again without having seen it.
            await store.ReleaseHeldAsync(row.Key, row.Uid, now, cancellationToken).ConfigureAwait(false);
            host.SignalBacklog(row.WorkerGroup);
        }

        if (row is { Phase: ExecutionPhase.Pending, WorkerGroup: not null })
        {
            await host.Stranded.TryEndAsync(row.Key, row.Uid, body, cancellationToken).ConfigureAwait(false);
        }

        if (outcome == CommitOutcome.Applied)
        {
            _told.Set(row.Uid, row.Epoch);
        }
    }

    private async Task<bool> IsCancelStoredAsync(ExecutionKey key, CancellationToken cancellationToken)
    {
        IReadOnlyList<Message> stored = await store.ReadMessagesAsync([key], StoreArguments.MaxLimit, cancellationToken).ConfigureAwait(false);
        return stored.Any(message => MessageBody.Deserialize(message.Body).Kind == MessageKind.Cancel);
    }
}
