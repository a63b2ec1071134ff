namespace Kontinue.Engine.Storage;

public sealed partial class InMemoryStore
{
    /// <inheritdoc/>
    public Task<ExecutionRow?> UpdateSettingsAsync(SettingsWrite write, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(write);
        lock (_gate)
        {
            if (!_rows.TryGetValue(write.Key, out ExecutionRow? row) || row.Uid != write.Uid || row.Generation != write.Generation)
            {
                return Task.FromResult<ExecutionRow?>(null);
            }

            TimeSpan? deleteAfter = write.DeleteAfter is { } wait ? StoreTime.Truncate(wait) : null;
            TimeSpan? archiveAfter = write.ArchiveAfter is { } archive ? StoreTime.Truncate(archive) : null;
            DateTimeOffset? deleteAt = write.DeleteAt is { } at ? StoreTime.Truncate(at) : null;
            _version++;
            _rows[row.Key] = row = row with
            {
                Labels = new JsonPayload(write.Labels.Utf8.ToArray()),
                Settings = new JsonPayload(write.Settings.Utf8.ToArray()),
                Generation = row.Generation + 1,
                ArchiveAfter = archiveAfter,
                ArchiveAt = ArchiveRules.OnSettings(row, write with { ArchiveAfter = archiveAfter }),
                DeleteAfter = deleteAfter,
                DeleteAt = DeletionRules.OnSettings(row, write with { DeleteAfter = deleteAfter, DeleteAt = deleteAt }),
                ResourceVersion = _version,
            };
            return Task.FromResult<ExecutionRow?>(row);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExecutionRow>> FindDeletableAsync(DateTimeOffset now, DueRow? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        now = StoreTime.Truncate(now);
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<ExecutionRow>>(
                [.. _rows.Values
                    .Where(row => row.DeleteAt <= now && IsBehind(row, after))
                    .OrderBy(row => row.DeleteAt).ThenBy(row => row.Uid)
                    .Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public Task<int> DeleteAsync(IReadOnlyList<RowDeletion> rows, CancellationToken cancellationToken)
    {
        StoreArguments.CheckDeletions(rows);
        lock (_gate)
        {
            _version++;
            return Task.FromResult(rows.Count(Delete));
        }
    }

    /// <inheritdoc/>
    public Task<int> PruneDeletionsAsync(TimeSpan age, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        lock (_gate)
        {
            DateTimeOffset until = _time.GetUtcNow() - age;
            int old = _deletions.Take(limit).TakeWhile(deletion => deletion.At <= until).Count();
            if (old > 0)
            {
                _prunedVersion = _deletions[old - 1].Row.ResourceVersion;
                _deletions.RemoveRange(0, old);
            }

            return Task.FromResult(old);
        }
    }

    private static bool IsBehind(ExecutionRow row, DueRow? after) =>
        after is not { } last || (row.DeleteAt!.Value, row.Uid).CompareTo((StoreTime.Truncate(last.At), last.Uid)) > 0;

    private bool Delete(RowDeletion deletion)
    {
        if (!_rows.TryGetValue(deletion.Key, out ExecutionRow? row) || row.Uid != deletion.Uid ||
            row.ResourceVersion > deletion.MaxVersion || !(deletion.Force || row.Phase.IsTerminal()))
        {
            return false;
        }

        _rows.Remove(row.Key);
        FreePermits(row);
        _journals.Remove(row.Uid);
        RemoveMessages(row);
        _deletions.Add(new Deletion(Mark(row), _time.GetUtcNow()));
        return true;
    }

    private void RemoveMessages(ExecutionRow row)
    {
        foreach (Message message in MessagesFor(row).ToList())
        {
            _messages[row.Key].Remove(message.Id);
        }
    }

    private ExecutionRow Mark(ExecutionRow row) => new()
    {
        Key = row.Key,
        Uid = row.Uid,
        Function = row.Function,
        Phase = row.Phase,
        CreatedAt = row.CreatedAt,
        FinishedAt = row.FinishedAt,
        ParentUid = row.ParentUid,
        Labels = row.Labels,
        Generation = row.Generation,
        Spec = default,
        Status = default,
        ResourceVersion = _version,
    };

    private sealed record Deletion(ExecutionRow Row, DateTimeOffset At);
}
