using Kontinue.Load.Measurement;
using Kontinue.Load.Scenarios;
using Kontinue.Load.Stores;
using Kontinue.Load.Targets;

namespace Kontinue.Load;

/// <summary>One run: the store, the machine's own rate on it, a target, a scenario.</summary>
internal static class LoadRun
{
    private static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(1.5);

    public static async Task<Report> RunAsync(LoadOptions options, CancellationToken cancellationToken)
    {
        await using StoreSession session = await StoreSession.OpenAsync(options, cancellationToken);
        await using MachineProbe? probe = await session.OpenProbeAsync();
        MachineRates? machine = probe is null ? null : await MeasureAsync(probe, cancellationToken);

        var wakes = new WakeLog();
        if (options.Scenario == "list")
        {
            // Over HTTP it would take longer than the measurement.
            await using EmbeddedTarget filler = await EmbeddedTarget.OpenAsync(session, wakes, cancellationToken);
            await ListScenario.FillAsync(filler.Client, options, cancellationToken);
        }

        await using Target target = await Target.OpenAsync(options, session, wakes, cancellationToken);
        var context = new ScenarioContext(options, target.Client, probe, wakes, session.ServerProcessId, target.ProcessId);
        ScenarioResult result = await RunAsync(context, cancellationToken);
        return Report.From(options, result, machine, cancellationToken.IsCancellationRequested);
    }

    private static async Task<MachineRates> MeasureAsync(MachineProbe probe, CancellationToken cancellationToken)
    {
        double single = await MachineProbe.RateAsync(probe.CommitSingleAsync, ProbeTime, cancellationToken);
        double batches = await MachineProbe.RateAsync(probe.CommitBatchAsync, ProbeTime, cancellationToken);
        return new MachineRates(single, batches * MachineProbe.BatchRows);
    }

    private static Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken) => context.Options.Scenario switch
    {
        "noop" => ClosedLoop.RunAsync(context, LoadFunctions.Noop, cancellationToken),
        "steps3" => ClosedLoop.RunAsync(context, LoadFunctions.Steps3, cancellationToken),
        "children5" => ClosedLoop.RunAsync(context, LoadFunctions.Children5, cancellationToken),
        "sleep" => SleepScenario.RunAsync(context, cancellationToken),
        "long" => LongScenario.RunAsync(context, cancellationToken),
        "list" => ListScenario.RunAsync(context, cancellationToken),
        "watch" => WatchScenario.RunAsync(context, cancellationToken),
        "suspended" => SuspendedScenario.RunAsync(context, cancellationToken),
        string other => throw new ArgumentException($"There is no scenario '{other}'."),
    };
}
