using Kontinue.Client;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Feed;

/// <summary>A page of rows.</summary>
/// <param name="Rows">Those selected, by address.</param>
/// <param name="Next">The row looked at last, where there may be more behind it; null at the end.</param>
internal sealed record ScanPage(IReadOnlyList<ExecutionRow> Rows, ExecutionKey? Next);

/// <summary>Reads selected rows in the order of their addresses, and so many at most that a page takes a bounded time and memory.</summary>
/// <remarks>
/// A page is no snapshot. A row that changes its phase meanwhile may be passed over; whoever needs to know watches on from a version read
/// before the first page.
/// </remarks>
internal static class RowScan
{
    /// <summary>Rows looked at for one page, at most.</summary>
    public const int MaxLookedAt = 5000;

    /// <summary>Bytes of a page that is answered at once, at most by about one row.</summary>
    public const int MaxBytes = 32 * 1024 * 1024;

    /// <summary>Reads a page.</summary>
    /// <param name="store">The store; its failures are thrown as they are.</param>
    /// <param name="selector">Which rows.</param>
    /// <param name="after">The <see cref="ScanPage.Next"/> of the page before.</param>
    /// <param name="limit">At most so many rows.</param>
    /// <param name="maxBytes">About so many bytes of selected rows.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<ScanPage> ReadAsync(
        IExecutionStore store, ExecutionSelector selector, ExecutionKey? after, int limit, int maxBytes, CancellationToken cancellationToken)
    {
        if (selector.SingleKey() is { } key)
        {
            ExecutionRow? only = after is null ? await store.ReadAsync(key, cancellationToken).ConfigureAwait(false) : null;
            return new ScanPage(only is not null && selector.Selects(only) ? [only] : [], null);
        }

        List<RowStream> streams = [.. selector.ToQueries().Select(query => new RowStream(store, query, after))];
        var rows = new List<ExecutionRow>(Math.Min(limit, 100));
        ExecutionKey? position = after;
        long bytes = 0;
        for (int looked = 0; ; looked++)
        {
            // While everything is taken, one row more than needed tells whether there is another page.
            int wanted = looked == rows.Count ? limit - rows.Count + 1 : int.MaxValue;
            RowStream? first = await FindFirstAsync(streams, wanted, cancellationToken).ConfigureAwait(false);
            if (first is null)
            {
                return new ScanPage(rows, null);
            }

            if (rows.Count == limit || looked == MaxLookedAt || bytes > maxBytes)
            {
                return new ScanPage(rows, position);
            }

            // One that changed its phase between two reads comes from both indexes.
            ExecutionRow row = first.Take();
            if (row.Key != position && selector.Selects(row))
            {
                rows.Add(row);
                bytes += row.PayloadBytes;
            }

            position = row.Key;
        }
    }

    private static async ValueTask<RowStream?> FindFirstAsync(List<RowStream> streams, int wanted, CancellationToken cancellationToken)
    {
        RowStream? first = null;
        foreach (RowStream stream in streams)
        {
            ExecutionRow? head = await stream.PeekAsync(wanted, cancellationToken).ConfigureAwait(false);
            if (head is not null && (first?.Head is not { } other || Compare(head.Key, other.Key) < 0))
            {
                first = stream;
            }
        }

        return first;
    }

    private static int Compare(ExecutionKey x, ExecutionKey y)
    {
        int byNamespace = string.CompareOrdinal(x.Namespace, y.Namespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(x.Name, y.Name);
    }

    /// <summary>The rows of one query, read in pieces.</summary>
    private sealed class RowStream(IExecutionStore store, RowQuery query, ExecutionKey? after)
    {
        private readonly Queue<ExecutionRow> _rows = new();
        private readonly PieceSize _piece = new(first: 8, max: 501);
        private ExecutionKey? _after = after;
        private bool _isExhausted;

        public ExecutionRow? Head => _rows.TryPeek(out ExecutionRow? row) ? row : null;

        public ExecutionRow Take() => _rows.Dequeue();

        public async ValueTask<ExecutionRow?> PeekAsync(int wanted, CancellationToken cancellationToken)
        {
            if (_rows.Count == 0 && !_isExhausted)
            {
                int limit = Math.Min(wanted, _piece.Rows);
                IReadOnlyList<ExecutionRow> read =
                    await store.ListAsync(query with { After = _after, Limit = limit }, cancellationToken).ConfigureAwait(false);
                _isExhausted = read.Count < limit;
                long bytes = 0;
                foreach (ExecutionRow row in read)
                {
                    _rows.Enqueue(row);
                    _after = row.Key;
                    bytes += row.PayloadBytes;
                }

                _piece.Learn(read.Count, bytes);
            }

            return Head;
        }
    }
}
