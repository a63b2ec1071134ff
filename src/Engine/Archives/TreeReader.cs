using System.Runtime.CompilerServices;
using Kontinue.Engine.Feed;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Archives;

/// <summary>Reads an execution and all that it started, in pages of bounded size: parents before children, siblings together.</summary>
internal sealed class TreeReader(IExecutionStore store)
{
    private const int MaxRows = 200;
    private const int MaxRecords = 1000;

    /// <summary>Of rows and of journal records each, at most by about one.</summary>
    private const long PageBytes = 1024 * 1024;

    /// <summary>All rows, each page valid until the next one is asked for.</summary>
    public async IAsyncEnumerable<ExecutionRow> RowsAsync(ExecutionRow root, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return root;
        var size = new PieceSize(first: 8, MaxRows, PageBytes);

        // As many pages of uids are held as the tree is deep.
        var parents = new Stack<(Guid Uid, ExecutionKey? After)>();
        parents.Push((root.Uid, null));
        while (parents.TryPop(out (Guid Uid, ExecutionKey? After) parent))
        {
            int limit = size.Rows;
            IReadOnlyList<ExecutionRow> children = await store.ListAsync(
                new RowQuery { ParentUid = parent.Uid, After = parent.After, Limit = limit }, cancellationToken).ConfigureAwait(false);
            size.Learn(children.Count, children.Sum(BytesOf));
            if (children.Count == limit)
            {
                parents.Push((parent.Uid, children[^1].Key));
            }

            foreach (ExecutionRow child in children)
            {
                yield return child;

                // A child's start is recorded: who has recorded nothing has none.
                if (child.JournalSequence > 0)
                {
                    parents.Push((child.Uid, null));
                }
            }
        }
    }

    /// <summary>The records of a journal.</summary>
    public async IAsyncEnumerable<JournalRecord> JournalAsync(Guid uid, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var size = new PieceSize(first: 8, MaxRecords, PageBytes);
        long after = 0;
        while (true)
        {
            int limit = size.Rows;
            IReadOnlyList<JournalRecord> records = await store.ReadJournalAsync(uid, after, limit, cancellationToken).ConfigureAwait(false);
            foreach (JournalRecord record in records)
            {
                yield return record;
                after = record.Sequence;
            }

            if (records.Count < limit)
            {
                yield break;
            }

            size.Learn(records.Count, records.Sum(record => (long)record.Data.Length));
        }
    }

    private static long BytesOf(ExecutionRow row) => row.Spec.Length + row.Status.Length + row.Settings.Length + row.Labels.Length;
}
