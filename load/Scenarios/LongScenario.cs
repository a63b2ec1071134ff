using System.Diagnostics;
using Kontinue.Cli.Benchmarking;
using Kontinue.Client;
using Kontinue.Engine.Hosting;
using Kontinue.Load.Driving;
using Kontinue.Load.Measurement;
using Kontinue.Resources;

namespace Kontinue.Load.Scenarios;

/// <summary>
/// One execution with many sequential steps, beside the same number of single commits by the machine alone. Both take turns, so that a
/// disk that changes its mind disturbs both alike.
/// </summary>
internal sealed class LongScenario : Scenario
{
    private const string Function = "long";
    private const int Rounds = 5;

    public override string Name => "long";

    public override string Description => "one execution with --count steps in sequence, beside as many single commits";

    public override string Counted => "steps";

    public override int DefaultCount => 1000;

    public override void AddTo(KontinueBuilder builder, WakeLog wakes) => builder.AddFunction(Function, (Func<KontinueContext, Arguments, Task<int>>)StepAsync);

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        int steps = context.CountOr(DefaultCount);
        var errors = new ErrorCount();
        var latencies = new LatencyHistogram();
        var executions = new List<double>();
        var commits = new List<double>();

        await ExecuteAsync(context, steps, errors, cancellationToken);
        ResourceMeter meter = await context.StartMeterAsync(withDatabase: context.Probe is null);
        TimeSpan elapsed = TimeSpan.Zero;
        for (int round = 0; round < Rounds && !cancellationToken.IsCancellationRequested; round++)
        {
            TimeSpan alone = await CommitAsync(context.Probe, steps);
            TimeSpan took = await ExecuteAsync(context, steps, errors, cancellationToken);
            elapsed += took;
            latencies.Record(took);
            executions.Add(took.TotalMilliseconds);
            commits.Add(alone.TotalMilliseconds);
        }

        double machineMs = Median(commits);
        return new ScenarioResult
        {
            Latencies = latencies,
            Executions = latencies.Count,
            Elapsed = elapsed,
            Errors = errors,
            Usage = await meter.StopAsync(),
            Extra =
            {
                ["steps"] = steps,
                ["durationMs"] = Median(executions),
                ["machineCommitsMs"] = context.Probe is null ? null : machineMs,
                ["ratioToMachineCommits"] = context.Probe is null ? null : Median(executions) / machineMs,
            },
        };
    }

    private static async Task<int> StepAsync(KontinueContext ktx, Arguments args)
    {
        int sum = 0;
        for (int i = 0; i < args.Steps; i++)
        {
            sum += await ktx.Step("step", () => 1);
        }

        return sum;
    }

    private static async Task<TimeSpan> ExecuteAsync(ScenarioContext context, int steps, ErrorCount errors, CancellationToken cancellationToken)
    {
        Execution execution = Executions.Describe(Function, JsonPayload.From(new Arguments(steps)));
        long start = Stopwatch.GetTimestamp();
        Execution ended = await context.Client.CreateAsync(execution, KontinueClientExtensions.MaxWait, cancellationToken);
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        if (ended.Status?.Phase != ExecutionPhase.Completed || ended.GetResult<int>() != steps)
        {
            errors.Add($"{ended.Key} is {ended.Status?.Phase} with {ended.Status?.Result}: {ended.Status?.Error?.Message}");
        }

        return took;
    }

    private static async Task<TimeSpan> CommitAsync(MachineProbe? probe, int count)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count && probe is not null; i++)
        {
            await probe.CommitSingleAsync();
        }

        return Stopwatch.GetElapsedTime(start);
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values.Count == 0 ? 0 : values[values.Count / 2];
    }

    private sealed record Arguments(int Steps);
}
