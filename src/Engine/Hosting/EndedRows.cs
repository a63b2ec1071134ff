using System.Buffers;
using Kontinue.Engine.Commit;
using Kontinue.Engine.Journal;
using Kontinue.Engine.Loops;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Hosting;

/// <summary>
/// Changes rows of executions that have ended: nobody runs them, so the change is written like an owner's, under the epoch and the revision
/// that were read. Who comes second changes nothing.
/// </summary>
/// <remarks>One change of a row at a time: the committer must never have two units with the same row.</remarks>
internal sealed class EndedRows(GroupCommitter committer)
{
    private readonly Turns<ExecutionKey> _turns = new();

    /// <summary>Writes a change and answers when it is stored, or when somebody else was faster: the caller reads the row to know.</summary>
    /// <param name="key">The execution.</param>
    /// <param name="build">Reads the row and makes the unit; null: there is nothing to do.</param>
    public async Task<CommitOutcome> ChangeAsync(ExecutionKey key, Func<Task<PendingUnit?>> build)
    {
        // Kept until the store has answered, also when the caller has given up by then.
        using IDisposable turn = await _turns.EnterAsync(key, CancellationToken.None).ConfigureAwait(false);
        if (await build().ConfigureAwait(false) is not { } unit)
        {
            return CommitOutcome.Applied;
        }

        unit.Completion = new TaskCompletionSource<CommitOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        committer.Enqueue(unit);
        return await unit.Completion.Task.ConfigureAwait(false);
    }

    /// <summary>A unit that gives a row another form and adds entries to its journal.</summary>
    /// <param name="row">The row as it was read.</param>
    /// <param name="change">The row as it shall be, save its revision and the number of its journal records.</param>
    /// <param name="entries">At least one.</param>
    /// <param name="releasesOwner">Whether it is nobody's from then on.</param>
    public static PendingUnit Unit(ExecutionRow row, ExecutionRow change, IEnumerable<Entry> entries, bool releasesOwner)
    {
        var journal = new ArrayBufferWriter<byte>(256);
        foreach (Entry entry in entries)
        {
            JournalCodec.Write(journal, entry);
        }

        var unit = new PendingUnit();
        long sequence = row.JournalSequence + 1;
        Participation part = unit.Join(null, new RowWrite
        {
            Row = change with { Revision = row.Revision + 1, JournalSequence = sequence },
            IsInsert = false,
            ReleasesOwner = releasesOwner,
        });
        part.Journal = journal;
        part.JournalSequence = sequence;
        return unit;
    }
}
