namespace Kontinue.Engine.Storage;

public sealed partial class InMemoryStore
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<ClaimedExecution>> ClaimAsync(
        SiloId silo, IReadOnlyList<ExecutionKey> keys, IReadOnlyDictionary<string, int> limits, CancellationToken cancellationToken)
    {
        StoreArguments.CheckKeys(keys);
        ArgumentNullException.ThrowIfNull(limits);
        List<ClaimedExecution> claimed = [];
        lock (_gate)
        {
            if (keys.Count == 0 || !IsAlive(silo))
            {
                return Task.FromResult<IReadOnlyList<ClaimedExecution>>(claimed);
            }

            _version++;
            IEnumerable<ExecutionRow> rows = keys.Distinct().Where(_rows.ContainsKey).Select(key => _rows[key])
                .Where(row => IsRunnable(row) && IsFreeFor(silo, row))
                .Order(RankOrder.Instance)
                .ToList();
            foreach (ExecutionRow row in rows)
            {
                ExecutionRow judged = row.AwaitedSemaphore is null ? row : LetIn(row, limits);
                if (judged.AwaitedSemaphore is null || MessagesFor(row).Any())
                {
                    judged = judged with { Owner = silo, Epoch = row.Epoch + 1, ResourceVersion = _version };
                    claimed.Add(new ClaimedExecution(judged, [.. JournalOf(row.Uid)], [.. MessagesFor(row)]));
                }
                else if (!string.Equals(judged.AwaitedSemaphore, row.AwaitedSemaphore, StringComparison.Ordinal))
                {
                    judged = judged with { ResourceVersion = _version };
                }

                _rows[row.Key] = judged;
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
            IEnumerable<ExecutionRow> due = candidates
                .Where(row => row.AwaitedSemaphore is null && row.Owner != silo && row.WakeAt <= (row.Phase == ExecutionPhase.Pending ? now + StoreArguments.PendingAhead : now))
                .Order(RankOrder.Instance);
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
    public Task<IReadOnlyList<WakeUp>> ReadWakeUpsAsync(
        SiloId silo, DateTimeOffset until, WakeUp? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        until = StoreTime.Truncate(until);
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<WakeUp>>([.. _rows.Values
                .Where(row => row.Owner == silo && row.AwaitedSemaphore is null &&
                    row.WakeAt <= (row.Phase == ExecutionPhase.Pending ? until + StoreArguments.PendingAhead : until))
                .Select(row => new WakeUp(row.Key, row.WakeAt!.Value))
                .Where(wake => after is not { } last || wake.At > last.At || (wake.At == last.At && KeyOrder.Instance.Compare(wake.Key, last.Key) > 0))
                .OrderBy(wake => wake.At)
                .ThenBy(wake => wake.Key, KeyOrder.Instance)
                .Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public Task<int> ReleaseAsync(SiloId silo, IReadOnlyList<ExecutionKey> keys, DateTimeOffset now, CancellationToken cancellationToken)
    {
        StoreArguments.CheckKeys(keys);
        now = StoreTime.Truncate(now);
        lock (_gate)
        {
            var released = keys.Distinct().Where(_rows.ContainsKey).Select(key => _rows[key])
                .Where(row => row.Owner == silo && IsRunnable(row) && (row.WakeAt <= now || MessagesFor(row).Any()))
                .ToList();
            _version++;
            foreach (ExecutionRow row in released)
            {
                _rows[row.Key] = row with { Owner = null, ResourceVersion = _version };
            }

            return Task.FromResult(released.Count);
        }
    }

    /// <inheritdoc/>
    public Task<int> ReleaseHeldAsync(
        SiloId silo, IReadOnlyCollection<string> functions, DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        var known = functions.ToHashSet(StringComparer.Ordinal);
        lock (_gate)
        {
            var held = _rows.Values.Where(row => row.Held && !row.Phase.IsTerminal() && known.Contains(row.Function) && IsOfGroup(silo, row))
                .Take(limit).ToList();
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

    private bool IsOfGroup(SiloId silo, ExecutionRow row) =>
        row.WorkerGroup is not { } group || string.Equals(group, GroupOf(silo), StringComparison.Ordinal);

    private bool IsFreeFor(SiloId silo, ExecutionRow row) =>
        IsOfGroup(silo, row) &&
        (row.Owner is not { } owner || owner == silo || !IsAlive(owner));

    private bool IsDead(Message message) =>
        !_rows.TryGetValue(message.Target, out ExecutionRow? row) || row.Uid != message.TargetUid || row.Phase.IsTerminal();
}
