using System.Buffers;
using System.Text.Json;
using Kontinue.Engine.Commit;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Replay;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Runtime;

/// <summary>
/// An execution in memory. Inputs are handled one after the other, in turns: each turn lets the function react, collects what is to be
/// written and what is to be done, hands the writes to the committer, and goes on at once. What is to be done (running step bodies,
/// delivering messages, answering callers) waits until the writes that led to it are durable. If they are refused, the execution and all
/// that it still wanted to do are dropped.
/// </summary>
/// <remarks>
/// This file has the mailbox and the way to the committer. What inputs do is in <c>.Inputs.cs</c>, what operations do in
/// <c>.Operations.cs</c>, and how executions end in <c>.Endings.cs</c>.
/// </remarks>
internal sealed partial class ExecutionRuntime : IThreadPoolWorkItem
{
    private readonly IRuntimeHost _host;
    private readonly Turn _turn = new();

    // Guards the mailbox and the two units below; held for moments only.
    private readonly Lock _gate = new();
    private List<Input> _mailbox = [];
    private List<Input> _handling = [];
    private bool _isScheduled;
    private bool _isReady;
    private bool _isClosed;

    /// <summary>The unit that this execution is part of and that waits for its commit or is being committed.</summary>
    private PendingUnit? _current;

    /// <summary>What has to wait until <see cref="_current"/> is done.</summary>
    private PendingUnit? _next;

    private ExecutionRow _row;
    private StoredSpec _spec;
    private StoredStatus _status;
    private ExecutionPhase _phase;
    private ExecutionPhase _writtenPhase;
    private long _revision;
    private long _journalSequence;
    private bool _isInsertPending;
    private Activity _activity;

    private ExecutionRuntime(IRuntimeHost host, ExecutionKey key)
    {
        _host = host;
        Key = key;
        _row = null!;
        _spec = null!;
        _status = null!;
    }

    public ExecutionKey Key { get; }

    public TimeProvider Time => _host.Time;

    public JsonSerializerOptions Json => _host.Options.Json;

    public int MaxPayloadBytes => _host.Options.MaxPayloadBytes;

    /// <summary>When it became idle; 0 while it is not.</summary>
    public long IdleSince { get; private set; }

    /// <summary>The execution's uid; empty until it is loaded.</summary>
    public Guid Uid => _row?.Uid ?? Guid.Empty;

    /// <summary>
    /// Makes an execution that is not stored yet. <paramref name="row"/> is what is inserted if nothing happens first. Inputs wait until
    /// <see cref="Begin()"/>.
    /// </summary>
    public static ExecutionRuntime New(
        IRuntimeHost host, ExecutionRow row, StoredSpec spec, StoredStatus status, TaskCompletionSource<CommitOutcome>? created = null)
    {
        var runtime = new ExecutionRuntime(host, row.Key)
        {
            Created = created,
            _row = row, _spec = spec, _status = status, _phase = row.Phase, _writtenPhase = row.Phase, _isInsertPending = true,
            _wakeAt = row.WakeAt,
        };
        runtime._history = new History(runtime.ChildPolicy);
        return runtime;
    }

    /// <summary>Makes the place for an execution that is about to be claimed. Inputs wait until <see cref="Load"/>.</summary>
    public static ExecutionRuntime Loading(IRuntimeHost host, ExecutionKey key) => new(host, key);

    /// <summary>Starts a new execution.</summary>
    public void Begin() => OpenWith(new Input(InputKind.Start));

    /// <summary>Fills in what was claimed, and goes on from there.</summary>
    public void Load(ClaimedExecution claimed) => OpenWith(new Input(InputKind.Load, claimed));

    /// <summary>Gives the place up again: the claim failed.</summary>
    public void Abandon()
    {
        lock (_gate)
        {
            _isClosed = true;
            _mailbox.Clear();
        }

        SetActivity(Activity.Leaving);
        _host.Closed(this);
    }

    /// <summary>Hands in an input.</summary>
    /// <param name="input">The input.</param>
    /// <param name="inline">Whether the caller's thread may be used to handle it.</param>
    /// <returns>False: the execution has left memory.</returns>
    public bool Post(Input input, bool inline = false)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            _mailbox.Add(input);
            if (_isScheduled || !_isReady)
            {
                return true;
            }

            _isScheduled = true;
        }

        if (inline)
        {
            ((IThreadPoolWorkItem)this).Execute();
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        return true;
    }

    /// <summary>Called by the committer.</summary>
    public void OnCommitted(Participation part, CommitOutcome outcome)
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

        if (next is not null)
        {
            _host.Committer.Enqueue(next);
        }

        Post(new Input(InputKind.Committed, part));
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

    /// <summary>Told when a new execution is stored.</summary>
    private TaskCompletionSource<CommitOutcome>? Created { get; init; }

    void IThreadPoolWorkItem.Execute()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_mailbox.Count == 0 || _isClosed)
                {
                    _isScheduled = false;
                    return;
                }

                (_mailbox, _handling) = (_handling, _mailbox);
            }

            try
            {
                foreach (Input input in _handling)
                {
                    Handle(input);
                }

                _handling.Clear();
                EndTurn();
                if (_mustLeave)
                {
                    CloseIfIdle();
                }
            }
#pragma warning disable CA1031 // A defect here must not take the process down; the execution is taken up again from its journal.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _handling.Clear();
                LogDefect(_host.Loggers.Engine, e, Key);
                Close();
            }
        }
    }

    private void OpenWith(Input first)
    {
        lock (_gate)
        {
            _mailbox.Insert(0, first);
            _isReady = true;
            _isScheduled = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
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
        DateTimeOffset now = _host.Time.GetUtcNow();
        var status = new StoredStatus
        {
            Conditions = _host.Functions.TryGet(child.Function, out _) ? null : [FunctionUnknown(child.Function, now)],
        };
        var row = new ExecutionRow
        {
            Key = child.Key, Uid = child.Uid, Function = child.Function, Phase = ExecutionPhase.Pending, Owner = _host.Silo, Epoch = 1,
            Revision = 1, WakeAt = now, CreatedAt = now, ParentUid = Uid, Labels = child.Labels, Spec = child.Spec.Serialize(),
            Status = status.Serialize(),
        };
        if (_host.TryAdmit(child.Key, child.Function, () => New(_host, row, child.Spec, status), out ExecutionRuntime? runtime))
        {
            runtime!._isInsertPending = false;
            runtime._revision = 1;
            runtime._current = target;
            children.Add(runtime);
        }
        else
        {
            row = row with { Owner = null, Epoch = 0 };
            part.Effects.Add(new Effect(EffectKind.SignalBacklog));
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

    private void SetActivity(Activity activity)
    {
        if (_activity != activity)
        {
            Activity before = _activity;
            _activity = activity;
            _mustLeave &= activity == Activity.Idle;
            IdleSince = activity == Activity.Idle ? _host.Time.GetTimestamp() : 0;
            _host.ActivityChanged(this, before, activity);
        }
    }

    /// <summary>Leaves memory. What is not committed is forgotten, and so is what was to follow it.</summary>
    private void Close()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            _mailbox.Clear();
        }

        _turn.Clear();
        EndRun();
        SetActivity(Activity.Leaving);
        _host.Closed(this);
        Created?.TrySetException(new UnavailableException(
            "The host dropped the execution before it was stored. It may still be; ask for it by its name before trying again."));
    }
}
