namespace Kontinue.Engine.Storage;

public sealed partial class InMemoryStore
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<ClaimedExecution>> ClaimAsync(
        SiloId silo, IReadOnlyList<ExecutionKey> keys, IReadOnlyDictionary<string, int> limits, CancellationToken cancellationToken)
    {
        StoreArguments.CheckKeys(keys);
        List<ClaimedExecution> claimed = [];
        lock (_gate)
        {
            if (keys.Count == 0 || !IsAlive(silo))
            {
                return Task.FromResult<IReadOnlyList<ClaimedExecution>>(claimed);
            }

            _version++;
            foreach (ExecutionKey key in keys.Distinct())
            {
                if (_rows.TryGetValue(key, out ExecutionRow? row) && IsRunnable(row) && IsFreeFor(silo, row))
                {
                    row = row with { Owner = silo, Epoch = row.Epoch + 1, ResourceVersion = _version };
                    _rows[key] = row;
                    claimed.Add(new ClaimedExecution(row, [.. JournalOf(row.Uid)], [.. MessagesFor(row)]));
                }
            }
        }

        return Task.FromResult<IReadOnlyList<ClaimedExecution>>(claimed);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExecutionKey>> FindClaimableAsync(
        SiloId silo, IReadOnlyCollection<string> functions, DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        var known = functions.ToHashSet(StringComparer.Ordinal);
        now = StoreTime.Truncate(now);
        lock (_gate)
        {
            var candidates = _rows.Values.Where(row => IsRunnable(row) && known.Contains(row.Function) && IsFreeFor(silo, row)).ToList();
            IEnumerable<ExecutionRow> due = candidates.Where(row => row.WakeAt <= now && row.Owner != silo).OrderBy(row => row.WakeAt);
            IEnumerable<ExecutionRow> told = candidates.Where(row => MessagesFor(row).Any()).OrderBy(row => MessagesFor(row).First().Id);
            return Task.FromResult<IReadOnlyList<ExecutionKey>>([.. due.Concat(told).Select(row => row.Key).Distinct().Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Message>> ReadMessagesAsync(
        IReadOnlyList<ExecutionKey> keys, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckKeys(keys);
        StoreArguments.CheckLimit(limit);
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<Message>>([.. keys
                .Distinct()
                .Order(KeyOrder.Instance)
                .Where(_rows.ContainsKey)
                .SelectMany(key => MessagesFor(_rows[key]))
                .Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<WakeUp>> ReadWakeUpsAsync(SiloId silo, DateTimeOffset until, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        until = StoreTime.Truncate(until);
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<WakeUp>>([.. _rows.Values
                .Where(row => row.Owner == silo && row.WakeAt <= until)
                .OrderBy(row => row.WakeAt)
                .Take(limit)
                .Select(row => new WakeUp(row.Key, row.WakeAt!.Value))]);
        }
    }

    /// <inheritdoc/>
    public Task<int> ReleaseHeldAsync(IReadOnlyCollection<string> functions, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var known = functions.ToHashSet(StringComparer.Ordinal);
        lock (_gate)
        {
            var held = _rows.Values.Where(row => row.Held && !row.Phase.IsTerminal() && known.Contains(row.Function)).ToList();
            _version++;
            foreach (ExecutionRow row in held)
            {
                _rows[row.Key] = row with { Held = false, Owner = null, WakeAt = StoreTime.Truncate(now), ResourceVersion = _version };
            }

            return Task.FromResult(held.Count);
        }
    }

    /// <inheritdoc/>
    public Task<bool> ReleaseHeldAsync(ExecutionKey key, Guid uid, DateTimeOffset now, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_rows.TryGetValue(key, out ExecutionRow? row) || row.Uid != uid || !row.Held || row.Phase.IsTerminal())
            {
                return Task.FromResult(false);
            }

            _version++;
            _rows[key] = row with { Held = false, Owner = null, WakeAt = StoreTime.Truncate(now), ResourceVersion = _version };
            return Task.FromResult(true);
        }
    }

    /// <inheritdoc/>
    public Task<int> DeleteDeadMessagesAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        before = StoreTime.Truncate(before);
        lock (_gate)
        {
            var dead = _messages.Values
                .SelectMany(stored => stored.Values)
                .Where(message => message.SentAt < before && IsDead(message))
                .Take(limit)
                .ToList();
            foreach (Message message in dead)
            {
                _messages[message.Target].Remove(message.Id);
            }

            return Task.FromResult(dead.Count);
        }
    }

    private static bool IsRunnable(ExecutionRow row) => !row.Held && !row.Phase.IsTerminal();

    private bool IsFreeFor(SiloId silo, ExecutionRow row) => row.Owner is not { } owner || owner == silo || !IsAlive(owner);

    private bool IsDead(Message message) =>
        !_rows.TryGetValue(message.Target, out ExecutionRow? row) || row.Uid != message.TargetUid || row.Phase.IsTerminal();
}
