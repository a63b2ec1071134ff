using System.Diagnostics;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Telemetry;

/// <summary>
/// The activities of one run: a life of a function in this process, from its first line to its end or to the moment at which it leaves memory. An execution
/// that waits for days has several, in one process or another. Each goes on with the trace of whoever asked for the execution, which is stored with it, and the
/// runs of a child go on with that of its parent's run.
/// </summary>
internal sealed class RunTrace
{
    private readonly Activity _activity;

    private RunTrace(Activity activity) => _activity = activity;

    /// <summary>What to store with a new execution: where the caller is in a trace. Null while nobody listens, or when the caller is in none.</summary>
    public static string? Caller =>
        EngineTelemetry.Activities.HasListeners() && Activity.Current is { IdFormat: ActivityIdFormat.W3C } caller ? caller.Id : null;

    /// <summary>What to store with a child.</summary>
    public string? Id => _activity.Id;

    /// <returns>Null: nobody listens, or the trace is not among those that are recorded.</returns>
    public static RunTrace? Begin(ExecutionRow row, StoredSpec spec, int attempt, int resumptions)
    {
        if (!EngineTelemetry.Activities.HasListeners())
        {
            return null;
        }

        // Whatever this thread did before is not what this belongs to, and what it does next does not belong to this.
        Activity? before = Activity.Current;
        Activity.Current = null;
        _ = ActivityContext.TryParse(spec.Trace, traceState: null, isRemote: true, out ActivityContext caller);
        Activity? activity = EngineTelemetry.Activities.StartActivity($"run {row.Function}", ActivityKind.Consumer, caller);
        Activity.Current = before;
        if (activity is null)
        {
            return null;
        }

        activity.SetTag("kontinue.namespace", row.Key.Namespace).SetTag("kontinue.execution", row.Key.Name).SetTag("kontinue.function", row.Function)
            .SetTag("kontinue.attempt", attempt).SetTag("kontinue.resumptions", resumptions);
        return new RunTrace(activity);
    }

    /// <summary>What is called until the end of the scope, and what it leaves waiting, has the run as its current activity.</summary>
    public Scope Enter()
    {
        var scope = new Scope(Activity.Current);
        Activity.Current = _activity;
        return scope;
    }

    /// <summary>Begins to run user code that belongs to this run, on the thread that will run it: what that code starts goes on with it.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="key">Its name and occurrence.</param>
    /// <param name="attempt">From 1; null: it has none.</param>
    public Activity? BeginWork(string kind, string key, int? attempt)
    {
        Activity? activity = EngineTelemetry.Activities.StartActivity($"{kind} {key}", ActivityKind.Internal, _activity.Context);
        return activity?.SetTag("kontinue.attempt", attempt);
    }

    public static void EndWork(Activity? activity, ExecutionError? error)
    {
        if (activity is not null)
        {
            Report(activity, error);
            activity.Dispose();
        }
    }

    /// <param name="phase">What the execution is when the run ends.</param>
    /// <param name="error">Of its attempt that failed; ignored in other phases.</param>
    public void End(ExecutionPhase phase, ExecutionError? error)
    {
        _activity.SetTag("kontinue.phase", phase.ToString());
        Report(_activity, phase is ExecutionPhase.Failed or ExecutionPhase.Backoff ? error : null);
        Activity? before = Activity.Current;
        _activity.Dispose();
        Activity.Current = before;
    }

    /// <summary>Puts back what was current before.</summary>
    public readonly record struct Scope(Activity? Before) : IDisposable
    {
        public void Dispose() => Activity.Current = Before;
    }

    private static void Report(Activity activity, ExecutionError? error)
    {
        if (error is not null)
        {
            activity.SetTag("error.type", error.Kind.ToString()).SetStatus(ActivityStatusCode.Error, error.Message);
        }
    }
}
