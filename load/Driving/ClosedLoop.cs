using Kontinue.Client;

namespace Kontinue.Load.Driving;

/// <summary>A number of callers, each of which starts an execution, waits for its result and starts the next.</summary>
internal sealed class ClosedLoop(IReadOnlyList<IKontinueClient> clients, LoopPlan plan, RunIteration run, TimeProvider time) : LoadLoop(clients, plan, run, time)
{
    private volatile bool _measuring;
    private volatile bool _done;

    protected override Task StartAsync(CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, Plan.Concurrency).Select(caller => Task.Run(() => CallAsync(caller, stop), CancellationToken.None)));

    protected override void BeginMeasuring() => _measuring = true;

    protected override void EndMeasuring() => _measuring = false;

    protected override async Task<OpenLoopCounts?> FinishAsync(Task callers, CancellationToken stop)
    {
        _done = true;
        await callers;
        return null;
    }

    private async Task CallAsync(int caller, CancellationToken stop)
    {
        while (!_done && !stop.IsCancellationRequested)
        {
            bool startedMeasured = _measuring;
            long start = Time.GetTimestamp();
            bool succeeded = await OnceAsync(caller, stop);

            // Throughput counts what ended while it was measured; latency what began then, also when it ended later: a stall at the end is one, too.
            if (succeeded && (startedMeasured || _measuring))
            {
                Recorder.Completed(caller, startedMeasured ? Time.GetElapsedTime(start) : null, counts: _measuring);
            }
        }
    }
}
