using System.Text.Json;

namespace Kontinue.Engine.Storage;

public sealed partial class InMemoryStore
{
    /// <inheritdoc/>
    public Task<ExecutionRow?> ReadAsync(ExecutionKey key, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_rows.GetValueOrDefault(key));
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExecutionRow>> ListAsync(RowQuery query, CancellationToken cancellationToken)
    {
        StoreArguments.CheckQuery(query);
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<ExecutionRow>>([.. _rows.Values.Where(row => Fits(row, query)).Take(query.Limit)]);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<JournalRecord>> ReadJournalAsync(Guid uid, long after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<JournalRecord>>([.. JournalOf(uid).Where(r => r.Sequence > after).Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public Task<long> ReadVersionAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_version);
        }
    }

    /// <inheritdoc/>
    public Task<ChangePage> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        lock (_gate)
        {
            if (after > 0 && after < _prunedVersion)
            {
                return Task.FromResult(new ChangePage([], after, IsExpired: true));
            }

            var changed = _rows.Values.Select(row => new RowChange(row, IsDeleted: false))
                .Concat(_deletions.Select(deletion => new RowChange(deletion.Row, IsDeleted: true)))
                .Where(change => change.Row.ResourceVersion > after)
                .OrderBy(change => change.Row.ResourceVersion)
                .ToList();
            if (changed.Count <= limit)
            {
                return Task.FromResult(new ChangePage(changed, Math.Max(after, _version)));
            }

            long last = changed[limit - 1].Row.ResourceVersion;
            return Task.FromResult(new ChangePage([.. changed.TakeWhile(change => change.Row.ResourceVersion <= last)], last));
        }
    }

    private IEnumerable<JournalRecord> JournalOf(Guid uid) =>
        _journals.TryGetValue(uid, out SortedDictionary<long, JournalRecord>? journal) ? journal.Values : [];

    private static bool Fits(ExecutionRow row, RowQuery query) =>
        (query.Namespace is null || string.Equals(row.Key.Namespace, query.Namespace, StringComparison.Ordinal)) &&
        (query.After is not { } after || KeyOrder.Instance.Compare(row.Key, after) > 0) &&
        (query.Phase is not { } phase || row.Phase == phase) &&
        (query.Function is null || string.Equals(row.Function, query.Function, StringComparison.Ordinal)) &&
        (query.ParentUid is not { } parent || row.ParentUid == parent) &&
        (query.Labels is not { Count: > 0 } labels || Carries(row.Labels, labels));

    private static bool Carries(JsonPayload stored, IReadOnlyDictionary<string, string> wanted)
    {
        Dictionary<string, string> labels = stored.To<Dictionary<string, string>>(JsonSerializerOptions.Default) ?? [];
        return wanted.All(label => labels.TryGetValue(label.Key, out string? value) && string.Equals(value, label.Value, StringComparison.Ordinal));
    }
}
