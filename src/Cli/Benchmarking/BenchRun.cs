using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Cli.Benchmarking;

/// <summary>
/// Starts executions at a steady rate, whether or not the ones before have ended, and measures each from when it should have started:
/// a server that stalls is seen by all the executions that came in the meantime, not by one.
/// </summary>
internal sealed class BenchRun(CliConsole console, IKontinueClient client, BenchPlan plan)
{
    /// <summary>How long the last ones may take after the last start.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(1);

    private readonly BenchCounts _counts = new();
    private long _began;

    /// <summary>Runs until the duration is over and all have ended, or somebody stops it.</summary>
    public async Task<BenchReport> RunAsync(CancellationToken stop)
    {
        _began = console.Time.GetTimestamp();
        using var finished = new CancellationTokenSource();
        Task progress = console.InteractiveError ? ShowProgressAsync(finished.Token) : Task.CompletedTask;
        await StartAllAsync(stop);
        TimeSpan elapsed = Elapsed();
        await finished.CancelAsync();
        await progress;
        return _counts.Report(plan, elapsed, stop.IsCancellationRequested);
    }

    private async Task StartAllAsync(CancellationToken stop)
    {
        using var slots = new SemaphoreSlim(plan.MaxConcurrency);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            bool late = false;
            for (long i = 0; i < plan.Starts; i++)
            {
                TimeSpan due = plan.DueOf(i);
                TimeSpan early = due - Elapsed();
                if (early > TimeSpan.Zero)
                {
                    await Task.Delay(early, console.Time, stop);
                }

                // One that waits for a slot makes those after it late, too.
                late &= early < TimeSpan.Zero;
                if (!await slots.WaitAsync(TimeSpan.Zero, stop))
                {
                    late = true;
                    if (!await WaitForSlotAsync(slots, stop))
                    {
                        break;
                    }
                }

                if (stop.IsCancellationRequested)
                {
                    // The slot came free because what had it was told to stop.
                    slots.Release();
                    break;
                }

                _counts.Started(late, Elapsed() - due);

                _ = OneAsync(due, slots, ending.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What is under way is given up below.
        }

        using ITimer patience = console.Time.CreateTimer(_ => ending.Cancel(), state: null, Patience, Timeout.InfiniteTimeSpan);
        for (int i = 0; i < plan.MaxConcurrency; i++)
        {
            // All slots are free when all have ended; those who are told to stop do.
            await slots.WaitAsync(CancellationToken.None);
        }
    }

    /// <returns>Whether there is a slot before the duration is over.</returns>
    private async Task<bool> WaitForSlotAsync(SemaphoreSlim slots, CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        TimeSpan left = plan.Duration - Elapsed();
        using ITimer end = console.Time.CreateTimer(_ => over.Cancel(), state: null, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        try
        {
            await slots.WaitAsync(over.Token);
            return true;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task OneAsync(TimeSpan due, SemaphoreSlim slots, CancellationToken stop)
    {
        try
        {
            Execution execution = await client.CreateAsync(plan.Wanted, KontinueClientExtensions.MaxWait, stop);
            while (execution.Status?.Phase.IsTerminal() is not true)
            {
                execution = await client.WaitAsync(execution.Key, KontinueClientExtensions.MaxWait, stop);
            }

            Count(execution, Elapsed() - due);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Its end was not seen; it is counted as unfinished.
        }
        catch (Exception e)
        {
            string type = e.GetType().Name;
            _counts.Failed(type.EndsWith(nameof(Exception), StringComparison.Ordinal) ? type[..^nameof(Exception).Length] : type, e.Message);
        }
        finally
        {
            slots.Release();
        }
    }

    private void Count(Execution execution, TimeSpan latency)
    {
        ExecutionStatus status = execution.Status!;
        if (status.Phase == ExecutionPhase.Completed)
        {
            _counts.Completed(latency);
        }
        else
        {
            _counts.Failed(status.Error is { } error ? error.Kind.ToString() : status.Phase.ToString(), status.Error?.Message ?? $"{execution.Key} is {status.Phase}.");
        }
    }

    private async Task ShowProgressAsync(CancellationToken finished)
    {
        using var timer = new PeriodicTimer(ProgressEvery, console.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(finished))
            {
                // Over the line before; the rest of that is cleared.
                await console.Error.WriteAsync($"\r{_counts.Report(plan, Elapsed(), interrupted: true).Line()}\e[K");
            }
        }
        catch (OperationCanceledException)
        {
            await console.Error.WriteAsync("\r\e[K");
        }
    }

    private TimeSpan Elapsed() => console.Time.GetElapsedTime(_began);
}
