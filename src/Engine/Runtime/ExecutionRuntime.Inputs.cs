using System.Text.Json;
using Kontinue.Engine.Commit;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Journal;
using Kontinue.Engine.Messages;
using Kontinue.Engine.Replay;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Telemetry;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Runtime;

/// <summary>What inputs do.</summary>
internal sealed partial class ExecutionRuntime
{
    private History _history = null!;
    private FunctionRun? _run;
    private RunTrace? _trace;
    private bool _mustLeave;

    private void Handle(Input input)
    {
        if (_isClosed)
        {
            PassOn(input);
            return;
        }

        switch (input.Kind)
        {
            case InputKind.Start:
                StartRun();
                break;
            case InputKind.Load:
                HandleLoad((ClaimedExecution)input.A!);
                break;
            case InputKind.Message when input.B is not int run || run == _spec.Run:
                HandleMessage((Message)input.A!);
                break;
            case InputKind.Told:
                _host.ReadMessages(Key);
                break;
            case InputKind.StepDone when IsCurrent(input):
                HandleStepDone((Operation)input.B!, (StepOutcome)input.C!);
                break;
            case InputKind.PollDone when IsCurrent(input):
                HandlePollDone((PollOperation)input.B!, (StepOutcome)input.C!);
                break;
            case InputKind.JobTold when IsCurrent(input):
                HandleJobTold((JobOperation)input.B!, (Exception?)input.C);
                break;
            case InputKind.Tick:
                Tick();
                break;
            case InputKind.Nudge when ReferenceEquals(_run, input.A):
                _run!.Continue();
                React();
                break;
            case InputKind.Committed:
                RunEffects(((Participation)input.A!).Effects);
                break;
            case InputKind.Drop:
                Close();
                break;
            case InputKind.Evict:
                _mustLeave = true;
                break;
        }
    }

    private bool IsCurrent(Input input) => _run is not null && ReferenceEquals(_run, input.A);

    private void HandleLoad(ClaimedExecution claimed)
    {
        _row = claimed.Row;
        _phase = _writtenPhase = _row.Phase;
        _wakeAt = _row.WakeAt;
        _revision = _row.Revision;
        _journalSequence = claimed.Journal.Count > 0 ? claimed.Journal[^1].Sequence : _row.JournalSequence;
        _spec = new StoredSpec();
        _status = StoredStatus.Initial;
        _history = new History(Kontinue.ChildPolicy.None);
        List<Entry> entries;
        try
        {
            _spec = StoredSpec.Deserialize(_row.Spec);
            _status = StoredStatus.Deserialize(_row.Status);
            entries = [.. claimed.Journal.SelectMany(JournalCodec.Read)];
        }
        catch (JsonException e)
        {
            Hold($"The journal cannot be read by this version: {e.Message}");
            if (MustEnd(claimed.Messages))
            {
                Take(claimed.Messages);
            }

            return;
        }

        _history = new History(ChildPolicy);
        entries.ForEach(_history.Apply);
        Resume(claimed.Messages);
    }

    private void Resume(IReadOnlyList<Message> messages)
    {
        bool isKnown = _host.Functions.TryGet(_row.Function, out _);
        bool waitsForAttempt = _history.AwaitsAttempt && _row.WakeAt > Now;
        if (OverallDeadline <= Now)
        {
            EndOverdue();
        }
        else if (_row.AwaitedSemaphore is not null)
        {
            WaitOn(messages);
        }
        else if (MustEnd(messages) && (_history.AwaitsAttempt || _status.StartedAt is null))
        {
            // There is no function to tell: it has not begun, or is between two attempts.
            Take(messages);
        }
        else if (!isKnown)
        {
            AwaitFunction();
        }
        else if (waitsForAttempt)
        {
            // Woken before its time: take what came, and go on waiting.
            Take(messages);
            _host.WakeAt(Key, _row.WakeAt!.Value);
        }
        else
        {
            StartRun(asked: AskedPolicy(messages));
            Take(messages);
            StopJobs(onlyUnwanted: true);
            Tick();
        }
    }

    private ChildPolicy? AskedPolicy(IReadOnlyList<Message> messages) => _history.AwaitsAttempt
        ? messages.Select(m => MessageBody.Deserialize(m.Body))
            .FirstOrDefault(body => body.Kind == MessageKind.Resume && body.ChildPolicy is not null && body.Attempt == _history.Attempt)?.ChildPolicy
        : null;

    private static bool MustEnd(IReadOnlyList<Message> messages) =>
        messages.Any(m => MessageBody.Deserialize(m.Body).Kind is MessageKind.Cancel or MessageKind.Skip);

    private void Take(IReadOnlyList<Message> messages)
    {
        foreach (Message message in messages)
        {
            HandleMessage(message);
        }
    }

    /// <summary>Starts the function, or starts it again, and brings it to where its journal ends.</summary>
    private void StartRun(bool isNewRun = false, ChildPolicy? asked = null)
    {
        if (!_host.Functions.TryGet(_row.Function, out FunctionDefinition? function))
        {
            AwaitFunction();
            return;
        }

        DateTimeOffset now = Now;
        bool isNew = _status.StartedAt is null || _history.AwaitsAttempt || isNewRun;
        if (_history.AwaitsAttempt)
        {
            Record(new Entry { Kind = EntryKind.AttemptStarted, At = now, Attempt = _history.Attempt + 1, ChildPolicy = asked });
        }

        _status = _status with
        {
            StartedAt = _status.StartedAt ?? now,
            Attempts = _history.Attempt,
            Silo = _host.Options.SiloName,
            Conditions = null,
        };
        int resumptions = (int)Math.Max(0, _row.Epoch - 1);
        ExecutionKey? parent = _spec.Parent is { } p ? new ExecutionKey(p.Namespace, p.Name) : null;
        FunctionRun? run = null;
        run = new FunctionRun(
            new FunctionRunSetup(
                function, new ExecutionInfo(Key, Uid, _row.Function, parent, _row.CreatedAt), _spec.Arguments, _spec.Run,
                resumptions, Json, MaxPayloadBytes, _host.Loggers.For(_row.Function), _host.Services,
                _status.StartedAt.Value, isNew),
            _history,
            () => Post(new Input(InputKind.Nudge, run)));
        _run = run;
        _trace = RunTrace.Begin(_row, _spec, _history.Attempt, resumptions);
        using (_trace?.Enter())
        {
            run.Start();
        }

        _history.Seal();
        React();
    }

    private void HandleMessage(Message message)
    {
        if (_hasEnded || (message.TargetUid != Uid && message.TargetUid != Guid.Empty))
        {
            // What comes after the end is dead. It is left to the sweep: from its end on, the execution writes nothing, so that somebody
            // else may change its row.
            return;
        }

        MessageBody body = MessageBody.Deserialize(message.Body);
        if (_isLeaving && IsForNextOne(body))
        {
            return;
        }

        bool isNew = _history.TryTake(message.Id);
        Consume(new MessageReference(Key, message.Id), isNew);
        if (!isNew)
        {
            return;
        }

        switch (body.Kind)
        {
            case MessageKind.Event:
                Tell(new Entry
                {
                    Kind = EntryKind.EventReceived, At = Now, Operation = body.Name, Value = body.Value, MessageId = message.Id,
                });
                break;
            case MessageKind.Resume:
                HandleResume(body, message.Id);
                break;
            case MessageKind.Cancel:
                HandleCancel(body.Name, message.Id);
                break;
            case MessageKind.Skip:
                HandleSkip(body, message.Id);
                break;
            case MessageKind.ChildEnded when _history.RunningChildren.TryGetValue(body.ChildUid, out var child):
                Tell(new Entry
                {
                    Kind = EntryKind.ChildEnded, At = Now, Operation = child.Operation, Value = body.Value, Error = body.Error,
                    Phase = body.Phase, MessageId = message.Id,
                });
                break;
            case MessageKind.JobEnded when _history.RunningJobs.TryGetValue(body.JobId, out var job):
                HandleJobEnded(job.Operation, body, message.Id);
                break;
            case MessageKind.ChildEnded when body.Phase is ExecutionPhase.Completed or ExecutionPhase.Skipped &&
                _history.FailedChildren.TryGetValue(body.ChildUid, out string? failed):
                // The function was told of the failure already. Only the next attempt may see another end of the child.
                Record(new Entry
                {
                    Kind = EntryKind.ChildEnded, At = Now, Operation = failed, Value = body.Value, Phase = body.Phase, MessageId = message.Id,
                });
                break;
        }
    }

    /// <summary>Whether one that is on its way out leaves a message in the store, for whoever takes the execution next.</summary>
    private bool IsForNextOne(MessageBody body)
    {
        if (!_history.AwaitsAttempt)
        {
            // Held, or on the way to a silo that has the function, which may want to clean up if it has begun.
            return body.Kind is not (MessageKind.Cancel or MessageKind.Skip) || (_awaitsFunction && _status.StartedAt is not null);
        }

        // What is asked of the next attempt must be recorded with its start.
        bool isForStart = body is { Kind: MessageKind.Resume, ChildPolicy: not null } && body.Attempt == _history.Attempt;
        _isWokenAgain |= isForStart;
        return isForStart;
    }

    private void HandleResume(MessageBody body, Guid id)
    {
        if (_run is null)
        {
            // Between two attempts a resume means: do not wait any longer.
            if (!_history.AwaitsAttempt || body.Attempt != _history.Attempt || _row.AwaitedSemaphore is not null)
            {
                LogStrayResume(_host.Loggers.Engine, Key, body.Name ?? "(the next attempt)", 0);
            }
            else if (_isLeaving)
            {
                _wakeAt = Now;
                _turn.WritesRow = true;
            }
            else
            {
                StartRun(asked: body.ChildPolicy);
            }

            return;
        }

        string[] waits = [.. _run.Pending.Where(o => o.Kind is OperationKind.Sleep or OperationKind.Suspend).Select(o => o.Key).Where(IsMeant)];
        if (waits.Length == 0)
        {
            // New code may have something else to do before it comes to the wait that the journal has begun: the resume is kept for it.
            waits = [.. _history.OpenSuspensions.Where(IsMeant)];
        }

        if (waits.Length != 1)
        {
            LogStrayResume(_host.Loggers.Engine, Key, body.Name ?? "(unnamed)", waits.Length);
            return;
        }

        Tell(new Entry { Kind = EntryKind.Resumed, At = Now, Operation = waits[0], Value = body.Value, MessageId = id });

        bool IsMeant(string wait) => string.Equals(wait, body.Name, StringComparison.Ordinal);
    }

    /// <summary>Records a fact and lets the function react to it.</summary>
    private void Tell(Entry fact)
    {
        Record(fact);
        if (_run is not null)
        {
            _run.Deliver(fact);
            React();
        }
    }

    private void Record(Entry entry)
    {
        _turn.Record(entry);
        _history.Apply(entry);
    }

    /// <summary>Looks at what the function did: it may have ended, disagreed with its journal, or asked for more.</summary>
    private void React()
    {
        while (_run is { } run)
        {
            if (run.Disagreement is { } disagreement)
            {
                Hold(disagreement);
                return;
            }

            if (run.Ended is { } ended)
            {
                // A child that was spawned last goes on without its parent; everything else that was asked for ends with it.
                foreach (Operation spawned in run.TakeAsked().Where(o => o is IChildOperation { Detached: true }))
                {
                    StartOperation(spawned);
                }

                Finish(ended);
                return;
            }

            IReadOnlyList<Operation> asked = run.TakeAsked();
            if (asked.Count == 0)
            {
                return;
            }

            foreach (Operation operation in asked)
            {
                StartOperation(operation);
            }
        }
    }

    private DateTimeOffset Now => _host.Now;

    [LoggerMessage(Level = LogLevel.Error, Message = "Execution {Execution} left memory because of a defect; it will be taken up again.")]
    private static partial void LogDefect(ILogger logger, Exception exception, ExecutionKey execution);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Execution {Execution} was resumed at '{Suspension}', but {Count} waits match; the resume is dropped.")]
    private static partial void LogStrayResume(ILogger logger, ExecutionKey execution, string suspension, int count);
}
