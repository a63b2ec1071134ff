using Kontinue.Engine.Jobs;
using Kontinue.Grains.Client.Contracts;
using Microsoft.Extensions.Logging;

namespace Kontinue.Grains.Jobs;

/// <summary>What a gateway looks after now and then: silos that are gone, and executions that are over.</summary>
internal sealed partial class JobGatewayGrain
{
    /// <summary>Losses that are told, or stopped, in one check.</summary>
    private const int MaxLost = 100;

    /// <summary>Executions that are asked after in one check.</summary>
    private const int MaxLookUps = 20;

    private const string BackLate = "It was taken for lost while its silo was away.";

    /// <summary>Since when runners have been away, as this activation has seen.</summary>
    private readonly Dictionary<string, long> _away = new(StringComparer.Ordinal);

    private Queue<JobRow> _toLookAt = new();
    private long? _checkedAt;
    private bool _isChecking;

    public async Task EnsureAsync()
    {
        if (!_gateway.IsAttached)
        {
            // One that stops could store no end: another silo is to have it.
            DeactivateOnIdle();
            return;
        }

        // Each silo asks.
        if (_isUseless || _isChecking || (_checkedAt is { } at && _time.GetElapsedTime(at) < _options.CheckInterval * 0.9))
        {
            return;
        }

        _isChecking = true;
        try
        {
            IReadOnlySet<string> up = _silos.Names;

            // What one cannot do must not keep the others from being done.
            await TryAsync(() => TellLostAsync(up)).ConfigureAwait(true);
            await TryAsync(() => StopLateAsync(up)).ConfigureAwait(true);
            await TryAsync(() => LookUpAsync(up)).ConfigureAwait(true);
            await TryAsync(() => _ledger.IsDirty ? SaveAsync() : Task.CompletedTask).ConfigureAwait(true);
        }
        finally
        {
            _checkedAt = _time.GetTimestamp();
            _isChecking = false;
        }
    }

    /// <returns>Whether it went well.</returns>
    private async Task<bool> TryAsync(Func<Task> part)
    {
        try
        {
            await part().ConfigureAwait(true);
            return true;
        }
#pragma warning disable CA1031 // The next check goes on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogNotChecked(_logger, this.GetPrimaryKeyLong(), e);
            return false;
        }
    }

    private async Task TellLostAsync(IReadOnlySet<string> up)
    {
        _ledger.Forget(_time.GetUtcNow());
        TakeForLost(up);
        if (_ledger.IsDirty)
        {
            // That one is lost is on record before it is told, so that its runner is stopped should it come back.
            await SaveAsync().ConfigureAwait(true);
        }

        foreach (JobRow row in _ledger.In(JobState.Lost).Take(MaxLost))
        {
            await _gateway.ReportLostAsync(row).ConfigureAwait(true);
            _ledger.Move(row.Job, JobState.LostAndTold, _time.GetUtcNow());
            LogLost(_logger, new JobId(row.Job), row.Execution, row.Runner);
        }
    }

    private async Task StopLateAsync(IReadOnlySet<string> up)
    {
        // A silo that does not answer may take long to say so: it is asked once, and keeps those of other silos waiting no longer than that.
        foreach (IGrouping<string, JobRow> runner in _ledger.In(JobState.LostAndTold).Where(row => up.Contains(row.Runner)).Take(MaxLost).GroupBy(row => row.Runner, StringComparer.Ordinal).ToList())
        {
            await TryAsync(async () =>
            {
                foreach (JobRow row in runner)
                {
                    await StopAsync(row, BackLate).ConfigureAwait(true);
                }
            }).ConfigureAwait(true);
        }
    }

    private void TakeForLost(IReadOnlySet<string> up)
    {
        IReadOnlyList<JobRow> assigned = _ledger.In(JobState.Assigned);
        foreach (string back in _away.Keys.Where(runner => up.Contains(runner) || !assigned.Any(row => string.Equals(row.Runner, runner, StringComparison.Ordinal))).ToList())
        {
            _away.Remove(back);
        }

        foreach (JobRow row in assigned.Where(row => !up.Contains(row.Runner)))
        {
            if (!_away.TryGetValue(row.Runner, out long since))
            {
                _away[row.Runner] = _time.GetTimestamp();
            }
            else if (_time.GetElapsedTime(since) >= _options.RunnerPatience)
            {
                _ledger.Move(row.Job, JobState.Lost, _time.GetUtcNow());
            }
        }
    }

    /// <summary>
    /// Ends what nobody waits for any more. Its runner does so too; but that it had ended may not have come here, when a silo died, and would be on record for ever.
    /// </summary>
    private async Task LookUpAsync(IReadOnlySet<string> up)
    {
        if (_toLookAt.Count == 0)
        {
            _toLookAt = new Queue<JobRow>(_ledger.In(JobState.Assigned));
        }

        for (int i = 0; i < MaxLookUps && _toLookAt.TryDequeue(out JobRow? row); i++)
        {
            if (_ledger.Find(row.Job)?.State != JobState.Assigned ||
                await _gateway.Engine.LookUpAsync(GrainCalls.ParseKey(row.Execution), row.ExecutionUid, CancellationToken.None).ConfigureAwait(true) == JobOwner.Active)
            {
                continue;
            }

            if (up.Contains(row.Runner))
            {
                if (!await TryAsync(() => StopAsync(row, "The execution has ended.")).ConfigureAwait(true))
                {
                    // What is behind it is looked at first, in the next check.
                    _toLookAt.Enqueue(row);
                    return;
                }
            }
            else
            {
                // When its runner is back, that one finds out by itself.
                _ledger.Move(row.Job, JobState.Ended, _time.GetUtcNow());
            }
        }
    }

    private async Task StopAsync(JobRow row, string reason)
    {
        await _gateway.StopAtAsync(row.Runner, new JobId(row.Job), reason, CancellationToken.None).ConfigureAwait(true);
        _ledger.Move(row.Job, JobState.Ended, _time.GetUtcNow());
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {Job} of execution {Execution} is taken for lost: silo {Runner}, which ran it, is gone.")]
    private static partial void LogLost(ILogger logger, JobId job, string execution, string runner);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job gateway {Gateway} could not look after its jobs; trying again.")]
    private static partial void LogNotChecked(ILogger logger, long gateway, Exception exception);
}
