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
/// This file has the mailbox. The way to the committer is in <c>.Commits.cs</c>, what inputs do is in <c>.Inputs.cs</c>, what operations do in
/// <c>.Operations.cs</c>, and how executions end in <c>.Endings.cs</c>.
/// </remarks>
internal sealed partial class ExecutionRuntime : IParticipant, IThreadPoolWorkItem
{
    private readonly IRuntimeHost _host;
    private readonly int _term;
    private readonly Turn _turn = new();

    // Guards the mailbox and the two units below; held for moments only.
    private readonly Lock _gate = new();
    private List<Input> _mailbox = new(2);
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
        _term = host.LeaseTerm;
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

    /// <summary>Whether the silo has held its lease since this came into memory. Otherwise others may run it by now.</summary>
    public bool IsHeld => _host.HoldsLease(_term);

    /// <summary>Whether a step's body may begin: not when the silo's lease has ended, or the silo was declared dead, since this came into memory.</summary>
    public ValueTask<bool> MayRunStepsAsync() => _host.MayBeginAsync(_term);

    /// <summary>Whether nothing is waiting to be handled or to be committed.</summary>
    public bool IsQuiet
    {
        get
        {
            lock (_gate)
            {
                return _isClosed || (_mailbox.Count == 0 && !_isScheduled && _current is null);
            }
        }
    }

    /// <summary>The execution's uid; empty until it is loaded.</summary>
    public Guid Uid => _row?.Uid ?? Guid.Empty;

    /// <summary>The name of its function; it never changes.</summary>
    public string Function => _row.Function;

    /// <summary>When it is due, as far as is stored, while it waits for a time; for who sees it leave.</summary>
    public DateTimeOffset? WakesAt => _writtenPhase is ExecutionPhase.Suspended or ExecutionPhase.Backoff ? _row?.WakeAt : null;

    /// <summary>How often it began anew; null until it is loaded.</summary>
    public int? Run => _spec?.Run;

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
    public void Abandon() => Close();

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

    /// <summary>Told when a new execution is stored.</summary>
    private TaskCompletionSource<CommitOutcome>? Created { get; init; }

    void IThreadPoolWorkItem.Execute()
    {
        // The last of the steps that the inputs set off needs no thread of its own: this one is free then.
        if (HandleMailbox() is { } step)
        {
            _host.Steps.Enqueue(step, inline: true);
        }
    }

    private IStepWork? HandleMailbox()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_mailbox.Count == 0 || _isClosed)
                {
                    // From here on another thread may be in this method.
                    IStepWork? last = _lastWork;
                    _lastWork = null;
                    _isScheduled = false;
                    return last;
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
                    // At the end of each turn until it can be: the residents ask only once.
                    Close(onlyIfIdle: true);
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
    /// <param name="onlyIfIdle">Whether it stays if anything is under way: looked at in one go with the end, so that what is posted meanwhile is refused, and not lost.</param>
    private void Close(bool onlyIfIdle = false)
    {
        Input[] unread;
        lock (_gate)
        {
            if (_isClosed || (onlyIfIdle && (_current is not null || _mailbox.Count > 0 || _activity != Activity.Idle)))
            {
                return;
            }

            _isClosed = true;
            unread = [.. _mailbox];
            _mailbox.Clear();
        }

        _turn.Clear();
        EndRun();
        SetActivity(Activity.Leaving);
        _host.Closed(this);
        foreach (Input input in unread)
        {
            PassOn(input);
        }

        Created?.TrySetException(new UnavailableException(
            "The host dropped the execution before it was stored. It may still be; ask for it by its name before trying again.")
        {
            MayHaveBeenDone = true,
        });
    }

    /// <summary>A message that came too late to be handled here is for whoever has the execution next, here or elsewhere, and it may have been read already there.</summary>
    private void PassOn(Input unread)
    {
        if (unread.Kind is InputKind.Message or InputKind.Told && _row?.Phase.IsTerminal() != true)
        {
            _host.ReadMessages(Key, tellOthers: unread.Kind == InputKind.Message || unread.A is true);
        }
    }
}
