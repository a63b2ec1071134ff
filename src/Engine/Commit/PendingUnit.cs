using System.Buffers;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Commit;

/// <summary>
/// Changes on their way to the store. Until the committer takes it, a unit can be added to: an execution that starts, works and ends
/// while an earlier batch is being committed becomes one row that is written once.
/// </summary>
/// <remarks>Guarded by itself (<see cref="Gate"/>) until it is taken; read-only afterwards.</remarks>
internal sealed class PendingUnit
{
    private readonly List<Participation> _participants = new(1);

    public Lock Gate { get; } = new();

    public CommitUnit Unit { get; }

    /// <summary>Told when the unit was committed or refused.</summary>
    public TaskCompletionSource<CommitOutcome>? Completion { get; set; }

    /// <summary>Set when the committer has taken it: nothing can be added any more.</summary>
    public bool IsTaken { get; private set; }

    public PendingUnit(CommitUnit? unit = null) => Unit = unit ?? new CommitUnit();

    /// <summary>The part of one execution in it, if there is one.</summary>
    public Participation? Find(IParticipant participant) => _participants.Find(p => ReferenceEquals(p.Participant, participant));

    public Participation Join(IParticipant? participant, RowWrite row)
    {
        var participation = new Participation(participant, row);
        _participants.Add(participation);
        return participation;
    }

    /// <summary>Whether a message is deleted with it.</summary>
    public bool Consumes(MessageReference message)
    {
        lock (Gate)
        {
            return Unit.Consumed.Contains(message);
        }
    }

    /// <summary>Closes the unit and writes the participants' parts into it. Once taken, it stays so.</summary>
    public void Take()
    {
        lock (Gate)
        {
            if (IsTaken)
            {
                return;
            }

            IsTaken = true;
            int bytes = 64;
            foreach (Participation part in _participants)
            {
                Unit.Rows.Add(part.Row);
                bytes += 256 + part.Row.Row.Spec.Length + part.Row.Row.Status.Length;
                if (part.Journal is { } journal)
                {
                    Unit.Journal.Add(new JournalRecord(part.Row.Row.Uid, part.JournalSequence, journal.WrittenMemory));
                    bytes += journal.WrittenCount;
                }
            }

            foreach (Message message in Unit.Messages)
            {
                bytes += 128 + message.Body.Length;
            }

            Unit.ApproximateBytes = bytes;
        }
    }

    /// <summary>Tells everybody concerned. Called once, by the committer.</summary>
    /// <param name="outcome">The store's answer.</param>
    /// <param name="inline">Whether executions may go on with the caller's thread.</param>
    public void Complete(CommitOutcome outcome, bool inline)
    {
        Completion?.TrySetResult(outcome);
        foreach (Participation part in _participants)
        {
            part.Participant?.OnCommitted(part, part.Row.IsRefused ? CommitOutcome.AlreadyExists : outcome, inline && _participants.Count == 1);
        }
    }

    /// <summary>Tells everybody concerned that the store will not take it, whatever is tried.</summary>
    public void Fail(Exception exception)
    {
        Completion?.TrySetException(exception);
        foreach (Participation part in _participants)
        {
            part.Participant?.OnCommitFailed();
        }
    }
}

/// <summary>One execution's part in a unit: its row, its journal, and what may happen once they are durable.</summary>
internal sealed class Participation(IParticipant? participant, RowWrite row)
{
    public IParticipant? Participant { get; } = participant;

    public RowWrite Row { get; } = row;

    public ArrayBufferWriter<byte>? Journal { get; set; }

    public long JournalSequence { get; set; }

    public List<Effect> Effects { get; } = [];
}

/// <summary>Somebody whose changes are committed, and who is told of it.</summary>
internal interface IParticipant
{
    /// <summary>The store has answered.</summary>
    /// <param name="part">What was written.</param>
    /// <param name="outcome">The answer; anything but <see cref="CommitOutcome.Applied"/> means that nothing was written.</param>
    /// <param name="inline">Whether the caller's thread may be used to go on.</param>
    void OnCommitted(Participation part, CommitOutcome outcome, bool inline);

    /// <summary>The store will not take it, whatever is tried.</summary>
    void OnCommitFailed();
}
