using Kontinue.Engine.Commit;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Journal;
using Kontinue.Engine.Messages;
using Kontinue.Engine.Replay;
using Kontinue.Engine.Storage;
using Kontinue.Resources;

namespace Kontinue.Engine.Runtime;

/// <summary>What the operations of a function do once it has asked for them.</summary>
internal sealed partial class ExecutionRuntime
{
    private CancellationTokenSource? _stepTokens;
    private DateTimeOffset? _wakeAt;

    private void StartOperation(Operation operation)
    {
        if (!IsPending(operation))
        {
            return;
        }

        _history.Operations.TryGetValue(operation.Key, out OperationRecord? record);
        operation.Since = record?.Since;
        switch (operation)
        {
            case IStepOperation when operation.IsCancelRequested:
            case PollOperation when operation.IsCancelRequested:
                Tell(new Entry { Kind = EntryKind.StepCanceled, At = Now, Operation = operation.Key });
                break;
            case IStepOperation step:
                step.FailedAttempts = record?.FailedAttempts ?? 0;
                if (record?.RetryAt is { } retryAt && retryAt > Now)
                {
                    operation.Due = retryAt;
                }
                else
                {
                    RunStep(operation);
                }

                break;
            case SleepOperation sleep:
                operation.Due = record?.Due ?? Begin(EntryKind.TimerStarted, operation, sleep.Duration, text: null);
                break;
            case PollOperation poll:
                poll.Deadline = record is null ? Begin(EntryKind.PollStarted, operation, poll.Timeout, text: null) : record.Due;
                AskPoll(poll);
                break;
            case IChildOperation child when record is null:
                StartChild(operation, child);
                break;
            case JobOperation job when record is null:
                BeginJob(job);
                break;
            case JobOperation job:
                TellOfJob(job);
                break;
            case ITimedWait wait when record is not null:
                operation.Due = record.Due;
                break;
            case ITimedWait wait when operation.Kind == OperationKind.Suspend:
                operation.Due = Begin(EntryKind.SuspensionStarted, operation, wait.Timeout, wait.Description);
                break;
            case ITimedWait { Timeout: not null } wait:
                operation.Due = Begin(EntryKind.EventWaitStarted, operation, wait.Timeout, text: null);
                break;
        }
    }

    /// <summary>Records that a timed operation has begun, so that its due time survives.</summary>
    private DateTimeOffset? Begin(EntryKind kind, Operation operation, TimeSpan? duration, string? text)
    {
        DateTimeOffset now = Now;
        operation.Since = now;
        DateTimeOffset? due = duration is { } wait ? now + wait : null;
        Record(new Entry { Kind = kind, At = now, Operation = operation.Key, Due = due, Text = text });
        return due;
    }

    private void RunStep(Operation operation)
    {
        operation.IsRunning = true;
        operation.Due = null;
        _turn.Effects.Add(new Effect(EffectKind.RunStep, operation));
    }

    private void AskPoll(PollOperation poll)
    {
        poll.IsRunning = true;
        poll.Due = null;
        _turn.Effects.Add(new Effect(EffectKind.AskPoll, poll));
    }

    private void StartChild(Operation operation, IChildOperation child)
    {
        Guid uid = _host.Uids.Next();
        DateTimeOffset now = Now;
        Placement placement = _host.Known.Place(child.Function, child.Options.WorkerGroup);
        operation.Since = now;
        Record(new Entry
        {
            Kind = EntryKind.ChildStarted, At = now, Operation = operation.Key,
            Child = new ChildInfo(child.Child.Name, uid, child.Function, child.Detached),
        });
        ChildOptions options = child.Options;
        var spec = new StoredSpec
        {
            Arguments = child.Arguments,
            WorkerGroup = options.WorkerGroup,
            Mutex = options.Mutex,
            Priority = options.Priority,
            ConcurrencyKey = options.ConcurrencyKey,
            Retry = ChildRetry(child.Function, options),
            Timeout = options.AttemptTimeout is null && options.OverallTimeout is null
                ? null
                : new TimeoutSpec { Attempt = options.AttemptTimeout, Overall = options.OverallTimeout },
            Parent = new ParentInfo(Key.Namespace, Key.Name, Uid, operation.Key),
            Trace = _trace?.Id ?? _spec.Trace,
        };
        JsonPayload labels = options.Labels is { Count: > 0 } given ? JsonPayload.From(given) : default;
        var refused = new MessageBody
        {
            Kind = MessageKind.ChildEnded, Name = operation.Key, ChildUid = uid, Phase = ExecutionPhase.Failed,
            Error = new ExecutionError(
                ErrorKind.Validation,
                placement.Choices is null ? $"The name {child.Child} is taken by another execution." : placement.ChoiceNeeded(child.Function),
                Retryable: false, operation.Key),
        };
        var refusal = new Message(Key, Uid, _host.Uids.Next(), now, refused.Serialize());
        if (placement.Choices is null)
        {
            _turn.Children.Add(new NewChild(child.Child, uid, child.Function, spec, placement, labels, refusal));
        }
        else
        {
            _turn.Messages.Add(refusal);
        }
    }

    // What the options leave out comes from the child function's own defaults: from the row when all is left out, otherwise from here.
    private RetrySpec? ChildRetry(string function, ChildOptions options)
    {
        if (options.Retry is null && options.ChildPolicy is null)
        {
            return null;
        }

        FunctionOptions? defaults = _host.Functions.TryGet(function, out FunctionDefinition? definition) ? definition.Options : null;
        return RetrySpec.From(
            options.Retry ?? defaults?.Retry ?? RetryPolicy.None, options.ChildPolicy ?? defaults?.ChildPolicy ?? ChildPolicy.None);
    }

    private void HandleStepDone(Operation operation, StepOutcome outcome)
    {
        if (!IsPending(operation))
        {
            return;
        }

        operation.IsRunning = false;
        var step = (IStepOperation)operation;
        DateTimeOffset now = Now;
        if (outcome.IsCanceled)
        {
            Tell(new Entry { Kind = EntryKind.StepCanceled, At = now, Operation = operation.Key });
            return;
        }

        if (outcome.Error is not { } error)
        {
            Tell(new Entry { Kind = EntryKind.StepCompleted, At = now, Operation = operation.Key, Value = outcome.Value });
            return;
        }

        int attempt = ++step.FailedAttempts;
        if (!error.Retryable || attempt >= step.Options.Retry.MaxAttempts)
        {
            Tell(new Entry { Kind = EntryKind.StepFailed, At = now, Operation = operation.Key, Error = error, Attempt = attempt });
            return;
        }

        DateTimeOffset due = now + step.Options.Retry.WaitAfter(attempt, NextJitter());
        Record(new Entry
        {
            Kind = EntryKind.StepRetry, At = now, Operation = operation.Key, Error = error, Attempt = attempt, Due = due,
        });
        if (operation.IsCancelRequested)
        {
            Tell(new Entry { Kind = EntryKind.StepCanceled, At = now, Operation = operation.Key });
        }
        else
        {
            operation.Due = due;
            operation.Since = now;
        }
    }

    private void HandlePollDone(PollOperation poll, StepOutcome outcome)
    {
        if (!IsPending(poll))
        {
            return;
        }

        poll.IsRunning = false;
        DateTimeOffset now = Now;
        if (outcome.IsCanceled || (poll.IsCancelRequested && outcome.Value.IsNone))
        {
            Tell(new Entry { Kind = EntryKind.StepCanceled, At = now, Operation = poll.Key });
        }
        else if (outcome.Error is { } error)
        {
            Tell(new Entry { Kind = EntryKind.StepFailed, At = now, Operation = poll.Key, Error = error });
        }
        else if (!outcome.Value.IsNone)
        {
            Tell(new Entry { Kind = EntryKind.StepCompleted, At = now, Operation = poll.Key, Value = JsonPayload.Null });
        }
        else
        {
            DateTimeOffset next = now + poll.Interval;
            poll.Due = poll.Deadline < next ? poll.Deadline : next;
        }
    }

    /// <summary>Does what is due.</summary>
    private void Tick()
    {
        DateTimeOffset now = Now;
        if (_hasEnded || _isHeld)
        {
            // Somebody may have set it going again already.
            _isWokenAgain |= _hasEnded;
            return;
        }

        if (OverallDeadline <= now)
        {
            EndOverdue();
            return;
        }

        if (_run is null)
        {
            // One that is on its way out has forgotten its facts; it is woken again when it has left.
            if (_history.AwaitsAttempt && _wakeAt <= now && !_isLeaving)
            {
                StartRun();
            }

            return;
        }

        if (AttemptDeadline <= now)
        {
            Fail(new ExecutionError(
                ErrorKind.Timeout, $"Attempt {_history.Attempt} took longer than {Duration.Format(AttemptTimeout!.Value)}.", Retryable: true));
            return;
        }

        foreach (Operation operation in _run.Pending.Where(o => !o.IsRunning && o.Due <= now).OrderBy(o => o.Due).ToArray())
        {
            if (IsPending(operation))
            {
                Elapse(operation, now);
            }
        }
    }

    private void EndOverdue() => End(ExecutionPhase.Failed, default, new ExecutionError(
        ErrorKind.Timeout, $"The execution took longer than its overall timeout of {Duration.Format(OverallTimeout!.Value)}.",
        Retryable: false));

    private void Elapse(Operation operation, DateTimeOffset now)
    {
        switch (operation)
        {
            case IStepOperation:
                RunStep(operation);
                _turn.WritesRow = true;
                break;
            case PollOperation poll when poll.Deadline is null || poll.Deadline > now:
                AskPoll(poll);
                break;
            case JobOperation job:
                TellOfJob(job);
                break;
            case SleepOperation:
                Tell(new Entry { Kind = EntryKind.TimerFired, At = now, Operation = operation.Key });
                break;
            default:
                Tell(new Entry { Kind = EntryKind.WaitTimedOut, At = now, Operation = operation.Key });
                break;
        }
    }

    /// <summary>
    /// Decides at the end of a turn whether the execution is busy or waits, and until when. It is busy while work of its own is under way
    /// in this process, and also while it waits for something outside of Kontinue, which nobody could wake it for.
    /// </summary>
    private void Settle()
    {
        if (_run is null)
        {
            return;
        }

        bool isBusy = !_run.HasPending;
        DateTimeOffset? due = Earlier(OverallDeadline, AttemptDeadline);
        foreach (Operation operation in _run.Pending)
        {
            isBusy |= operation.IsRunning;
            due = Earlier(due, operation.Due);
        }

        if (_turn.HasWrites || !isBusy && (_phase != ExecutionPhase.Suspended || _wakeAt != due))
        {
            _turn.WritesRow = true;
            _status = _status with { WaitingFor = DescribeWaits() };
        }

        if (!isBusy)
        {
            _phase = ExecutionPhase.Suspended;
            _wakeAt = due;
        }
        else if (_phase != ExecutionPhase.Executing || _wakeAt is null || _wakeAt > Now)
        {
            _phase = ExecutionPhase.Executing;
            _wakeAt = Now;
        }

        if (due is { } at)
        {
            _host.WakeAt(Key, at);
        }
    }

    /// <summary>How many waits the status tells of.</summary>
    public const int MaxDescribedWaits = 50;

    private List<WaitReference>? DescribeWaits()
    {
        List<WaitReference>? waits = null;
        foreach (Operation operation in _run!.Pending)
        {
            if (!operation.IsRunning && (waits is null || waits.Count < MaxDescribedWaits))
            {
                (waits ??= []).Add(new WaitReference(
                    operation.Kind.ToString(), operation.Key, operation is JobOperation ? null : operation.Due, (operation as ITimedWait)?.Description, operation.Since));
            }
        }

        return waits;
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null ? b : b is null || a < b ? a : b;

    private TimeSpan? OverallTimeout => _spec.Timeout?.Overall ?? Defaults?.OverallTimeout;

    private TimeSpan? AttemptTimeout => _spec.Timeout?.Attempt ?? Defaults?.AttemptTimeout;

    private DateTimeOffset? OverallDeadline => _status.StartedAt + OverallTimeout;

    // The attempt's clock stops while a person or a time is waited for, and starts anew when that is over.
    private DateTimeOffset? AttemptDeadline =>
        AttemptTimeout is null || _run!.Pending.Any(o => o.Kind is OperationKind.Sleep or OperationKind.Suspend)
            ? null
            : (_history.ResumedAt ?? _history.AttemptStartedAt ?? _status.StartedAt) + AttemptTimeout;
}
