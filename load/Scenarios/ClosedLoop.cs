using System.Diagnostics;
using Kontinue.Cli.Benchmarking;
using Kontinue.Client;
using Kontinue.Load.Measurement;
using Kontinue.Resources;

namespace Kontinue.Load.Scenarios;

/// <summary>A number of callers, each of which starts an execution, waits for its result and starts the next.</summary>
internal static class ClosedLoop
{
    public static async Task<ScenarioResult> RunAsync(ScenarioContext context, string function, CancellationToken cancellationToken)
    {
        var errors = new ErrorCount();
        var phases = new Phases();
        Caller[] callers = [.. Enumerable.Range(0, context.Options.Concurrency).Select(_ => new Caller(context.Client, function, phases, errors))];
        Task[] running = [.. callers.Select(caller => Task.Run(() => caller.RunAsync(cancellationToken), CancellationToken.None))];

        await DelayAsync(context.Options.Warmup, cancellationToken);
        ProcessMeter meter = context.StartMeter();
        phases.Measuring = true;
        long start = Stopwatch.GetTimestamp();
        await DelayAsync(context.Options.Duration, cancellationToken);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        phases.Measuring = false;
        var usage = Usage.Of(meter);
        phases.Done = true;
        await Task.WhenAll(running);

        var latencies = new LatencyHistogram();
        foreach (Caller caller in callers)
        {
            latencies.Add(caller.Latencies);
        }

        return new ScenarioResult
        {
            Latencies = latencies,
            Executions = callers.Sum(caller => caller.Completed),
            Elapsed = elapsed,
            Errors = errors,
            Usage = usage,
        };
    }

    private static async Task DelayAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(time, TimeProvider.System, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Interrupted: the figures so far are the figures.
        }
    }

    private sealed class Phases
    {
        public volatile bool Measuring;
        public volatile bool Done;
    }

    private sealed class Caller(IKontinueClient client, string function, Phases phases, ErrorCount errors)
    {
        public LatencyHistogram Latencies { get; } = new();

        public long Completed { get; private set; }

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            while (!phases.Done && !cancellationToken.IsCancellationRequested)
            {
                bool startedMeasured = phases.Measuring;
                long start = Stopwatch.GetTimestamp();
                bool succeeded = await OnceAsync(cancellationToken);

                // Throughput counts what ended while it was measured; latency only what also began then.
                if (succeeded && phases.Measuring)
                {
                    Completed++;
                    if (startedMeasured)
                    {
                        Latencies.Record(Stopwatch.GetElapsedTime(start));
                    }
                }
            }
        }

        private async Task<bool> OnceAsync(CancellationToken cancellationToken)
        {
            try
            {
                Execution ended = await client.CreateAsync(ScenarioContext.Describe(function), KontinueClientExtensions.MaxWait, cancellationToken);
                if (ended.Status?.Phase == ExecutionPhase.Completed)
                {
                    return true;
                }

                errors.Add($"{ended.Key} is {ended.Status?.Phase}: {ended.Status?.Error?.Message}");
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // Interrupted.
            }
            catch (Exception failure)
            {
                errors.Add(failure.Message);
            }

            return false;
        }
    }
}
