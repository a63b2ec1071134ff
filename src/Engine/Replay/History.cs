using Kontinue.Engine.Jobs;
using Kontinue.Engine.Journal;

namespace Kontinue.Engine.Replay;

/// <summary>What the journal knows of an operation before it has ended.</summary>
internal sealed class OperationRecord
{
    public required OperationKind Kind { get; init; }

    /// <summary>When it began; of a step, when its last attempt failed.</summary>
    public required DateTimeOffset Since { get; set; }

    /// <summary>Due time or deadline.</summary>
    public DateTimeOffset? Due { get; set; }

    /// <summary>Failed attempts of a step, and when the next one is due.</summary>
    public int FailedAttempts { get; set; }

    public DateTimeOffset? RetryAt { get; set; }

    public ChildInfo? Child { get; set; }

    public JobInfo? Job { get; init; }

    /// <summary>Of a sleep or suspension: whether it is over.</summary>
    public bool IsOver { get; set; }
}

/// <summary>
/// The journal, read for replay: the facts to be fed to the function in their order, and what is known of operations that have begun.
/// Pure: it changes by <see cref="Apply"/> only, in the same way while reading a journal and while an execution runs.
/// </summary>
/// <param name="childPolicy">What becomes of children and jobs when an attempt fails.</param>
/// <param name="former">
/// The run before this one, if it ended in memory just now: its messages may come once more while their deletion is being committed.
/// </param>
internal sealed class History(ChildPolicy childPolicy, History? former = null)
{
    private readonly List<Entry?> _facts = [];

    /// <summary>Where the fact that ended an operation stands in <see cref="_facts"/>; for taking it back on a new attempt.</summary>
    private readonly Dictionary<string, int> _failures = new(StringComparer.Ordinal);

    /// <summary>Successes that came after the failure of the same child had been told: they count from the next attempt on.</summary>
    private readonly Dictionary<string, Entry> _lateSuccesses = new(StringComparer.Ordinal);

    private readonly HashSet<Guid> _messages = [];
    private readonly HashSet<Guid>? _formerMessages = former?._messages;
    private bool _sealed;
    private ChildPolicy? _askedPolicy;
    private bool _isAskedFor;

    /// <summary>Operations that have begun, by name and occurrence.</summary>
    public Dictionary<string, OperationRecord> Operations { get; } = new(StringComparer.Ordinal);

    /// <summary>Children by uid that have been started and have not ended.</summary>
    public Dictionary<Guid, (string Operation, ChildInfo Child)> RunningChildren { get; } = [];

    /// <summary>Children by uid whose failure was told: each may yet be passed over, or succeed because somebody retries it.</summary>
    public Dictionary<Guid, string> FailedChildren { get; } = [];

    /// <summary>
    /// Jobs by id that have been started and have not ended, with their operations, and whether they are to be stopped: they run since before somebody asked for
    /// the execution's cancellation.
    /// </summary>
    public Dictionary<Guid, (string Operation, bool IsUnwanted)> RunningJobs { get; } = [];

    /// <summary>The current attempt, from 1.</summary>
    public int Attempt { get; private set; } = 1;

    /// <summary>When the current attempt began; null for the first one, whose start is in the status.</summary>
    public DateTimeOffset? AttemptStartedAt { get; private set; }

    /// <summary>When a sleep or a wait for a person ended last: the attempt's clock starts anew then.</summary>
    public DateTimeOffset? ResumedAt { get; private set; }

    /// <summary>Whether the last attempt failed and the next one has not begun.</summary>
    public bool AwaitsAttempt { get; private set; }

    public bool CancelRequested { get; private set; }

    public string? CancelReason { get; private set; }

    /// <summary>The facts to feed to the function, in order.</summary>
    public IEnumerable<Entry> Facts => _facts.OfType<Entry>();

    /// <summary>Ends the collecting of facts: the function has caught up, and a later replay begins with the stored journal.</summary>
    public void Seal()
    {
        _sealed = true;
        _facts.Clear();
        _failures.Clear();
    }

    /// <summary>Sleeps and suspensions that have begun and are not over.</summary>
    public IEnumerable<string> OpenSuspensions => Operations
        .Where(o => o.Value is { Kind: OperationKind.Sleep or OperationKind.Suspend, IsOver: false })
        .Select(o => o.Key);

    /// <summary>Notes a message; false when it has been taken before. Not every message leaves an entry.</summary>
    public bool TryTake(Guid message) => _formerMessages?.Contains(message) != true && _messages.Add(message);

    public void Apply(Entry entry)
    {
        if (entry.MessageId is { } message)
        {
            _messages.Add(message);
        }

        switch (entry.Kind)
        {
            case EntryKind.TimerStarted:
                Operations[entry.Operation!] = new OperationRecord { Kind = OperationKind.Sleep, Since = entry.At, Due = entry.Due };
                break;
            case EntryKind.SuspensionStarted:
                Operations[entry.Operation!] = new OperationRecord { Kind = OperationKind.Suspend, Since = entry.At, Due = entry.Due };
                break;
            case EntryKind.EventWaitStarted:
                Operations[entry.Operation!] = new OperationRecord { Kind = OperationKind.Event, Since = entry.At, Due = entry.Due };
                break;
            case EntryKind.PollStarted:
                Operations[entry.Operation!] = new OperationRecord { Kind = OperationKind.Poll, Since = entry.At, Due = entry.Due };
                break;
            case EntryKind.StepRetry:
                OperationRecord step = Operations.TryGetValue(entry.Operation!, out OperationRecord? known)
                    ? known
                    : Operations[entry.Operation!] = new OperationRecord { Kind = OperationKind.Step, Since = entry.At };
                step.FailedAttempts = entry.Attempt;
                step.RetryAt = entry.Due;
                step.Since = entry.At;
                break;
            case EntryKind.ChildStarted:
                Operations[entry.Operation!] = new OperationRecord { Kind = OperationKind.Child, Since = entry.At, Child = entry.Child };
                RunningChildren[entry.Child!.Uid] = (entry.Operation!, entry.Child);
                break;
            case EntryKind.JobStarted:
                Operations[entry.Operation!] = new OperationRecord { Kind = KindOf(entry.Job!), Since = entry.At, Job = entry.Job };
                RunningJobs[entry.Job!.Id] = (entry.Operation!, IsUnwanted: false);
                break;
            case EntryKind.AttemptFailed:
                AwaitsAttempt = true;
                if (entry.Phase is not null)
                {
                    ForgetEnd(entry);
                }

                break;
            case EntryKind.AttemptStarted:
                BeginAttempt(entry);
                break;
            case EntryKind.SkipRequested:
                break;
            case EntryKind.ChildEnded when !RunningChildren.ContainsKey(Operations[entry.Operation!].Child!.Uid):
                _lateSuccesses[entry.Operation!] = entry;
                FailedChildren.Remove(Operations[entry.Operation!].Child!.Uid);
                break;
            default:
                AddFact(entry);
                break;
        }
    }

    /// <summary>The kind of operation that a fact ends; null for facts that end none.</summary>
    public OperationKind? KindOf(Entry fact) => fact.Kind switch
    {
        EntryKind.StepCompleted or EntryKind.StepFailed or EntryKind.StepCanceled =>
            Operations.TryGetValue(fact.Operation!, out OperationRecord? record) ? record.Kind : OperationKind.Step,
        EntryKind.TimerFired => OperationKind.Sleep,
        EntryKind.ChildEnded => OperationKind.Child,
        EntryKind.JobEnded => KindOf(fact.Job!),
        EntryKind.Resumed or EntryKind.WaitTimedOut =>
            Operations.TryGetValue(fact.Operation!, out OperationRecord? record) ? record.Kind : null,
        _ => null,
    };

    private static OperationKind KindOf(JobInfo job) => job.Kind == JobKind.Pod ? OperationKind.Pod : OperationKind.Job;

    private void AddFact(Entry entry)
    {
        if (entry.Kind is EntryKind.TimerFired or EntryKind.Resumed or EntryKind.WaitTimedOut &&
            Operations.TryGetValue(entry.Operation!, out OperationRecord? waited))
        {
            waited.IsOver = true;
        }

        switch (entry.Kind)
        {
            case EntryKind.StepFailed or EntryKind.StepCanceled or EntryKind.WaitTimedOut:
                _failures[entry.Operation!] = _facts.Count;
                break;
            case EntryKind.ChildEnded:
                Guid child = Operations[entry.Operation!].Child!.Uid;
                RunningChildren.Remove(child);
                if (entry.Phase is not (ExecutionPhase.Completed or ExecutionPhase.Skipped))
                {
                    _failures[entry.Operation!] = _facts.Count;
                    FailedChildren[child] = entry.Operation!;
                }

                break;
            case EntryKind.JobEnded:
                RunningJobs.Remove(entry.Job!.Id);
                if (entry.Phase != ExecutionPhase.Completed)
                {
                    _failures[entry.Operation!] = _facts.Count;
                }

                break;
            case EntryKind.TimerFired or EntryKind.Resumed:
                ResumedAt = entry.At;
                break;
            case EntryKind.CancelRequested:
                CancelRequested = true;
                CancelReason = entry.Text;
                foreach ((Guid job, (string operation, _)) in RunningJobs.ToArray())
                {
                    RunningJobs[job] = (operation, IsUnwanted: true);
                }

                break;
        }

        if (!_sealed)
        {
            _facts.Add(entry);
        }
    }

    // Somebody asked for another attempt of an execution that had ended. What its end brought is forgotten with it: the request to
    // cancel it, and the children and jobs that it took along, of which the function was not told.
    private void ForgetEnd(Entry entry)
    {
        _askedPolicy = entry.ChildPolicy;
        _isAskedFor = true;
        CancelRequested = false;
        CancelReason = null;
        for (int i = 0; i < _facts.Count; i++)
        {
            _facts[i] = _facts[i]?.Kind == EntryKind.CancelRequested ? null : _facts[i];
        }

        foreach ((Guid uid, (string operation, ChildInfo child)) in RunningChildren.ToArray())
        {
            if (!child.Detached)
            {
                RunningChildren.Remove(uid);
                Operations.Remove(operation);
            }
        }

        foreach ((string operation, _) in RunningJobs.Values)
        {
            Operations.Remove(operation);
        }

        RunningJobs.Clear();
    }

    // A new attempt keeps what succeeded and forgets what failed, so that it is tried again. Failed children and jobs are kept or forgotten as
    // the policy says; a kept failure reaches the function again.
    private void BeginAttempt(Entry entry)
    {
        ChildPolicy policy = entry.ChildPolicy ?? _askedPolicy ?? childPolicy;
        Attempt = entry.Attempt;
        AttemptStartedAt = entry.At;
        ResumedAt = null;
        AwaitsAttempt = false;
        foreach ((string operation, int index) in _failures.ToArray())
        {
            Entry failure = _facts[index]!;
            if (_lateSuccesses.TryGetValue(operation, out Entry? success))
            {
                _facts[index] = success;
                _failures.Remove(operation);
            }
            else if (policy != ChildPolicy.None || !MayBeKept(failure))
            {
                _facts[index] = null;
                _failures.Remove(operation);
                Forget(operation);
            }
        }

        _lateSuccesses.Clear();
        if (_isAskedFor)
        {
            ForgetPassedDeadlines(entry.At);
        }

        _askedPolicy = null;
        _isAskedFor = false;
    }

    private static bool MayBeKept(Entry failure) =>
        failure.Kind == EntryKind.ChildEnded || (failure.Kind == EntryKind.JobEnded && JobEnds.IsOwn(failure.Error));

    // While an execution had ended, nobody could do what its waits were for.
    private void ForgetPassedDeadlines(DateTimeOffset now)
    {
        HashSet<string?> done = [.. Facts.Where(fact => fact.Kind == EntryKind.StepCompleted).Select(fact => fact.Operation)];
        foreach ((string operation, OperationRecord wait) in Operations.ToArray())
        {
            if (wait is { Kind: OperationKind.Suspend or OperationKind.Event or OperationKind.Poll, IsOver: false } && wait.Due <= now &&
                !done.Contains(operation))
            {
                Operations.Remove(operation);
            }
        }
    }

    private void Forget(string operation)
    {
        if (Operations.Remove(operation, out OperationRecord? record) && record.Child is { } child)
        {
            FailedChildren.Remove(child.Uid);
        }
    }
}
