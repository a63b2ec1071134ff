using Kontinue.Engine.Commit;
using Kontinue.Engine.Jobs;
using Kontinue.Engine.Journal;
using Kontinue.Engine.Messages;
using Kontinue.Engine.Replay;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Runtime;

/// <summary>Jobs: started once they are on record, looked after now and then, ended by a message.</summary>
internal sealed partial class ExecutionRuntime
{
    /// <summary>Waits before the gateway is told again: the first, doubled each time up to the time between two checks.</summary>
    private static readonly RetryPolicy JobBackoff = RetryPolicy.Exponential(int.MaxValue, TimeSpan.FromSeconds(1), max: TimeSpan.FromMinutes(1));

    private void BeginJob(JobOperation job)
    {
        DateTimeOffset now = Now;
        var info = new JobInfo(
            JobId.For(Uid, job.Key, _history.Attempt, _spec.Run).Value, job.JobKind, _host.Options.SiloName);
        if (!_host.Jobs.IsConfigured)
        {
            Reject(job, info, JobRelay.NotConfigured);
            return;
        }

        job.Since = now;
        Record(new Entry { Kind = EntryKind.JobStarted, At = now, Operation = job.Key, Job = info });
        TellOfJob(job);
    }

    /// <summary>
    /// Tells the gateway of a job that is on record. It may have been told before, by whoever had the execution then, and whether it was is nowhere on
    /// record: the job's id makes it one and the same. Until it has been told, the execution counts as busy, so that others do it if this process dies.
    /// </summary>
    private void TellOfJob(JobOperation job)
    {
        job.Due = null;
        if (!_host.Jobs.IsConfigured)
        {
            // Started by another silo, whose gateway reports its end.
            return;
        }

        job.IsRunning = true;
        _turn.WritesRow = true;
        _turn.Effects.Add(new Effect(EffectKind.StartJob, job));
    }

    private JobRequest RequestOf(JobOperation job)
    {
        OperationRecord record = _history.Operations[job.Key];
        return new JobRequest
        {
            Id = new JobId(record.Job!.Id), Kind = record.Job.Kind, Name = job.Key, Execution = Key, ExecutionUid = Uid, Function = _row.Function,
            Spec = job.Spec, Silo = record.Job.Silo, RecordedAt = record.Since,
        };
    }

    private void HandleJobTold(JobOperation job, Exception? failure)
    {
        if (!IsPending(job))
        {
            return;
        }

        job.IsRunning = false;
        if (failure is KontinueException { Retryable: false })
        {
            Reject(job, _history.Operations[job.Key].Job!, failure.Message);
            return;
        }

        DateTimeOffset now = Now;
        if (failure is null)
        {
            // What is not heard of may have been forgotten, by a gateway that lost its memory or a silo that did not come back.
            job.FailedCalls = 0;
            job.Due = now + _host.Options.JobCheckInterval;
        }
        else
        {
            job.Due = now + JobBackoff.WaitAfter(++job.FailedCalls, NextJitter());
            LogJobNotTold(_host.Loggers.Engine, failure, job.Key, Key);
        }
    }

    private void Reject(JobOperation job, JobInfo info, string reason) =>
        TellEnd(job.Key, info, JsonPayload.From(new JobResult { Outcome = JobOutcome.Rejected, Message = reason }), message: null);

    private void HandleJobEnded(string operation, MessageBody body, Guid message) =>
        TellEnd(operation, _history.Operations[operation].Job!, body.Value, message);

    private void TellEnd(string operation, JobInfo job, JsonPayload value, Guid? message)
    {
        JobResult result = value.To<JobResult>(KontinueJson.Options)!;
        Tell(new Entry
        {
            Kind = EntryKind.JobEnded, At = Now, Operation = operation, Job = job, Value = value, MessageId = message,
            Phase = JobEnds.PhaseOf(result.Outcome), Error = JobEnds.ErrorOf(operation, result),
        });
    }

    /// <summary>Ends jobs after the commit.</summary>
    /// <param name="onlyUnwanted">Only those of before a cancellation, of which another owner may not have got round to tell.</param>
    private void StopJobs(bool onlyUnwanted = false)
    {
        foreach ((Guid job, (_, bool isUnwanted)) in _history.RunningJobs)
        {
            if (isUnwanted || !onlyUnwanted)
            {
                _turn.Effects.Add(new Effect(EffectKind.StopJob, new JobId(job)));
            }
        }
    }

    /// <summary>A call to the gateway.</summary>
    private sealed class JobCall(ExecutionRuntime runtime, FunctionRun run, JobOperation job, JobRequest request) : IStepWork
    {
        public async Task RunAsync()
        {
            if (!await runtime.MayRunStepsAsync().ConfigureAwait(false))
            {
                runtime.Post(new Input(InputKind.Drop));
                return;
            }

            Exception? failure = await runtime._host.Jobs.StartAsync(request, () => !job.Task.IsCompleted).ConfigureAwait(false);
            runtime.Post(new Input(InputKind.JobTold, run, job, failure));
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job '{Job}' of execution {Execution} could not be handed to its gateway; trying again.")]
    private static partial void LogJobNotTold(ILogger logger, Exception failure, string job, ExecutionKey execution);
}
