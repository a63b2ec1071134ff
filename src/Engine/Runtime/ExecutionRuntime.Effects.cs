using Kontinue.Engine.Commit;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Jobs;
using Kontinue.Engine.Journal;
using Kontinue.Engine.Replay;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Runtime;

/// <summary>What happens once a turn is durable.</summary>
internal sealed partial class ExecutionRuntime
{
    private IStepWork? _lastWork;

    /// <summary>Whether it was woken while it was on its way out, and must be looked at once more.</summary>
    private bool _isWokenAgain;

    private void RunEffects(List<Effect> effects)
    {
        // Two turns in one commit may both want to leave, and the second one may have something to say.
        bool mustLeave = false;
        foreach (Effect effect in effects)
        {
            switch (effect.Kind)
            {
                case EffectKind.RunStep or EffectKind.AskPoll when effect.Subject is Operation { IsCancelRequested: true } canceled:
                    if (IsPending(canceled))
                    {
                        Tell(new Entry { Kind = EntryKind.StepCanceled, At = Now, Operation = canceled.Key });
                    }

                    break;
                case EffectKind.RunStep when IsPending(effect.Subject):
                    Begin(new StepWork(this, _run!, (Operation)effect.Subject!, _trace, StepToken));
                    break;
                case EffectKind.AskPoll when IsPending(effect.Subject):
                    Begin(new PollWork(this, _run!, (Operation)effect.Subject!, _trace, StepToken));
                    break;
                case EffectKind.StartJob when IsPending(effect.Subject):
                    _host.Jobs.Enqueue(new JobCall(this, _run!, (JobOperation)effect.Subject!, RequestOf((JobOperation)effect.Subject!)));
                    break;
                case EffectKind.StopJob:
                    _host.Jobs.Stop((JobId)effect.Subject!, "The execution does not need it any more.");
                    break;
                case EffectKind.Route:
                    _host.Route((Message)effect.Subject!);
                    break;
                case EffectKind.RouteIfRefused when effect.Subject is RowWrite { IsRefused: true, OnConflict: { } refusal }:
                    _host.Route(refusal);
                    break;
                case EffectKind.SignalBacklog:
                    _host.SignalBacklog((string?)effect.Subject);
                    break;
                case EffectKind.LookAt:
                    _host.LookAt((IReadOnlyList<string>)effect.Subject!);
                    break;
                case EffectKind.Restart when !_hasEnded:
                    StartRun(isNewRun: true);
                    break;
                case EffectKind.Close:
                    mustLeave = true;
                    break;
            }
        }

        if (mustLeave)
        {
            Leave();
        }
    }

    private void Begin(IStepWork work)
    {
        if (_lastWork is not null)
        {
            _host.Steps.Enqueue(_lastWork);
        }

        _lastWork = work;
    }

    private void Leave()
    {
        if (_row.Phase.IsTerminal())
        {
            _host.Ended(new StoredExecution(_row, _spec, _status));
        }

        Close();
        if (_row is { Phase: ExecutionPhase.Backoff, WakeAt: { } due })
        {
            // What became due while it was on its way out found nobody.
            _host.WakeAt(Key, due);
        }

        if (_isWokenAgain)
        {
            _host.WakeAt(Key, Now);
        }
    }

    /// <summary>Ends when the steps that are running now shall end.</summary>
    private CancellationToken StepToken => (_stepTokens ??= new CancellationTokenSource()).Token;

    private bool IsPending(object? operation) =>
        _run is not null && operation is Operation pending && _run.TryGetPending(pending.Key, out Operation? current) &&
        ReferenceEquals(current, pending);
}
