using Kontinue.Engine.Commit;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Journal;
using Kontinue.Engine.Messages;
using Kontinue.Engine.Replay;
using Kontinue.Engine.Storage;
using Kontinue.Resources;

namespace Kontinue.Engine.Runtime;

/// <summary>How executions end, begin again, and come to be held.</summary>
internal sealed partial class ExecutionRuntime
{
    private bool _hasEnded;
    private bool _isHeld;
    private bool _isLeaving;
    private bool _awaitsFunction;
    private DateTimeOffset? _finishedAt;

    private FunctionOptions? Defaults => _host.Functions.TryGet(_row.Function, out FunctionDefinition? function) ? function.Options : null;

    private RetryPolicy Retry => _spec.Retry?.ToPolicy() ?? Defaults?.Retry ?? RetryPolicy.None;

    private ChildPolicy ChildPolicy => _spec.Retry?.ChildPolicy ?? Defaults?.ChildPolicy ?? ChildPolicy.None;

    private void Finish(Task<JsonPayload> ended)
    {
        if (ended.IsCompletedSuccessfully)
        {
            JsonPayload result = ended.Result;
            if (result.Length <= MaxPayloadBytes)
            {
                End(ExecutionPhase.Completed, result, error: null);
            }
            else
            {
                Fail(ExecutionError.From(new PayloadTooLargeException("The function's result", result.Length, MaxPayloadBytes)));
            }

            return;
        }

        Exception exception = ended.IsCanceled
            ? new OperationCanceledException("The function was canceled.")
            : ended.Exception!.InnerException ?? ended.Exception;
        switch (exception)
        {
            case ContinueAsNewException anew when !_history.CancelRequested:
                BeginAnew(anew.Arguments);
                break;
            case ContinueAsNewException or OperationCanceledException or ChildCanceledException when _history.CancelRequested:
                End(ExecutionPhase.Canceled, default, new ExecutionError(
                    ErrorKind.Execution, _history.CancelReason ?? "The execution was canceled.", Retryable: false));
                break;
            case ChildFailedException when ChildPolicy == ChildPolicy.RetryFailed:
            case JobFailedException { Result.Outcome: not JobOutcome.Rejected } when ChildPolicy == ChildPolicy.RetryFailed:
                // As a kind it is not retryable, because a kept failure would come back. Here the child or the job is run again.
                Fail(ExecutionError.From(exception) with { Retryable = true });
                break;
            default:
                Fail(ExecutionError.From(exception));
                break;
        }
    }

    /// <summary>Ends an attempt. Another one follows if that may help and one is left.</summary>
    private void Fail(ExecutionError error)
    {
        RetryPolicy retry = Retry;
        if (!error.Retryable || _history.Attempt >= retry.MaxAttempts || _history.CancelRequested)
        {
            End(ExecutionPhase.Failed, default, error);
            return;
        }

        DateTimeOffset now = Now;
        DateTimeOffset due = Earlier(now + retry.WaitAfter(_history.Attempt, NextJitter()), OverallDeadline)!.Value;
        Record(new Entry { Kind = EntryKind.AttemptFailed, At = now, Attempt = _history.Attempt, Error = error, Due = due });
        _phase = ExecutionPhase.Backoff;
        _wakeAt = due;
        _status = _status with { Error = error, WaitingFor = null };

        // The next attempt begins with a replay of what this one kept, so there is nothing to keep in memory.
        LeaveMemory();
        _host.WakeAt(Key, due);
    }

    private void End(ExecutionPhase phase, JsonPayload result, ExecutionError? error)
    {
        DateTimeOffset now = Now;
        _hasEnded = true;
        _phase = phase;
        _wakeAt = null;
        _isHeld = false;
        _finishedAt = now;
        _status = _status with
        {
            Result = result,
            Error = error,
            WaitingFor = null,
            Conditions = null,
            Attempts = Math.Max(_status.Attempts, 1),
        };
        if (_spec.Parent is { } parent)
        {
            Send(new ExecutionKey(parent.Namespace, parent.Name), parent.Uid, new MessageBody
            {
                Kind = MessageKind.ChildEnded, Name = parent.Operation, ChildUid = Uid, Phase = phase, Value = result, Error = error,
            });
        }

        CancelChildren("The parent execution has ended.");
        StopJobs();
        _turn.WritesRow = true;
        LeaveMemory();
    }

    private void HandleCancel(string? reason, Guid message)
    {
        if (_history.CancelRequested)
        {
            return;
        }

        var entry = new Entry { Kind = EntryKind.CancelRequested, At = Now, Text = reason, MessageId = message };
        if (_run is null)
        {
            Record(entry);
            End(ExecutionPhase.Canceled, default, new ExecutionError(
                ErrorKind.Execution, reason ?? "The execution was canceled.", Retryable: false));
            return;
        }

        // Steps that began before are told; those that clean up afterwards get a token of their own.
        CancellationTokenSource? running = _stepTokens;
        _stepTokens = null;
        CancelChildren(reason ?? "The parent execution was canceled.");
        StopJobs();
        Tell(entry);
        CancelTokens(running);
        foreach (Operation waiting in _run?.Pending.Where(o => o is { IsCancelRequested: true, IsRunning: false }).ToArray() ?? [])
        {
            if (IsPending(waiting))
            {
                Tell(new Entry { Kind = EntryKind.StepCanceled, At = Now, Operation = waiting.Key });
            }
        }
    }

    /// <summary>Passes the execution over, unless a step of it runs: that cannot be undone.</summary>
    private void HandleSkip(MessageBody body, Guid message)
    {
        if (_run is { } run && (!run.HasPending || run.Pending.Any(o => o.IsRunning)))
        {
            LogStraySkip(_host.Loggers.Engine, Key);
            return;
        }

        Record(new Entry { Kind = EntryKind.SkipRequested, At = Now, Value = body.Value, Text = body.Name, MessageId = message });
        End(ExecutionPhase.Skipped, body.Value, _status.Error);
    }

    private void CancelChildren(string reason)
    {
        foreach ((_, ChildInfo child) in _history.RunningChildren.Values)
        {
            if (!child.Detached)
            {
                Send(new ExecutionKey(Key.Namespace, child.Name), child.Uid, new MessageBody { Kind = MessageKind.Cancel, Name = reason });
            }
        }
    }

    private void Send(ExecutionKey target, Guid targetUid, MessageBody body) =>
        _turn.Messages.Add(new Message(target, targetUid, _host.Uids.Next(), Now, body.Serialize()));

    /// <summary>Starts over with other arguments. The next run begins when the end of this one is durable.</summary>
    private void BeginAnew(JsonPayload arguments)
    {
        Entry[] events = [.. _run!.UntakenEvents];
        CancelChildren("The parent execution continued as new.");
        StopJobs();
        EndRun();
        _spec = _spec with { Arguments = arguments, Run = _spec.Run + 1 };
        _history = new History(ChildPolicy, _history);
        _turn.BeginAnew();

        // The new run's time, and the clock of its attempt, begin now and not when the execution first began.
        Record(new Entry { Kind = EntryKind.AttemptStarted, At = Now, Attempt = 1 });
        foreach (Entry kept in events)
        {
            Record(kept);
        }

        _phase = ExecutionPhase.Executing;
        _wakeAt = Now;
        _turn.Effects.Add(new Effect(EffectKind.Restart));
    }

    /// <summary>Journal and code disagree: nothing of this turn is written but that. It goes on after the code is fixed.</summary>
    private void Hold(string message)
    {
        _turn.Clear();
        _phase = _phase == ExecutionPhase.Pending ? ExecutionPhase.Pending : ExecutionPhase.Suspended;
        _isHeld = true;
        _wakeAt = null;
        _status = _status with { Conditions = [new Condition(Condition.Held, "True", "NonDeterminism", message, Now)] };
        _turn.WritesRow = true;
        LeaveMemory();
        LogHeld(_host.Loggers.Engine, Key, message);
    }

    /// <summary>This silo does not have the function: leave it to one that has, or to the day when one has.</summary>
    private void AwaitFunction()
    {
        _awaitsFunction = true;
        _status = _status with { Conditions = _host.Known.Place(_row.Function, _row.WorkerGroup).ToCondition(Now) is { } missing ? [missing] : null };
        _wakeAt ??= Now;
        _turn.WritesRow = true;
        _turn.ReleasesOwner = true;
        LeaveMemory();
    }

    /// <summary>
    /// It was claimed without having been let in, because it was told something. That is recorded, or ends it; then it goes on waiting, as
    /// nobody's.
    /// </summary>
    private void WaitOn(IReadOnlyList<Message> messages)
    {
        Take(messages);
        if (!_hasEnded)
        {
            _turn.WritesRow = true;
            _turn.ReleasesOwner = true;
            _turn.Effects.Add(new Effect(EffectKind.LookAt, _row.Semaphores));
            LeaveMemory();
        }
    }

    private void LeaveMemory()
    {
        EndRun();
        _isLeaving = true;
        _turn.Effects.Add(new Effect(EffectKind.Close));
    }

    private void EndRun()
    {
        _run = null;
        _trace?.End(_phase, _status.Error);
        _trace = null;
        CancelTokens(_stepTokens);
        _stepTokens = null;
    }

    // On another thread: callbacks belong to user code, which may block or throw, and neither may disturb the execution.
    private void CancelTokens(CancellationTokenSource? tokens) => _ = tokens?.CancelAsync().ContinueWith(
        static (task, state) => LogCallbackFailed(((ExecutionRuntime)state!)._host.Loggers.Engine, task.Exception!, ((ExecutionRuntime)state)!.Key),
        this, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    [Microsoft.Extensions.Logging.LoggerMessage(
        Level = Microsoft.Extensions.Logging.LogLevel.Warning,
        Message = "Execution {Execution} was to be skipped, but began to run again before that was told to it; it goes on.")]
    private static partial void LogStraySkip(Microsoft.Extensions.Logging.ILogger logger, ExecutionKey execution);

    private double NextJitter() => _host.Jitter.NextDouble();

    [Microsoft.Extensions.Logging.LoggerMessage(
        Level = Microsoft.Extensions.Logging.LogLevel.Warning,
        Message = "A callback on the token of a step of execution {Execution} failed.")]
    private static partial void LogCallbackFailed(Microsoft.Extensions.Logging.ILogger logger, Exception exception, ExecutionKey execution);

    [Microsoft.Extensions.Logging.LoggerMessage(
        Level = Microsoft.Extensions.Logging.LogLevel.Error, Message = "Execution {Execution} is held: {Reason}")]
    private static partial void LogHeld(Microsoft.Extensions.Logging.ILogger logger, ExecutionKey execution, string reason);
}
