using System.Collections.Concurrent;

namespace Kontinue.Chaos.Work;

/// <summary>Starts executions at an even pace, so many at once.</summary>
internal sealed class WorkLoad(WorkDriver driver, ChaosOptions options)
{
    private readonly SemaphoreSlim _places = new(options.Concurrency);
    private readonly ConcurrentDictionary<int, Task> _running = new();

    /// <summary>What was started, acknowledged or not.</summary>
    public ConcurrentQueue<WorkItem> Items { get; } = new();

    /// <summary>What went wrong for callers.</summary>
    public ConcurrentQueue<string> Refusals { get; } = new();

    /// <summary>Starts executions until <paramref name="stopping"/>, then waits for those under way.</summary>
    public async Task RunAsync(CancellationToken stopping, CancellationToken cancellationToken)
    {
        var random = new Random(options.Seed);
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1d / options.Rate), TimeProvider.System);
        try
        {
            for (int index = 0; await pace.WaitForNextTickAsync(stopping); index++)
            {
                await _places.WaitAsync(stopping);
                WorkItem item = WorkItem.Make(index, random);
                Items.Enqueue(item);
                _running[index] = Task.Run(() => RunAsync(index, item, cancellationToken), CancellationToken.None);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }

        await Task.WhenAll(_running.Values);
    }

    private async Task RunAsync(int index, WorkItem item, CancellationToken cancellationToken)
    {
        try
        {
            await driver.RunAsync(item, cancellationToken);
        }
        catch (WorkRefusedException refused)
        {
            Refusals.Enqueue(refused.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // What it did is in the database; whether it ended is looked up there.
        }
        finally
        {
            _running.TryRemove(index, out _);
            _places.Release();
        }
    }
}
