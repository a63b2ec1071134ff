using System.Collections.Concurrent;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Messages;
using Kontinue.Engine.Runtime;
using Kontinue.Engine.Storage;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Jobs;

/// <summary>The way between executions and the gateway: calls to it, so many at once, and what it reports.</summary>
internal sealed partial class JobRelay(EmbeddedHost host, IExecutionStore store, IJobGateway? gateway, ILogger logger) : IJobListener, IDisposable
{
    /// <summary>Calls to the gateway that are under way at once.</summary>
    private const int MaxCalls = 64;

    /// <summary>Reports that are being stored at once.</summary>
    private const int MaxReports = 256;

    private const int StopAttempts = 5;
    private const int MaxSilos = 10_000;
    private static readonly TimeSpan StopBackoff = TimeSpan.FromSeconds(1);

    private readonly StepRunner _calls = new(MaxCalls);
    private readonly SemaphoreSlim _reports = new(MaxReports);
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Starts that are under way: a stop must not overtake the start of its job.</summary>
    private readonly ConcurrentDictionary<JobId, Task> _starting = new();

    /// <summary>Said to who asks for a job without a gateway.</summary>
    public const string NotConfigured =
        "this silo has no job gateway. Call UseLocalJobs() of Kontinue.Jobs, or UseJobs(...) with a gateway of your own, within AddKontinue";

    /// <summary>Whether there is a gateway.</summary>
    public bool IsConfigured => gateway is not null;

    public Task AttachAsync(CancellationToken cancellationToken) => gateway?.AttachAsync(this, cancellationToken) ?? Task.CompletedTask;

    /// <summary>Lets the gateway go. What it has been told is on record with it; what not, is told again at the next start.</summary>
    public async Task DetachAsync()
    {
        if (gateway is null)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await _calls.CloseAsync().WaitAsync(host.Options.RequestTimeout, TimeProvider.System).ConfigureAwait(false);
            await gateway.DetachAsync(CancellationToken.None).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A gateway that cannot stop must not keep the silo from giving up its lease.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogNotDetached(logger, e);
        }
    }

    /// <summary>Makes a call to the gateway as soon as there is room.</summary>
    public void Enqueue(IStepWork call) => _calls.Enqueue(call);

    /// <summary>Tells the gateway to run a job. To be called from within a call that was enqueued.</summary>
    /// <returns>Why it could not be told; null when it was.</returns>
    public async Task<Exception?> StartAsync(JobRequest request, Func<bool> isWanted)
    {
        var under = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (_starting.GetOrAdd(request.Id, under.Task) is { } other && other != under.Task)
        {
            await other.ConfigureAwait(false);
        }

        try
        {
            if (isWanted())
            {
                await gateway!.StartAsync(request, _stop.Token).ConfigureAwait(false);
            }

            return null;
        }
#pragma warning disable CA1031 // Whatever a gateway throws is its answer.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return e;
        }
        finally
        {
            _starting.TryRemove(request.Id, out _);
            under.SetResult();
        }
    }

    /// <summary>Tells the gateway to end a job. If that fails, the gateway finds out by itself when the execution has ended.</summary>
    public void Stop(JobId id, string reason)
    {
        if (gateway is not null)
        {
            _calls.Enqueue(new StopCall(this, id, reason));
        }
    }

    public async Task<bool> EndedAsync(
        JobId id, ExecutionKey execution, Guid executionUid, JobResult result, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (!host.IsAccepting)
        {
            throw new UnavailableException("The host is not running.");
        }

        var body = new MessageBody
        {
            Kind = MessageKind.JobEnded, JobId = id.Value, Value = JobEnds.Bound(result, host.Options.MaxPayloadBytes),
        };
        await _reports.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var message = new Message(execution, executionUid, id.EndMessage, host.Now, body.Serialize());
            return await host.SendAsync(message).WaitAsync(host.Options.RequestTimeout, host.Time, cancellationToken).ConfigureAwait(false) ==
                CommitOutcome.Applied;
        }
        catch (TimeoutException)
        {
            throw new UnavailableException("The store did not confirm the end of the job in time.");
        }
        finally
        {
            _reports.Release();
        }
    }

    public async Task<JobOwner> LookUpAsync(ExecutionKey execution, Guid executionUid, CancellationToken cancellationToken)
    {
        ExecutionRow? row = await Ask(store.ReadAsync(execution, cancellationToken)).ConfigureAwait(false);
        return row is null || row.Uid != executionUid ? JobOwner.Gone : row.Phase.IsTerminal() ? JobOwner.Ended : JobOwner.Active;
    }

    public async Task<bool> IsSiloAliveAsync(string silo, CancellationToken cancellationToken)
    {
        IReadOnlyList<SiloRow> alive = await Ask(store.ReadSilosAsync(onlyAlive: true, MaxSilos, cancellationToken)).ConfigureAwait(false);
        return alive.Any(row => string.Equals(row.Name, silo, StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _stop.Dispose();
        _reports.Dispose();
    }

    private static async Task<T> Ask<T>(Task<T> call)
    {
        try
        {
            return await call.ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            throw new UnavailableException($"The store cannot be read: {e.Message}", e);
        }
    }

    private async Task StopAsync(JobId id, string reason)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                if (_starting.TryGetValue(id, out Task? starting))
                {
                    await starting.ConfigureAwait(false);
                }

                await gateway!.StopAsync(id, reason, _stop.Token).ConfigureAwait(false);
                return;
            }
#pragma warning disable CA1031 // Whatever a gateway throws is its answer.
            catch (Exception e)
#pragma warning restore CA1031
            {
                if (attempt >= StopAttempts || _stop.IsCancellationRequested)
                {
                    LogNotStopped(logger, e, id);
                    return;
                }
            }

            await Task.Delay(StopBackoff * attempt, host.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private sealed class StopCall(JobRelay relay, JobId id, string reason) : IStepWork
    {
        public Task RunAsync() => relay.StopAsync(id, reason);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {Job} could not be stopped; its gateway does so when its execution has ended.")]
    private static partial void LogNotStopped(ILogger logger, Exception exception, JobId job);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The job gateway could not be let go in time.")]
    private static partial void LogNotDetached(ILogger logger, Exception exception);
}
