using System.Diagnostics;
using Kontinue.Cli.Benchmarking;
using Kontinue.Client;
using Kontinue.Load.Measurement;
using Kontinue.Resources;

namespace Kontinue.Load.Scenarios;

/// <summary>Very many executions that wait for somebody: they cost rows, not memory.</summary>
internal static class SuspendedScenario
{
    private const int DefaultCount = 100_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        int count = context.CountOr(DefaultCount);
        var errors = new ErrorCount();
        (double WorkingSetMiB, double HeapMiB) before = ProcessMeter.MemoryAfterCollection();
        ProcessMeter meter = context.StartMeter();
        long start = Stopwatch.GetTimestamp();
        await context.CreateAllAsync(count, _ => ScenarioContext.Describe(LoadFunctions.Suspended), errors, cancellationToken);
        int suspended = await WaitForAllAsync(context.Client, count, cancellationToken);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        var usage = Usage.Of(meter);
        if (suspended < count)
        {
            errors.Add($"{suspended} of {count} are suspended after {Patience.TotalMinutes:F0} minutes.");
        }

        (double WorkingSetMiB, double HeapMiB) after = await SettleAsync(cancellationToken);
        return new ScenarioResult
        {
            Latencies = new LatencyHistogram(),
            Executions = suspended,
            Elapsed = elapsed,
            Errors = errors,
            Usage = usage,
            Extra =
            {
                ["workingSetBeforeMiB"] = before.WorkingSetMiB,
                ["workingSetAfterMiB"] = after.WorkingSetMiB,
                ["managedHeapBeforeMiB"] = before.HeapMiB,
                ["managedHeapAfterMiB"] = after.HeapMiB,
            },
        };
    }

    private static async Task<int> WaitForAllAsync(IKontinueClient client, int count, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        int suspended = await CountAsync(client, cancellationToken);
        while (suspended < count && Stopwatch.GetElapsedTime(start) < Patience)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
            suspended = await CountAsync(client, cancellationToken);
        }

        return suspended;
    }

    private static async Task<int> CountAsync(IKontinueClient client, CancellationToken cancellationToken)
    {
        int count = 0;
        string? next = null;
        do
        {
            ExecutionList page = await client.ListAsync(
                new ListQuery
                {
                    Continue = next,
                    Selector = new ExecutionSelector
                    {
                        Function = LoadFunctions.Suspended, Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Suspended },
                    },
                }, cancellationToken);
            count += page.Items.Count;
            next = page.Metadata.Continue;
        }
        while (next is not null);
        return count;
    }

    /// <summary>Waits until those that stay in memory for a while have left it: until the heap does not shrink any more.</summary>
    private static async Task<(double WorkingSetMiB, double HeapMiB)> SettleAsync(CancellationToken cancellationToken)
    {
        (double WorkingSetMiB, double HeapMiB) last = ProcessMeter.MemoryAfterCollection();
        for (int round = 0, still = 0; round < 30 && still < 8; round++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
            (double WorkingSetMiB, double HeapMiB) now = ProcessMeter.MemoryAfterCollection();
            still = now.HeapMiB < last.HeapMiB - 0.5 ? 0 : still + 1;
            last = now;
        }

        return last;
    }
}
