using System.Buffers;
using Kontinue.Engine.Commit;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Runtime;

/// <summary>The way from a turn to the store, and back.</summary>
internal sealed partial class ExecutionRuntime
{
    /// <summary>Called by the committer.</summary>
    public void OnCommitted(Participation part, CommitOutcome outcome, bool inline)
    {
        PendingUnit? next;
        lock (_gate)
        {
            _current = _next;
            _next = null;
            next = _current;
        }

        if (outcome != CommitOutcome.Applied)
        {
            Post(new Input(InputKind.Drop));
            return;
        }

        // In this order: the next unit may be committed before Enqueue returns, and what follows it must come after what follows this one.
        Post(new Input(InputKind.Committed, part), inline && next is null);
        if (next is not null)
        {
            _host.Committer.Enqueue(next);
        }
    }

    /// <summary>Called by the committer when the store refuses the change for its content.</summary>
    public void OnCommitFailed() => Post(new Input(InputKind.Drop));

    /// <summary>
    /// Stores a new execution although its first turn has not ended: its caller shall not wait for a function that blocks.
    /// </summary>
    public void StoreNow()
    {
        PendingUnit? unit = null;
        lock (_gate)
        {
            if (_isInsertPending && _current is null && !_isClosed)
            {
                _isInsertPending = false;
                _revision++;
                unit = _current = new PendingUnit { Completion = Created };
                unit.Join(this, new RowWrite { Row = _row with { Revision = _revision }, IsInsert = true });
            }
        }

        if (unit is not null)
        {
            _host.Committer.Enqueue(unit);
        }
    }

    /// <summary>Deletes a message with what this turn writes. One that came twice need not be deleted twice.</summary>
    private void Consume(MessageReference message, bool isNew)
    {
        if (isNew || !(_turn.Consumed.Contains(message) || IsOnItsWay()))
        {
            _turn.Consumed.Add(message);
        }

        bool IsOnItsWay()
        {
            lock (_gate)
            {
                return _current?.Consumes(message) == true || _next?.Consumes(message) == true;
            }
        }
    }

    /// <summary>Hands the turn's writes to the committer, and its effects with them.</summary>
    private void EndTurn()
    {
        if (_isClosed)
        {
            _turn.Clear();
            return;
        }

        if (!_hasEnded)
        {
            Settle();
        }

        SetActivity(_isLeaving ? Activity.Leaving : _phase is ExecutionPhase.Executing or ExecutionPhase.Pending ? Activity.Busy : Activity.Idle);
        if (!_turn.HasWrites && !_isInsertPending && _phase == _writtenPhase && !MustFollowACommit())
        {
            List<Effect> effects = [.. _turn.Effects];
            _turn.Clear();
            RunEffects(effects);
            if (_turn.HasWrites)
            {
                EndTurn();
            }

            return;
        }

        var children = new List<ExecutionRuntime>();
        PendingUnit? enqueue = null;
        lock (_gate)
        {
            PendingUnit target;
            if (_current is null)
            {
                target = enqueue = _current = new PendingUnit { Completion = _isInsertPending ? Created : null };
            }
            else
            {
                target = _next ?? _current;
            }

            lock (target.Gate)
            {
                if (!target.IsTaken && !(_turn.Children.Count > 0 && target.Find(this) is { Row.OnConflict: not null }))
                {
                    Write(target, children);
                }
                else
                {
                    // Taken already; or this is a child that may yet be refused, and must not bring children of its own along.
                    _next = new PendingUnit();
                    Write(_next, children);
                }
            }
        }

        _turn.Clear();
        if (enqueue is not null)
        {
            _host.Committer.Enqueue(enqueue);
        }

        children.ForEach(child => child.Begin());
    }

    /// <summary>Whether what is to be done rests on something that is still being committed.</summary>
    private bool MustFollowACommit()
    {
        if (_turn.Effects.Count == 0)
        {
            return false;
        }

        lock (_gate)
        {
            return _current is not null;
        }
    }

    private void Write(PendingUnit target, List<ExecutionRuntime> children)
    {
        Participation? part = target.Find(this);
        bool isInsert = part?.Row.IsInsert ?? _isInsertPending;
        if (part is null)
        {
            _revision++;
            part = target.Join(this, new RowWrite { Row = _row, IsInsert = isInsert });
            _isInsertPending = false;
        }

        if (_turn.TruncatesJournal)
        {
            part.Journal = null;
            part.Row.TruncatesJournal = true;
            part.Row.WritesSpec = true;
        }

        if (_turn.Journal is { } journal)
        {
            if (part.Journal is null)
            {
                part.Journal = journal;
                part.JournalSequence = part.JournalSequence == 0 ? ++_journalSequence : part.JournalSequence;
            }
            else
            {
                part.Journal.Write(journal.WrittenSpan);
            }
        }

        part.Row.ReleasesOwner |= _turn.ReleasesOwner;
        part.Row.Row = _row = BuildRow();
        _writtenPhase = _phase;
        target.Unit.Messages.AddRange(_turn.Messages);
        foreach (Message message in _turn.Messages)
        {
            part.Effects.Add(new Effect(EffectKind.Route, message));
        }

        part.Effects.AddRange(_turn.Effects);

        target.Unit.Consumed.AddRange(_turn.Consumed);
        foreach (NewChild child in _turn.Children)
        {
            WriteChild(target, part, child, children);
        }
    }

    private void WriteChild(PendingUnit target, Participation part, NewChild child, List<ExecutionRuntime> children)
    {
        DateTimeOffset now = _host.Now;
        var row = new ExecutionRow
        {
            Key = child.Key, Uid = child.Uid, Function = child.Function, Phase = ExecutionPhase.Pending, Owner = _host.Silo, Epoch = 1,
            Revision = 1, WakeAt = now, CreatedAt = now, ParentUid = Uid, Labels = child.Labels, Spec = child.Spec.Serialize(),
            Status = StoredStatus.InitialJson, WorkerGroup = child.Placement.WorkerGroup,
            Semaphores = child.Placement.SemaphoresOf(child.Key.Namespace, child.Function, child.Spec),
        };
        if (_host.TryAdmit(row, () => New(_host, row, child.Spec, StoredStatus.Initial), out ExecutionRuntime? runtime))
        {
            runtime!._isInsertPending = false;
            runtime._revision = 1;
            runtime._current = target;
            children.Add(runtime);
        }
        else
        {
            row = row with { Owner = null, Epoch = 0, WakeAt = Priorities.Rank(now, child.Spec.Priority, _host.Options.PriorityAging) };
            if (child.Placement.ToCondition(now) is { } missing)
            {
                row = row with { Status = new StoredStatus { Conditions = [missing] }.Serialize() };
            }

            part.Effects.Add(row.Semaphores.Count > 0
                ? new Effect(EffectKind.LookAt, row.Semaphores)
                : new Effect(EffectKind.SignalBacklog, row.WorkerGroup));
        }

        Participation inserted = target.Join(runtime, new RowWrite { Row = row, IsInsert = true, OnConflict = child.OnConflict });
        part.Effects.Add(new Effect(EffectKind.RouteIfRefused, inserted.Row));
    }

    private ExecutionRow BuildRow() => _row with
    {
        Phase = _phase,
        Revision = _revision,
        WakeAt = _wakeAt,
        Held = _isHeld,
        FinishedAt = _finishedAt,
        Spec = _turn.TruncatesJournal ? _spec.Serialize() : _row.Spec,
        Status = _status.Serialize(),
        JournalSequence = _journalSequence,
        Owner = _turn.ReleasesOwner ? null : _row.Owner,
    };
}
