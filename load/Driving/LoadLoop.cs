using Kontinue.Cli.Benchmarking;
using Kontinue.Client;

namespace Kontinue.Load.Driving;

/// <summary>Whom to tell what while a loop runs.</summary>
internal interface ILoopObserver
{
    /// <summary>Measuring begins. It goes on when this returns.</summary>
    Task BeganAsync();

    /// <summary>An interval is over.</summary>
    void Passed(Interval interval);

    /// <summary>Measuring has ended; calls may still be under way.</summary>
    Task EndedAsync();
}

/// <summary>What both kinds of loop share: warm-up, the time measured, intervals, and the end.</summary>
/// <param name="clients">Callers are spread over them.</param>
/// <param name="plan">What they do.</param>
/// <param name="run">One turn.</param>
/// <param name="time">The clock.</param>
internal abstract class LoadLoop(IReadOnlyList<IKontinueClient> clients, LoopPlan plan, RunIteration run, TimeProvider time)
{
    private readonly LatencyHistogram _latencies = new();
    private long _number;
    private long _completed;

    /// <summary>Where failures of the whole run, its warm-up included, are counted.</summary>
    protected ErrorCount Errors { get; } = new();

    protected LatencyRecorder Recorder { get; } = new();

    protected LoopPlan Plan => plan;

    protected TimeProvider Time => time;

    public static LoadLoop Create(IReadOnlyList<IKontinueClient> clients, LoopPlan plan, RunIteration run, TimeProvider time) =>
        plan.Rate is null ? new ClosedLoop(clients, plan, run, time) : new OpenLoop(clients, plan, run, time);

    /// <summary>Runs until the duration is over, or somebody stops it; what was measured until then is the result.</summary>
    public async Task<LoopResult> RunAsync(ILoopObserver observer, CancellationToken stop)
    {
        Task callers = StartAsync(stop);
        await DelayAsync(plan.Warmup, stop);
        await observer.BeganAsync();
        Recorder.Take(0, 0);
        long start = time.GetTimestamp();
        BeginMeasuring();
        await MeasureAsync(observer, start, stop);
        EndMeasuring();
        TimeSpan elapsed = time.GetElapsedTime(start);
        await observer.EndedAsync();
        OpenLoopCounts? open = await FinishAsync(callers, stop);

        // Those that began while it was measured and ended later.
        _latencies.Add(Recorder.Take(0, 0).Latencies);
        return new LoopResult { Completed = _completed, Latencies = _latencies, Elapsed = elapsed, Errors = Errors, Open = open };
    }

    /// <summary>Begins to call; the task ends when all callers have.</summary>
    protected abstract Task StartAsync(CancellationToken stop);

    protected abstract void BeginMeasuring();

    protected abstract void EndMeasuring();

    /// <summary>Waits until the callers have ended.</summary>
    protected abstract Task<OpenLoopCounts?> FinishAsync(Task callers, CancellationToken stop);

    /// <returns>Whether it succeeded.</returns>
    protected async Task<bool> OnceAsync(long caller, CancellationToken stop)
    {
        try
        {
            await run(new Iteration(clients[(int)(caller % clients.Count)], plan, Interlocked.Increment(ref _number) - 1), stop);
            return true;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Interrupted.
        }
        catch (Exception failure)
        {
            Recorder.Failed(caller);
            Errors.Add(failure.Message);
        }

        return false;
    }

    protected async Task DelayAsync(TimeSpan delay, CancellationToken stop)
    {
        try
        {
            await Task.Delay(delay > TimeSpan.Zero ? delay : TimeSpan.Zero, time, stop);
        }
        catch (OperationCanceledException)
        {
            // Interrupted: the figures so far are the figures.
        }
    }

    private async Task MeasureAsync(ILoopObserver observer, long start, CancellationToken stop)
    {
        TimeSpan before = TimeSpan.Zero;

        // On a busy machine a timer may be later than the next one is due; its interval is longer then, and others are left out.
        for (int index = 0; before < plan.Duration && !stop.IsCancellationRequested; index = Math.Max(index + 1, (int)(before / plan.Interval)))
        {
            TimeSpan until = (index + 1) * plan.Interval;
            until = until < plan.Duration ? until : plan.Duration;
            await DelayAsync(until - time.GetElapsedTime(start), stop);
            TimeSpan now = time.GetElapsedTime(start);
            Interval interval = Recorder.Take(index, (now - before).TotalSeconds);
            _latencies.Add(interval.Latencies);
            _completed += interval.Completed;
            observer.Passed(interval);

            // A timer may fire a little early; the interval is over all the same.
            before = until > now ? until : now;
        }
    }
}
