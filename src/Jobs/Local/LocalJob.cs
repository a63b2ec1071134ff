using System.ComponentModel;
using Kontinue.Engine.Jobs;

namespace Kontinue.Jobs.Local;

/// <summary>One job from its acceptance to its end. All that it decides is on record before it does it.</summary>
internal sealed class LocalJob
{
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromMinutes(1);

    private readonly JobFolder _folder;
    private readonly LocalJobsOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<JobVerdict> _verdict = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private JobRequest? _request;

    public LocalJob(JobFolder folder, JobRequest request, LocalJobsOptions options, TimeProvider time)
    {
        _folder = folder;
        _options = options;
        _time = time;
        (Id, Execution, ExecutionUid, Function, RecordedAt, Ttl) =
            (request.Id, request.Execution, request.ExecutionUid, request.Function, request.RecordedAt, request.Spec.Ttl ?? options.Retention);
        HasEnded = folder.HasResult;
        IsReported = folder.IsReported;
        HasBegun = folder.LastTry > 0;
        _request = HasEnded ? null : request;
        AcceptedAt = time.GetTimestamp();
        if (folder.ReadVerdict() is { } verdict)
        {
            _verdict.TrySetResult(verdict);
        }
    }

    public JobId Id { get; }

    public ExecutionKey Execution { get; }

    public Guid ExecutionUid { get; }

    public string Function { get; }

    public DateTimeOffset RecordedAt { get; }

    /// <summary>How long it is remembered after its end.</summary>
    public TimeSpan Ttl { get; }

    /// <summary>Whether its end is on record.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>When it was last seen to be under way, or began to be remembered.</summary>
    public long AcceptedAt { get; private set; }

    /// <summary>Whether its end was taken by the listener.</summary>
    public bool IsReported { get; private set; }

    /// <summary>Whether a try of it has begun.</summary>
    public bool HasBegun { get; }

    /// <summary>Done when somebody or something ends it early.</summary>
    public Task Stopped => _verdict.Task;

    public JobResult ReadResult() => _folder.ReadResult();

    public void NoteReported()
    {
        _folder.WriteReported();
        IsReported = true;
    }

    public void Delete() => _folder.Delete();

    /// <summary>Has it ended early. Of several reasons the first counts.</summary>
    public void Stop(JobOutcome outcome, string reason)
    {
        lock (_gate)
        {
            if (!HasEnded && !_verdict.Task.IsCompleted)
            {
                var verdict = new JobVerdict(outcome, reason);
                _folder.WriteVerdict(verdict);
                _verdict.TrySetResult(verdict);
            }
        }
    }

    /// <summary>Runs it to its end, from wherever it is.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        JobRequest request = _request!;
        DateTimeOffset? started = _folder.ReadStarted();
        int number = Math.Max(1, _folder.LastTry);
        if (started is null && Stopped.IsCompleted)
        {
            JobVerdict verdict = await _verdict.Task.ConfigureAwait(false);
            End(new JobResult { Outcome = verdict.Outcome, Message = verdict.Reason, FinishedAt = _time.GetUtcNow() });
            return;
        }

        if (started is null)
        {
            started = _time.GetUtcNow();
            _folder.WriteStarted(started.Value);
        }

        using var watch = new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(watch.Token, cancellationToken);
        Task deadline = WatchDeadlineAsync(request.Spec.ActiveDeadline, started.Value, either.Token);
        try
        {
            await RunTriesAsync(request, started.Value, number, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await watch.CancelAsync().ConfigureAwait(false);
            await deadline.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunTriesAsync(JobRequest request, DateTimeOffset started, int number, CancellationToken cancellationToken)
    {
        while (true)
        {
            var attempt = new JobTry(_folder.Try(number), request, _options, _time);
            TryEnd? end = null;
            try
            {
                end = await RunTryAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is Win32Exception or DirectoryNotFoundException)
            {
                End(Result(JobOutcome.Rejected, $"its process cannot be begun: {e.Message}"));
                return;
            }

            if (end.ExitCode == 0)
            {
                End(Result(JobOutcome.Succeeded, message: null));
                return;
            }

            if (!_verdict.Task.IsCompleted && end.ExitCode is not null && number <= request.Spec.BackoffLimit)
            {
                await WaitForNextTryAsync(number, cancellationToken).ConfigureAwait(false);
            }

            if (_verdict.Task.IsCompleted)
            {
                JobVerdict verdict = await _verdict.Task.ConfigureAwait(false);
                End(Result(verdict.Outcome, verdict.Reason));
                return;
            }

            if (end.ExitCode is null)
            {
                End(Result(JobOutcome.Lost, end.Message));
                return;
            }

            if (number > request.Spec.BackoffLimit)
            {
                End(Result(
                    JobOutcome.Failed,
                    $"'{request.Spec.Command.Concat(request.Spec.Args).First()}' ended with {end.ExitCode}{(number > 1 ? $" in the last of {number} tries" : "")}"));
                return;
            }

            number++;

            JobResult Result(JobOutcome outcome, string? message)
            {
                // The clock of the machine may have been set back.
                DateTimeOffset finished = attempt.EndedAt ?? _time.GetUtcNow();
                finished = finished < started ? started : finished;
                return new JobResult
                {
                    Outcome = outcome, Message = message, Containers = [new ContainerResult("main", end?.ExitCode)], LogLines = attempt.ReadLog(),
                    Tries = number, StartedAt = started, FinishedAt = finished,
                    Timings = new JobTimings { Queue = JobTimings.Between(RecordedAt, started), Run = JobTimings.Between(started, finished) },
                };
            }
        }
    }

    private async Task<TryEnd> RunTryAsync(JobTry attempt, CancellationToken cancellationToken)
    {
        Task<TryEnd> end = attempt.RunAsync(cancellationToken);
        await Task.WhenAny(end, Stopped).ConfigureAwait(false);
        for (int signal = Posix.Terminate; !end.IsCompleted; signal = Posix.Kill)
        {
            // Again and again: it may have been just about to begin.
            TimeSpan patience = signal == Posix.Terminate ? _options.StopGrace : _options.PollInterval;
            long since = _time.GetTimestamp();
            do
            {
                attempt.Signal(signal);
                await Task.WhenAny(end, Task.Delay(Earlier(_options.PollInterval, patience), _time, cancellationToken)).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
            }
            while (!end.IsCompleted && _time.GetElapsedTime(since) < patience);
        }

        return await end.ConfigureAwait(false);
    }

    private async Task WaitForNextTryAsync(int failed, CancellationToken cancellationToken)
    {
        TimeSpan wait = RetryPolicy.Exponential(int.MaxValue, _options.RetryBackoff, max: MaxBackoff, jitter: 0).WaitAfter(failed, 0);
        await Task.WhenAny(Stopped, Task.Delay(wait, _time, cancellationToken)).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task WatchDeadlineAsync(TimeSpan? deadline, DateTimeOffset started, CancellationToken cancellationToken)
    {
        if (deadline is not { } limit)
        {
            return;
        }

        // In pieces: a timer does not reach further than some weeks.
        while (started + limit - _time.GetUtcNow() is var left && left > TimeSpan.Zero)
        {
            await Task.Delay(Earlier(left, TimeSpan.FromDays(1)), _time, cancellationToken).ConfigureAwait(false);
        }

        Stop(JobOutcome.DeadlineExceeded, $"it ran longer than {Duration.Format(limit)}");
    }

    private void End(JobResult result)
    {
        lock (_gate)
        {
            _folder.WriteResult(result);
            AcceptedAt = _time.GetTimestamp();
            HasEnded = true;
            _request = null;
        }
    }

    private static TimeSpan Earlier(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
