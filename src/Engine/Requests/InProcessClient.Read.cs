using System.Text.Json;
using Kontinue.Client;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Feed;
using Kontinue.Engine.Journal;
using Kontinue.Engine.Storage;
using Kontinue.Resources;

namespace Kontinue.Engine.Requests;

/// <summary>What reads and changes nothing. Each answer is bounded, in rows and in bytes.</summary>
internal sealed partial class InProcessClient
{
    private const int MaxJournalLimit = 10_000;
    private const int MaxSummaryEntries = 50_000;
    private const int MaxSummaryBytes = 64 * 1024 * 1024;
    private const int MaxJournalPageBytes = 32 * 1024 * 1024;

    public async Task<Execution> GetAsync(ExecutionKey key, CancellationToken cancellationToken = default)
    {
        ExecutionRow row = await RequireAsync(key, cancellationToken).ConfigureAwait(false);
        var entries = new List<Entry>();
        await ReadEntriesAsync(
            row, 0, MaxSummaryEntries, MaxSummaryBytes, (_, entry) => entries.Add(entry), cancellationToken).ConfigureAwait(false);
        Execution execution = ResourceMapper.WithJournal(ResourceMapper.ToResource(row, withWaits: true), entries);
        return row.AwaitedSemaphore is { } semaphore
            ? await NameHolderAsync(execution, row, semaphore, cancellationToken).ConfigureAwait(false)
            : execution;
    }

    /// <summary>Says who is in its way.</summary>
    private async Task<Execution> NameHolderAsync(
        Execution execution, ExecutionRow row, string semaphore, CancellationToken cancellationToken)
    {
        IReadOnlyList<ExecutionKey> holders = await StoreCall(store.ReadHoldersAsync(semaphore, 1, cancellationToken)).ConfigureAwait(false);
        var status = StoredStatus.Deserialize(row.Status);
        return holders.Count == 0 || Waiting.Describe(row, status, holders[0]) is not { } condition
            ? execution
            : execution with { Status = execution.Status! with { Conditions = [.. status.Conditions ?? [], condition] } };
    }

    public async Task<ExecutionList> ListAsync(ListQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        (IReadOnlyList<ExecutionRow> rows, ListMetadata metadata) =
            await ListRowsAsync(query, Execution.DefaultKind, query.Selector, cancellationToken).ConfigureAwait(false);
        return new ExecutionList { Metadata = metadata, Items = [.. rows.Select(row => ResourceMapper.ToResource(row))] };
    }

    public async Task<SuspensionList> ListSuspensionsAsync(ListQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        bool mayWait = query.Selector.Phases?.Contains(ExecutionPhase.Suspended) ?? true;
        ExecutionSelector selector = query.Selector with
        {
            Phases = mayWait ? new HashSet<ExecutionPhase> { ExecutionPhase.Suspended } : new HashSet<ExecutionPhase>(),
        };
        (IReadOnlyList<ExecutionRow> rows, ListMetadata metadata) =
            await ListRowsAsync(query, Suspension.DefaultKind, selector, cancellationToken).ConfigureAwait(false);
        return new SuspensionList
        {
            Metadata = metadata,
            Items = [.. rows.SelectMany(row => ResourceMapper.ToResource(row, withWaits: true).ToSuspensions())],
        };
    }

    public Task<FunctionList> ListFunctionsAsync(CancellationToken cancellationToken = default) => functions.ListAsync(cancellationToken);

    public async Task<JournalPage> ReadJournalAsync(
        ExecutionKey key, long after = 0, int limit = 1000, CancellationToken cancellationToken = default)
    {
        CheckLimit(limit, MaxJournalLimit);
        if (after < 0)
        {
            throw new InvalidRequestException("after", $"'after' must be the 'next' of the page before, or 0 to begin; not {after}.");
        }

        ExecutionRow row = await RequireAsync(key, cancellationToken).ConfigureAwait(false);
        var items = new List<JournalEntry>();
        long? next = await ReadEntriesAsync(
            row, after, limit, MaxJournalPageBytes, (sequence, entry) => items.Add(ResourceMapper.ToResource(entry, sequence)),
            cancellationToken).ConfigureAwait(false);
        return new JournalPage { Items = items, Next = next };
    }

    private async Task<(IReadOnlyList<ExecutionRow> Rows, ListMetadata Metadata)> ListRowsAsync(
        ListQuery query, string kind, ExecutionSelector selector, CancellationToken cancellationToken)
    {
        CheckLimit(query.Limit, ListQuery.MaxLimit);
        ContinueToken? token = ContinueToken.Read(query.Continue, kind, selector);

        // Before the first page is read: what a page does not show because it changes meanwhile, a watch from here on tells.
        long version = token?.Version ?? await StoreCall(store.ReadVersionAsync(cancellationToken)).ConfigureAwait(false);
        ScanPage page = await StoreCall(
            RowScan.ReadAsync(store, selector, token?.After, query.Limit, RowScan.MaxBytes, cancellationToken)).ConfigureAwait(false);
        return (page.Rows, new ListMetadata
        {
            ResourceVersion = FeedVersion.FormatAfter(version),
            Continue = page.Next is { } last ? new ContinueToken(version, last).Write(kind, selector) : null,
        });
    }

    private static void CheckLimit(int limit, int max)
    {
        if (limit < 1 || limit > max)
        {
            throw new InvalidRequestException("limit", $"The limit must be from 1 to {max}, not {limit}.");
        }
    }

    /// <summary>Reads whole records until there are enough entries or bytes.</summary>
    /// <returns>The record to read on after; null at the end.</returns>
    private async Task<long?> ReadEntriesAsync(
        ExecutionRow row, long after, int limit, int maxBytes, Action<long, Entry> add, CancellationToken cancellationToken)
    {
        var size = new PieceSize(first: 50, max: 1000);
        int entries = 0;
        long bytes = 0;
        while (true)
        {
            int records = size.Rows;
            IReadOnlyList<JournalRecord> piece =
                await StoreCall(store.ReadJournalAsync(row.Uid, after, records, cancellationToken)).ConfigureAwait(false);
            for (int i = 0; i < piece.Count; i++)
            {
                entries += AddEntries(row, piece[i], add);
                bytes += piece[i].Data.Length;
                after = piece[i].Sequence;
                if ((entries >= limit || bytes >= maxBytes) && (i < piece.Count - 1 || piece.Count == records))
                {
                    return after;
                }
            }

            if (piece.Count < records)
            {
                return null;
            }

            size.Learn(piece.Count, piece.Sum(record => (long)record.Data.Length));
        }
    }

    private static int AddEntries(ExecutionRow row, JournalRecord record, Action<long, Entry> add)
    {
        int count = 0;
        try
        {
            foreach (Entry entry in JournalCodec.Read(record))
            {
                add(record.Sequence, entry);
                count++;
            }
        }
        catch (JsonException e)
        {
            throw new KontinueException(
                ErrorKind.Internal, $"Record {record.Sequence} of the journal of {row.Key}: {e.Message}", retryable: false, inner: e);
        }

        return count;
    }
}
