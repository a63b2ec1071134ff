using System.Diagnostics;
using Kontinue.Cli.Benchmarking;
using Kontinue.Engine.Hosting;
using Kontinue.Load.Driving;
using Kontinue.Load.Measurement;

namespace Kontinue.Load.Scenarios;

/// <summary>Many executions that sleep until the same moment: how late does each wake?</summary>
internal sealed class SleepScenario : Scenario
{

    private const string Function = "sleeper";

    /// <summary>How long after the due time the last one may wake before the run is given up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public override string Name => "sleep";

    public override string Description => "--count executions that sleep until the same moment: how late does each wake?";

    public override string Counted => "executions";

    public override int DefaultCount => 2000;

    public override bool NeedsEmbedded => true;

    public override void AddTo(KontinueBuilder builder, WakeLog wakes) => builder.AddFunction(Function, async (KontinueContext ktx, Arguments args) =>
    {
        TimeSpan rest = args.Due - ktx.UtcNow;
        await ktx.Sleep(rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
        wakes.Record(args.Index, args.Due);
    });

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        int count = context.CountOr(DefaultCount);
        var errors = new ErrorCount();
        await WarmUpAsync(context, errors, cancellationToken);

        context.Wakes.Reset(count);
        ResourceMeter meter = await context.StartMeterAsync();

        // Time enough to create them all, so that the due time is common.
        DateTimeOffset due = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(5 + (count / 1000.0));
        long start = Stopwatch.GetTimestamp();
        await context.CreateAllAsync(
            count, i => Executions.Describe(Function, JsonPayload.From(new Arguments(i, due))), errors, cancellationToken);
        if (TimeProvider.System.GetUtcNow() >= due)
        {
            errors.Add("The executions were not all created before their due time.");
        }

        await WaitForAllAsync(context, count, due + Patience, cancellationToken);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        int awake = context.Wakes.Awake;
        if (awake < count && !cancellationToken.IsCancellationRequested)
        {
            errors.Add($"{count - awake} of {count} did not wake within {Patience.TotalSeconds:F0} s of their due time.");
        }

        var late = new LatencyHistogram();
        foreach (TimeSpan one in context.Wakes.Late)
        {
            late.Record(one);
        }

        return new ScenarioResult
        {
            Latencies = late,
            Executions = awake,
            Elapsed = elapsed,
            Errors = errors,
            Usage = await meter.StopAsync(),
            Extra =
            {
                ["lateP99Ms"] = late.PercentileMs(99),
                ["lateMaxMs"] = late.Max.TotalMilliseconds,
                ["earlyCount"] = context.Wakes.Late.Count(one => one < TimeSpan.Zero),
            },
        };
    }

    private static async Task WarmUpAsync(ScenarioContext context, ErrorCount errors, CancellationToken cancellationToken)
    {
        const int count = 500;
        context.Wakes.Reset(count);
        DateTimeOffset due = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(2);
        await context.CreateAllAsync(
            count, i => Executions.Describe(Function, JsonPayload.From(new Arguments(i, due))), errors, cancellationToken);
        await WaitForAllAsync(context, count, due + Patience, cancellationToken);
    }

    private static async Task WaitForAllAsync(ScenarioContext context, int count, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        while (context.Wakes.Awake < count && TimeProvider.System.GetUtcNow() < deadline && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
    }

    private sealed record Arguments(int Index, DateTimeOffset Due);
}
