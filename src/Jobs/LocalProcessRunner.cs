using System.Collections.Concurrent;
using Kontinue.Engine.Jobs;
using Kontinue.Jobs.Local;
using Microsoft.Extensions.Logging;

namespace Kontinue.Jobs;

/// <summary>
/// Runs jobs and pods as processes of this machine, for development: the spec's command and arguments, its environment and working directory. There is no container: image
/// and resources are not used. Linux with <c>sh</c>, <c>setsid</c>, <c>mkfifo</c> and <c>tail</c>.
/// </summary>
/// <remarks>
/// <para>
/// Each job is on record in the state directory before it begins, and each process leaves its exit code there by itself. Processes outlive the host: one that is
/// started again finds them, running or ended, and never begins one twice. What cannot be known (the machine was restarted, or the processes were killed
/// together with the script that watches them) is reported as <see cref="JobOutcome.Lost"/>.
/// </para>
/// <para>
/// The state directory belongs to one silo. A silo that takes an execution over from another one waits for that other one's report as long as it is alive, and takes the
/// job for lost when it is not.
/// </para>
/// </remarks>
public sealed partial class LocalProcessRunner : IJobGateway, IDisposable
{
    private static readonly TimeSpan ReportBackoff = TimeSpan.FromMilliseconds(500);

    private readonly LocalJobsOptions _options;
    private readonly string _silo;
    private readonly TimeProvider _time;
    private readonly ILogger<LocalProcessRunner> _logger;
    private readonly string _root;
    private readonly ConcurrentDictionary<JobId, LocalJob> _jobs = new();
    private readonly ConcurrentDictionary<JobId, byte> _reporting = new();
    private readonly ConcurrentDictionary<Task, byte> _tasks = new();
    private readonly JobQueue _queue;
    private readonly SemaphoreSlim _accepting = new(1);
    private readonly CancellationTokenSource _stop = new();
    private FileStream? _lock;
    private IJobListener? _listener;

    /// <summary>Made by <see cref="LocalJobsExtensions.UseLocalJobs"/>.</summary>
    /// <param name="options">Settings, which are taken as valid.</param>
    /// <param name="silo">The name of the silo that the state directory belongs to.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to log.</param>
    public LocalProcessRunner(LocalJobsOptions options, string silo, TimeProvider time, ILogger<LocalProcessRunner> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, _silo, _time, _logger) = (options, silo, time, logger);
        _root = Path.GetFullPath(options.StateDirectory);
        _queue = new JobQueue(options.MaxRunning, options.MaxRunningPerFunction);
    }

    /// <inheritdoc/>
    public Task AttachAsync(IJobListener listener, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            return Task.CompletedTask;
        }

        _lock = Lock(_root);
        foreach ((JobFolder folder, JobRequest request) in JobFolder.FindAll(_root, (path, e) => LogUnreadable(_logger, e, path)).OrderBy(f => f.Request.RecordedAt))
        {
            var job = new LocalJob(folder, request, _options, _time);
            _jobs[job.Id] = job;
            if (job is { HasEnded: false, HasBegun: true })
            {
                _queue.Count(job);
                Track(RunAsync(job, listener));
            }
            else if (!job.HasEnded)
            {
                _queue.Add(job);
            }
            else if (!job.IsReported)
            {
                Track(ReportAsync(job, listener));
            }
        }

        _listener = listener;
        Pump();
        Track(SweepAsync(listener));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task DetachAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync().ConfigureAwait(false);

        // How they end is looked at where they are tracked.
        await Task.WhenAll(_tasks.Keys).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (_queue.Running > 0)
        {
            LogLeftRunning(_logger, _queue.Running);
        }

        Dispose();
    }

    /// <inheritdoc/>
    public async Task StartAsync(JobRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!OperatingSystem.IsLinux())
        {
            throw Refused("Local jobs need Linux. Run the host in a container, or use another gateway.");
        }

        IJobListener listener = _listener is { } attached && !_stop.IsCancellationRequested
            ? attached
            : throw new UnavailableException("The runner of local jobs is not running.");
        await _accepting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_jobs.TryGetValue(request.Id, out LocalJob? known))
            {
                if (known.HasEnded)
                {
                    Track(ReportAsync(known, listener));
                }

                return;
            }

            await AcceptAsync(request, listener, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _accepting.Release();
        }

        Pump();
    }

    /// <inheritdoc/>
    public Task StopAsync(JobId id, string reason, CancellationToken cancellationToken)
    {
        if (_jobs.TryGetValue(id, out LocalJob? job))
        {
            job.Stop(JobOutcome.Stopped, reason);
            Pump();
        }

        return Task.CompletedTask;
    }

    /// <summary>Makes the state directory and tries to lock it, for a host that wants to know before it starts anything.</summary>
    /// <exception cref="InvalidOperationException">It cannot be used; the message says why.</exception>
    public static void CheckStateDirectory(LocalJobsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (OperatingSystem.IsLinux())
        {
            Lock(Path.GetFullPath(options.StateDirectory)).Dispose();
        }
    }

    /// <summary>Lets the state directory go. Processes go on.</summary>
    public void Dispose()
    {
        _lock?.Dispose();
        _lock = null;
    }

    private static KontinueException Refused(string message) => new(ErrorKind.Validation, message, retryable: false);

    private static FileStream Lock(string root)
    {
        try
        {
            JobFolder.CreatePrivate(root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(root, "cannot be made", e);
        }

        try
        {
            return new FileStream(Path.Combine(root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw Unusable(root, "cannot be locked; another process uses it. Give each silo its own", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Unusable(root, "cannot be written to", e);
        }
    }

    private static InvalidOperationException Unusable(string root, string why, Exception e) =>
        new($"The state directory of local jobs '{root}' {why} ({nameof(LocalJobsOptions)}.{nameof(LocalJobsOptions.StateDirectory)}): {e.Message}", e);

    private async Task AcceptAsync(JobRequest request, IJobListener listener, CancellationToken cancellationToken)
    {
        string? program = request.Spec.Command.Concat(request.Spec.Args).FirstOrDefault();
        if (string.IsNullOrEmpty(program))
        {
            throw Refused("A local process has no image whose entry point it could run: set spec.command.");
        }

        bool isForeign = !string.Equals(request.Silo, _silo, StringComparison.Ordinal);
        if (isForeign && await listener.IsSiloAliveAsync(request.Silo, cancellationToken).ConfigureAwait(false))
        {
            // It has the job on record, or will have it, and reports its end.
            return;
        }

        if (_queue.Waiting >= _options.MaxQueued && !isForeign)
        {
            throw new UnavailableException($"{_options.MaxQueued} local jobs wait already.");
        }

        var job = new LocalJob(JobFolder.Create(_root, request), request, _options, _time);
        if (isForeign)
        {
            job.Stop(JobOutcome.Lost, $"silo '{request.Silo}', whose machine ran it, is gone");
        }
        else
        {
            LogAccepted(_logger, request.Name, request.Execution, program, request.Spec.Image);
        }

        _jobs[job.Id] = job;
        _queue.Add(job);
    }

    private void Pump()
    {
        while (_listener is { } listener && !_stop.IsCancellationRequested && _queue.TakeNext() is { } job)
        {
            Track(RunAsync(job, listener));
        }
    }

    private async Task RunAsync(LocalJob job, IJobListener listener)
    {
        // Away from the caller, who may hold a lock.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (true)
        {
            try
            {
                await job.RunAsync(_stop.Token).ConfigureAwait(false);
                break;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A full disk, say: what is on record is where to go on.
                LogCannotGoOn(_logger, e, job.Id);
                await Task.Delay(_options.PollInterval, _time, _stop.Token).ConfigureAwait(false);
            }
        }

        _queue.Release(job);
        Pump();
        await ReportAsync(job, listener).ConfigureAwait(false);
    }

    private async Task ReportAsync(LocalJob job, IJobListener listener)
    {
        if (!_reporting.TryAdd(job.Id, 0))
        {
            return;
        }

        try
        {
            while (true)
            {
                try
                {
                    await listener.EndedAsync(job.Id, job.Execution, job.ExecutionUid, job.ReadResult(), _stop.Token).ConfigureAwait(false);
                    job.NoteReported();
                    return;
                }
#pragma warning disable CA1031 // An end that is not told would be waited for for ever.
                catch (Exception e) when (!_stop.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    LogNotReported(_logger, e, job.Id);
                }

                await Task.Delay(ReportBackoff, _time, _stop.Token).ConfigureAwait(false);
            }
        }
        finally
        {
            _reporting.TryRemove(job.Id, out _);
        }
    }

    private void Track(Task task)
    {
        _tasks[task] = 0;
        _ = ObserveAsync(task);
    }

    private async Task ObserveAsync(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The next host goes on with it.
        }
#pragma warning disable CA1031 // Said where operators look; the job is taken up again at the next start.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogDefect(_logger, e);
        }
        finally
        {
            _tasks.TryRemove(task, out _);
        }
    }
}
