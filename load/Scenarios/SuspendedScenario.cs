using System.Diagnostics;
using Kontinue.Cli.Benchmarking;
using Kontinue.Client;
using Kontinue.Engine.Hosting;
using Kontinue.Load.Driving;
using Kontinue.Load.Measurement;
using Kontinue.Resources;

namespace Kontinue.Load.Scenarios;

/// <summary>Very many executions that wait for somebody: they cost rows, not memory.</summary>
internal sealed class SuspendedScenario : Scenario
{
    private const string Function = "suspended";
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public override string Name => "suspended";

    public override string Description => "--count executions that wait for somebody: what do they cost in memory?";

    public override string Counted => "executions";

    public override int DefaultCount => 100_000;

    public override bool NeedsEmbedded => true;

    public override bool LooksIntoSilos => true;

    public override void AddTo(KontinueBuilder builder, WakeLog wakes) => builder.AddFunction(Function, (KontinueContext ktx) => ktx.Suspend("gate"));

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        int count = context.CountOr(DefaultCount);
        var errors = new ErrorCount();
        (double WorkingSetMiB, double HeapMiB) before = ProcessReading.MemoryAfterCollection();
        ResourceMeter meter = await context.StartMeterAsync();
        long start = Stopwatch.GetTimestamp();
        await context.CreateAllAsync(count, _ => Executions.Describe(Function), errors, cancellationToken);
        int suspended = await WaitForAllAsync(context.Client, count, cancellationToken);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        Usage usage = await meter.StopAsync();
        if (suspended < count)
        {
            errors.Add($"{suspended} of {count} are suspended after {Patience.TotalMinutes:F0} minutes.");
        }

        (double WorkingSetMiB, double HeapMiB) after = await SettleAsync(cancellationToken);
        var result = new ScenarioResult
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
        await AddSilosAsync(context, result.Extra, cancellationToken);
        return result;
    }

    /// <summary>What each silo of its own process needs for those that wait, and what all do while nobody asks for anything.</summary>
    private static async Task AddSilosAsync(ScenarioContext context, Dictionary<string, object?> extra, CancellationToken cancellationToken)
    {
        IReadOnlyList<ProcessReading> silos = await context.Target.ReadSilosAsync(afterCollection: true);
        if (silos.Count == 0)
        {
            return;
        }

        extra["silosWorkingSetMiB"] = silos.Select(silo => silo.MemoryMiB).ToArray();
        extra["silosManagedHeapMiB"] = silos.Select(silo => silo.HeapMiB).ToArray();
        ResourceMeter meter = await context.StartMeterAsync();
        await Task.Delay(IdleTime, TimeProvider.System, cancellationToken);
        Usage idle = await meter.StopAsync();
        extra["idleSeconds"] = IdleTime.TotalSeconds;
        extra["silosIdleCpuSeconds"] = idle.Silos.Select(silo => silo.CpuSeconds).ToArray();
        extra["databaseIdleCpuSeconds"] = idle.Database?.CpuSeconds;
        extra["databaseIdleTransactions"] = idle.Database?.Transactions;
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
                        Function = Function, Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Suspended },
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
        (double WorkingSetMiB, double HeapMiB) last = ProcessReading.MemoryAfterCollection();
        for (int round = 0, still = 0; round < 30 && still < 8; round++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
            (double WorkingSetMiB, double HeapMiB) now = ProcessReading.MemoryAfterCollection();
            still = now.HeapMiB < last.HeapMiB - 0.5 ? 0 : still + 1;
            last = now;
        }

        return last;
    }
}
