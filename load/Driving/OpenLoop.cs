using Kontinue.Client;

namespace Kontinue.Load.Driving;

/// <summary>
/// Starts executions at a steady rate, whether or not those before have ended, and measures each from when it should have started: an engine that
/// stalls is seen by all the executions that come meanwhile. What is under way is bounded; starts that find no room are late.
/// </summary>
internal sealed class OpenLoop(IReadOnlyList<IKontinueClient> clients, LoopPlan plan, RunIteration run, TimeProvider time) : LoadLoop(clients, plan, run, time)
{
    /// <summary>How long the last ones may take after the end of the time measured.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SemaphoreSlim _room = new(plan.MaxUnderWay);
    private readonly CancellationTokenSource _over = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly double _rate = plan.Rate!.Value;

    // Guards what follows, so that each number is within what is measured or is not, once and for all: what is counted as due is recorded, too.
    private readonly Lock _window = new();
    private long _next;
    private long _passed;
    private long _first = long.MaxValue;
    private long _end = long.MaxValue;

    private TimeSpan _until;
    private long _late;
    private TimeSpan _latest;

    // Not guarded by it.
    private long _began;
    private volatile bool _measuring;
    private long _unfinished;

    protected override async Task StartAsync(CancellationToken stop)
    {
        _began = Time.GetTimestamp();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop, _giveUp.Token);
        using var starting = CancellationTokenSource.CreateLinkedTokenSource(stop, _over.Token);
        try
        {
            for (long number = 0; ; number++)
            {
                TimeSpan early = DueOf(number) - Elapsed();
                if (early > TimeSpan.Zero)
                {
                    await Task.Delay(early, Time, starting.Token);
                }

                await _room.WaitAsync(starting.Token);
                if (starting.IsCancellationRequested || !TryStart(number))
                {
                    _room.Release();
                    break;
                }

                _ = OneAsync(number, ending.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The time is over, or somebody stops it.
        }

        for (int i = 0; i < Plan.MaxUnderWay; i++)
        {
            // All the room is free when all have ended; those who are told to stop do.
            await _room.WaitAsync(CancellationToken.None);
        }
    }

    protected override void BeginMeasuring()
    {
        lock (_window)
        {
            // A timer may be a little early, and so what is due only now may be over.
            _first = Math.Max(_passed, CountBefore(Elapsed()));
        }

        _measuring = true;
    }

    /// <summary>Nothing is started any more when it returns.</summary>
    protected override void EndMeasuring()
    {
        _measuring = false;
        lock (_window)
        {
            _until = Elapsed();
            _end = Math.Max(_next, CountBefore(_until));
        }

        _over.Cancel();
    }

    protected override async Task<OpenLoopCounts?> FinishAsync(Task callers, CancellationToken stop)
    {
        using (Time.CreateTimer(_ => _giveUp.Cancel(), state: null, Patience, Timeout.InfiniteTimeSpan))
        {
            await callers;
        }

        long waiting = Math.Max(0, _end - Math.Max(_next, _first));
        for (long number = _end - waiting; number < _end; number++)
        {
            Recorder.Completed(number, _until - DueOf(number), counts: false);
        }

        _over.Dispose();
        _giveUp.Dispose();
        _room.Dispose();
        return new OpenLoopCounts(Math.Max(0, _end - _first), _late, _latest.TotalMilliseconds, waiting, _unfinished);
    }

    /// <summary>Takes the next number, unless the time is over.</summary>
    private bool TryStart(long number)
    {
        lock (_window)
        {
            if (_end < long.MaxValue)
            {
                return false;
            }

            _next = number + 1;
            if (number >= _first)
            {
                TimeSpan late = Elapsed() - DueOf(number);
                _late += late.TotalMilliseconds > OpenLoopCounts.LateMs ? 1 : 0;
                _latest = late > _latest ? late : _latest;
            }

            return true;
        }
    }

    private async Task OneAsync(long number, CancellationToken stop)
    {
        // What a client does before it first waits would make the next start late.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        bool succeeded = await OnceAsync(number, stop);
        TimeSpan latency = Elapsed() - DueOf(number);
        if (succeeded)
        {
            Recorder.Completed(number, IsMeasured(number) ? latency : null, counts: _measuring);
        }
        else if (stop.IsCancellationRequested && _giveUp.IsCancellationRequested)
        {
            Interlocked.Increment(ref _unfinished);
        }

        _room.Release();
    }

    /// <summary>Whether the latency of one that has ended is measured; those that had ended before it began are not.</summary>
    private bool IsMeasured(long number)
    {
        lock (_window)
        {
            _passed = _first == long.MaxValue ? Math.Max(_passed, number + 1) : _passed;
            return number >= _first;
        }
    }

    /// <summary>How many starts are due before a moment.</summary>
    private long CountBefore(TimeSpan moment) => (long)Math.Ceiling(moment.TotalSeconds * _rate);

    private TimeSpan DueOf(long number) => TimeSpan.FromSeconds(number / _rate);

    private TimeSpan Elapsed() => Time.GetElapsedTime(_began);
}
