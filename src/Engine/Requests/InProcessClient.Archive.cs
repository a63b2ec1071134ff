using System.Runtime.CompilerServices;
using Kontinue.Client;
using Kontinue.Engine.Archives;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Feed;
using Kontinue.Engine.Storage;
using Kontinue.Resources;

namespace Kontinue.Engine.Requests;

/// <summary>What has been archived.</summary>
internal sealed partial class InProcessClient
{
    public async Task<ArchivedExecution> GetArchiveAsync(ExecutionKey key, Guid? uid = null, CancellationToken cancellationToken = default)
    {
        ArchiveRow row = await RequireArchiveAsync(key, uid, cancellationToken).ConfigureAwait(false);
        await foreach (ArchivedTreeLine line in ReadLinesAsync(row.Uid, cancellationToken).ConfigureAwait(false))
        {
            if (line.Execution is { } root)
            {
                return ToResource(row) with { Root = root };
            }
        }

        // It was deleted at this moment.
        throw new ExecutionNotFoundException(key);
    }

    public async Task<ArchivedExecutionList> ListArchivesAsync(ListQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        CheckLimit(query.Limit, ListQuery.MaxLimit);
        ExecutionSelector selector = query.Selector;
        if (selector.ParentUid is not null)
        {
            throw new InvalidRequestException("metadata.ownerReferences.uid", "Archived executions are roots and have no parent to select by.");
        }

        ContinueToken? token = ContinueToken.Read(query.Continue, ArchivedExecution.DefaultKind, selector);
        (ExecutionKey, Guid)? after = token is { } last ? (last.After, last.Uid ?? Guid.Empty)
            : selector.SingleKey() is { } only ? (only, Guid.Empty)
            : null;
        long version = token?.Version ?? await StoreCall(store.ReadVersionAsync(cancellationToken)).ConfigureAwait(false);
        var items = new List<ArchivedExecution>();
        ArchiveRow? next = null;
        for (int looked = 0; looked < RowScan.MaxLookedAt && items.Count < query.Limit; looked += ListQuery.MaxLimit)
        {
            IReadOnlyList<ArchiveRow> page = await StoreCall(
                store.ListArchivesAsync(selector.Namespace, after, ListQuery.MaxLimit, cancellationToken)).ConfigureAwait(false);
            next = Take(page, selector, query.Limit, items);
            if (next is null)
            {
                break;
            }

            after = (next.Key, next.Uid);
        }

        return new ArchivedExecutionList
        {
            Metadata = new ListMetadata
            {
                ResourceVersion = FeedVersion.FormatAfter(version),
                Continue = next is null ? null : new ContinueToken(version, next.Key, next.Uid).Write(ArchivedExecution.DefaultKind, selector),
            },
            Items = items,
        };
    }

    public async IAsyncEnumerable<ArchivedTreeLine> ReadArchiveAsync(
        ExecutionKey key, Guid? uid = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArchiveRow row = await RequireArchiveAsync(key, uid, cancellationToken).ConfigureAwait(false);
        await foreach (ArchivedTreeLine line in ReadLinesAsync(row.Uid, cancellationToken).ConfigureAwait(false))
        {
            yield return line;
        }
    }

    public async Task DeleteArchiveAsync(ExecutionKey key, Guid? uid = null, CancellationToken cancellationToken = default)
    {
        ArchiveRow row = await RequireArchiveAsync(key, uid, cancellationToken).ConfigureAwait(false);
        if (!await StoreChange(store.DeleteArchiveAsync(row.Uid, cancellationToken)).ConfigureAwait(false))
        {
            throw new ExecutionNotFoundException(key);
        }
    }

    /// <summary>Takes what is selected of a page, as far as there is room.</summary>
    /// <returns>The row looked at last, when there may be more behind it.</returns>
    private static ArchiveRow? Take(IReadOnlyList<ArchiveRow> page, ExecutionSelector selector, int limit, List<ArchivedExecution> items)
    {
        for (int i = 0; i < page.Count; i++)
        {
            if (selector.SingleKey() is { } only && page[i].Key != only)
            {
                return null;
            }

            ArchivedExecution shown = ToResource(page[i]);
            if (selector.Selects(page[i].Key, page[i].Function, page[i].Phase) && selector.SelectsLabels(shown.Metadata.Labels))
            {
                items.Add(shown);
                if (items.Count == limit)
                {
                    return i == page.Count - 1 && page.Count < ListQuery.MaxLimit ? null : page[i];
                }
            }
        }

        return page.Count < ListQuery.MaxLimit ? null : page[^1];
    }

    private async Task<ArchiveRow> RequireArchiveAsync(ExecutionKey key, Guid? uid, CancellationToken cancellationToken)
    {
        IReadOnlyList<ArchiveRow> found = await StoreCall(
            store.FindArchivesAsync(key, uid is null ? 1 : StoreArguments.MaxLimit, cancellationToken)).ConfigureAwait(false);
        return found.FirstOrDefault(row => uid is null || row.Uid == uid) ?? throw new ExecutionNotFoundException(key);
    }

    private async IAsyncEnumerable<ArchivedTreeLine> ReadLinesAsync(Guid uid, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IAsyncEnumerator<ArchivedTreeLine> lines =
            TreeLines.ReadAsync(uid, store.ReadArchiveAsync(uid, cancellationToken), cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (lines.ConfigureAwait(false))
        {
            while (await StoreCall(lines.MoveNextAsync().AsTask()).ConfigureAwait(false))
            {
                yield return lines.Current;
            }
        }
    }

    private static ArchivedExecution ToResource(ArchiveRow row) => new()
    {
        Metadata = new ObjectMetadata
        {
            Namespace = row.Key.Namespace,
            Name = ArchivedExecution.NameOf(row.Key.Name, row.Uid),
            Uid = row.Uid,
            ResourceVersion = row.ResourceVersion.ToString(System.Globalization.CultureInfo.InvariantCulture),
            CreationTimestamp = row.CreatedAt,
            Labels = ResourceMapper.LabelsOf(row.Labels),
        },
        Spec = new ArchivedExecutionSpec { Execution = row.Key.Name, Function = row.Function },
        Status = new ArchivedExecutionStatus
        {
            Phase = row.Phase,
            Executions = row.Executions,
            Bytes = row.Bytes,
            FinishedAt = row.FinishedAt,
            ArchivedAt = row.ArchivedAt,
            DeleteAt = row.DeleteAt,
        },
    };
}
