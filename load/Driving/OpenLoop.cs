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
    private long _began;

    // Counted from the first start.
    private long _from = long.MaxValue;
    private long _until = long.MaxValue;

    private long _late;
    private long _latest;
    private long _next;
    private long _unfinished;

    protected override async Task StartAsync(CancellationToken stop)
    {
        _began = Time.GetTimestamp();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop, _giveUp.Token);
        using var starting = CancellationTokenSource.CreateLinkedTokenSource(stop, _over.Token);
        try
        {
            for (_next = 0; ; _next++)
            {
                TimeSpan early = DueOf(_next) - Elapsed();
                if (early > TimeSpan.Zero)
                {
                    await Task.Delay(early, Time, starting.Token);
                }

                await _room.WaitAsync(starting.Token);
                if (starting.IsCancellationRequested)
                {
                    _room.Release();
                    break;
                }

                _ = OneAsync(_next, ending.Token);
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

    protected override void BeginMeasuring() => Volatile.Write(ref _from, Elapsed().Ticks);

    /// <summary>Nothing is started any more when it returns.</summary>
    protected override void EndMeasuring()
    {
        Volatile.Write(ref _until, Elapsed().Ticks);
        _over.Cancel();
    }

    protected override async Task<OpenLoopCounts?> FinishAsync(Task callers, CancellationToken stop)
    {
        using (Time.CreateTimer(_ => _giveUp.Cancel(), state: null, Patience, Timeout.InfiniteTimeSpan))
        {
            await callers;
        }

        long first = CountBefore(_from);
        long end = CountBefore(_until);
        long waiting = Math.Max(0, end - Math.Max(_next, first));
        for (long number = end - waiting; number < end; number++)
        {
            Recorder.Completed(number, new TimeSpan(_until) - DueOf(number), counts: false);
        }

        _over.Dispose();
        _giveUp.Dispose();
        _room.Dispose();
        return new OpenLoopCounts(Math.Max(0, end - first), _late, new TimeSpan(_latest).TotalMilliseconds, waiting, _unfinished);
    }

    private async Task OneAsync(long number, CancellationToken stop)
    {
        TimeSpan due = DueOf(number);
        long from = Volatile.Read(ref _from);
        CountLate(due, Elapsed() - due, from);

        // What a client does before it first waits would make the next start late.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        bool succeeded = await OnceAsync(number, stop);
        TimeSpan now = Elapsed();
        if (succeeded)
        {
            bool isMeasured = due.Ticks >= Volatile.Read(ref _from) && due.Ticks < Volatile.Read(ref _until);
            bool counts = now.Ticks >= Volatile.Read(ref _from) && now.Ticks < Volatile.Read(ref _until);
            Recorder.Completed(number, isMeasured ? now - due : null, counts);
        }
        else if (stop.IsCancellationRequested && _giveUp.IsCancellationRequested)
        {
            Interlocked.Increment(ref _unfinished);
        }

        _room.Release();
    }

    /// <summary>Only the loop that starts them calls it, one after the other.</summary>
    private void CountLate(TimeSpan due, TimeSpan late, long from)
    {
        if (due.Ticks >= from)
        {
            _late += late.TotalMilliseconds > OpenLoopCounts.LateMs ? 1 : 0;
            _latest = Math.Max(_latest, late.Ticks);
        }
    }

    /// <summary>How many starts are due before a moment.</summary>
    private long CountBefore(long ticks) => ticks == long.MaxValue ? 0 : (long)Math.Ceiling(new TimeSpan(ticks).TotalSeconds * _rate);

    private TimeSpan DueOf(long number) => TimeSpan.FromSeconds(number / _rate);

    private TimeSpan Elapsed() => Time.GetElapsedTime(_began);
}
