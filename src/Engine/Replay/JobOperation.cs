using System.Text.Json;
using Kontinue.Engine.Jobs;
using Kontinue.Engine.Journal;

namespace Kontinue.Engine.Replay;

/// <summary>A job or a pod that a function waits for.</summary>
internal sealed class JobOperation(string key, JobKind kind, JobSpec spec, bool throwsOnFailure)
    : Operation<JobResult>(key, kind == JobKind.Pod ? OperationKind.Pod : OperationKind.Job)
{
    public JobKind JobKind { get; } = kind;

    public JobSpec Spec { get; } = spec;

    /// <summary>How often in a row the gateway could not be told, in this process.</summary>
    public int FailedCalls { get; set; }

    public override void Complete(Entry fact, JsonSerializerOptions json)
    {
        if (Failure(fact) is { } failure)
        {
            Fail(failure);
        }
        else
        {
            Succeed(Read(fact));
        }
    }

    protected override Exception? Failure(Entry fact)
    {
        JobResult result = Read(fact);
        return fact.Error is { } error && (throwsOnFailure || result.Outcome == JobOutcome.Rejected)
            ? new JobFailedException(Key, error, result)
            : null;
    }

    // Written by the engine, so that the author's settings do not count.
    private static JobResult Read(Entry fact) => fact.Value.To<JobResult>(KontinueJson.Options)!;
}
