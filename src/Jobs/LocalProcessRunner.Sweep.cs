using Kontinue.Engine.Jobs;
using Kontinue.Jobs.Local;
using Microsoft.Extensions.Logging;

namespace Kontinue.Jobs;

/// <summary>What becomes of jobs that nobody needs any more.</summary>
public sealed partial class LocalProcessRunner
{
    /// <summary>Executions that are asked after in one sweep.</summary>
    private const int MaxLookUps = 500;

    private Queue<LocalJob> _toLookAt = new();

    private async Task SweepAsync(IJobListener listener)
    {
        using var timer = new PeriodicTimer(_options.SweepInterval, _time);
        while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
        {
            try
            {
                Forget();
                await LookUpAsync(listener).ConfigureAwait(false);
            }
            catch (Exception e) when (e is KontinueException or IOException or UnauthorizedAccessException)
            {
                LogSweepFailed(_logger, e);
            }
        }
    }

    private void Forget()
    {
        foreach (LocalJob job in _jobs.Values)
        {
            TimeSpan kept = job.Ttl > LocalJobsOptionsValidator.MinRetention ? job.Ttl : LocalJobsOptionsValidator.MinRetention;
            if (job.IsReported && _time.GetElapsedTime(job.AcceptedAt) > kept)
            {
                Remove(job);
            }
        }
    }

    /// <summary>Ends jobs whose execution has ended, and removes what is left of those whose execution is gone.</summary>
    private async Task LookUpAsync(IJobListener listener)
    {
        if (_toLookAt.Count == 0)
        {
            _toLookAt = new Queue<LocalJob>(_jobs.Values);
        }

        for (int i = 0; i < MaxLookUps && _toLookAt.TryDequeue(out LocalJob? job); i++)
        {
            JobOwner owner = await listener.LookUpAsync(job.Execution, job.ExecutionUid, _stop.Token).ConfigureAwait(false);
            if (owner == JobOwner.Active)
            {
                continue;
            }

            if (!job.HasEnded)
            {
                job.Stop(JobOutcome.Stopped, owner == JobOwner.Gone ? "The execution was deleted." : "The execution has ended.");
                Pump();
            }
            else if (owner == JobOwner.Gone && job.IsReported && _time.GetElapsedTime(job.AcceptedAt) > LocalJobsOptionsValidator.MinRetention)
            {
                Remove(job);
            }
        }
    }

    private void Remove(LocalJob job)
    {
        job.Delete();
        _jobs.TryRemove(job.Id, out _);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Job '{Job}' of execution {Execution} runs '{Program}' as a local process; its image '{Image}' is not used.")]
    private static partial void LogAccepted(ILogger logger, string job, ExecutionKey execution, string program, string image);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} local jobs run on without the host; it finds them when it starts again.")]
    private static partial void LogLeftRunning(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The record of a local job in '{Path}' cannot be read; it is passed over.")]
    private static partial void LogUnreadable(ILogger logger, Exception exception, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Local job {Job} cannot go on for now; trying again.")]
    private static partial void LogCannotGoOn(ILogger logger, Exception exception, JobId job);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The end of local job {Job} could not be reported; trying again.")]
    private static partial void LogNotReported(ILogger logger, Exception exception, JobId job);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Looking for local jobs that nobody needs failed; trying again.")]
    private static partial void LogSweepFailed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "A local job is not looked after any more because of a defect; it is taken up again at the next start.")]
    private static partial void LogDefect(ILogger logger, Exception exception);
}
