namespace Kontinue.Engine.Storage;

public sealed partial class InMemoryStore
{
    /// <inheritdoc/>
    public Task<CommitOutcome[]> CommitAsync(IReadOnlyList<CommitUnit> batch, CancellationToken cancellationToken)
    {
        StoreArguments.CheckBatch(batch);
        cancellationToken.ThrowIfCancellationRequested();
        var outcomes = new CommitOutcome[batch.Count];
        lock (_gate)
        {
            RefuseDoubleJournalRecords(batch);
            _version++;
            for (int i = 0; i < batch.Count; i++)
            {
                outcomes[i] = Commit(batch[i]);
            }
        }

        return Task.FromResult(outcomes);
    }

    private CommitOutcome Commit(CommitUnit unit)
    {
        if (unit.RequireTarget)
        {
            return CommitToTarget(unit.Messages[0]);
        }

        RowDecision[] decisions = Judge(unit);
        (CommitOutcome outcome, bool mustWrite) = CommitRules.Judge(unit, decisions);
        if (mustWrite)
        {
            Write(unit, decisions);
        }

        return outcome;
    }

    private RowDecision[] Judge(CommitUnit unit) => CommitRules.JudgeRows(
        unit, key => _rows.TryGetValue(key, out ExecutionRow? row) ? new RowState(row.Uid, row.Epoch, row.Revision, LastRecord(row.Uid)) : null);

    private long LastRecord(Guid uid) =>
        _journals.TryGetValue(uid, out SortedDictionary<long, JournalRecord>? journal) && journal.Count > 0 ? journal.Keys.Max() : 0;

    private CommitOutcome CommitToTarget(Message message)
    {
        _rows.TryGetValue(message.Target, out ExecutionRow? target);
        bool isStored = _messages.TryGetValue(message.Target, out OrderedDictionary<Guid, Message>? stored) && stored.ContainsKey(message.Id);
        CommitOutcome outcome = CommitRules.Judge(message, isStored, target?.Uid, target?.Phase ?? default);
        if (outcome == CommitOutcome.Applied && !isStored)
        {
            Store(message with { TargetUid = target!.Uid });
        }

        return outcome;
    }

    private void Write(CommitUnit unit, RowDecision[] decisions)
    {
        HashSet<Guid> notInserted = [];
        for (int i = 0; i < decisions.Length; i++)
        {
            RowWrite write = unit.Rows[i];
            if (decisions[i] == RowDecision.Write)
            {
                Write(write);
            }
            else
            {
                notInserted.Add(write.Row.Uid);
                if (decisions[i] == RowDecision.Taken)
                {
                    Store(write.OnConflict!.Value);
                }
            }
        }

        foreach (JournalRecord record in unit.Journal.Where(r => !notInserted.Contains(r.Uid)))
        {
            if (!_journals.TryGetValue(record.Uid, out SortedDictionary<long, JournalRecord>? journal))
            {
                _journals[record.Uid] = journal = [];
            }

            journal.Add(record.Sequence, record with { Data = record.Data.ToArray() });
        }

        foreach (MessageReference consumed in unit.Consumed)
        {
            if (_messages.TryGetValue(consumed.Target, out OrderedDictionary<Guid, Message>? stored) && stored.Remove(consumed.Id) &&
                stored.Count == 0)
            {
                _messages.Remove(consumed.Target);
            }
        }

        unit.Messages.ForEach(Store);
    }

    private void Write(RowWrite write)
    {
        if (write.IsGuard)
        {
            return;
        }

        ExecutionRow row = Own(write.Row) with { ResourceVersion = _version };
        if (write.IsInsert)
        {
            row = row with
            {
                Generation = 1,
                AwaitedSemaphore = row.Phase.IsTerminal() ? null : row.Semaphores.FirstOrDefault(),
                ArchiveAt = ArchiveRules.OnInsert(row),
                DeleteAt = DeletionRules.OnInsert(row),
            };
        }
        else
        {
            ExecutionRow old = _rows[row.Key];
            row = old with
            {
                Phase = row.Phase,
                Owner = write.ReleasesOwner ? null : old.Owner,
                Revision = row.Revision,
                WakeAt = row.WakeAt,
                Held = row.Held,
                FinishedAt = row.FinishedAt,
                Spec = write.WritesSpec ? row.Spec : old.Spec,
                Status = row.Status,
                JournalSequence = row.JournalSequence,
                AwaitedSemaphore = (old.Phase.IsTerminal(), row.Phase.IsTerminal()) switch
                {
                    (_, true) => null,
                    (true, false) => old.Semaphores.FirstOrDefault(),
                    _ => old.AwaitedSemaphore,
                },
                ArchiveAt = ArchiveRules.OnUpdate(old, row),
                DeleteAt = DeletionRules.OnUpdate(old, row),
                ResourceVersion = row.ResourceVersion,
            };
        }

        if (row.Phase.IsTerminal())
        {
            FreePermits(row);
        }

        if (write.TruncatesJournal)
        {
            _journals.Remove(row.Uid);
        }

        _rows[row.Key] = row;
    }

    private void Store(Message message)
    {
        if (!_messages.TryGetValue(message.Target, out OrderedDictionary<Guid, Message>? stored))
        {
            _messages[message.Target] = stored = [];
        }

        stored.TryAdd(message.Id, message with { SentAt = StoreTime.Truncate(message.SentAt), Body = message.Body.ToArray() });
    }

    /// <summary>A database refuses these by a key and rolls the batch back; here they must be found before anything is written.</summary>
    private void RefuseDoubleJournalRecords(IReadOnlyList<CommitUnit> batch)
    {
        foreach (CommitUnit unit in batch.Where(u => u.Journal.Count > 0))
        {
            RowDecision[] decisions = Judge(unit);
            if (!CommitRules.Judge(unit, decisions).MustWrite)
            {
                continue;
            }

            HashSet<Guid> fresh = [.. unit.Rows.Where((w, i) => w.TruncatesJournal || decisions[i] != RowDecision.Write).Select(w => w.Row.Uid)];
            foreach (JournalRecord record in unit.Journal)
            {
                if (!fresh.Contains(record.Uid) && _journals.TryGetValue(record.Uid, out SortedDictionary<long, JournalRecord>? journal) &&
                    journal.ContainsKey(record.Sequence))
                {
                    throw new StoreException(
                        $"Journal record {record.Sequence} of execution {record.Uid} is stored already; a unit must add the next one.",
                        isTransient: false);
                }
            }
        }
    }

    /// <summary>A copy that no one else can change, with times as every store keeps them.</summary>
    private static ExecutionRow Own(ExecutionRow row) => row with
    {
        WakeAt = row.WakeAt is { } wakeAt ? StoreTime.Truncate(wakeAt) : null,
        CreatedAt = StoreTime.Truncate(row.CreatedAt),
        FinishedAt = row.FinishedAt is { } finishedAt ? StoreTime.Truncate(finishedAt) : null,
        DeleteAfter = row.DeleteAfter is { } deleteAfter ? StoreTime.Truncate(deleteAfter) : null,
        ArchiveAfter = row.ArchiveAfter is { } archiveAfter ? StoreTime.Truncate(archiveAfter) : null,
        Semaphores = [.. row.Semaphores],
        Labels = new JsonPayload(row.Labels.Utf8.ToArray()),
        Settings = new JsonPayload(row.Settings.Utf8.ToArray()),
        Spec = new JsonPayload(row.Spec.Utf8.ToArray()),
        Status = new JsonPayload(row.Status.Utf8.ToArray()),
    };
}
