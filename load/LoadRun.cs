using System.Globalization;
using Kontinue.Load.Driving;
using Kontinue.Load.Measurement;
using Kontinue.Load.Reporting;
using Kontinue.Load.Scenarios;
using Kontinue.Load.Stores;
using Kontinue.Load.Targets;

namespace Kontinue.Load;

/// <summary>One run: the store, the machine's own rate on it, a target, a scenario.</summary>
internal static class LoadRun
{
    private static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(1.5);

    /// <param name="options">What to measure.</param>
    /// <param name="progress">Where a line is written for each interval; null: nowhere.</param>
    /// <param name="cancellationToken">Ends the run; what was measured until then is reported.</param>
    public static async Task<Report> RunAsync(LoadOptions options, TextWriter? progress, CancellationToken cancellationToken)
    {
        DateTimeOffset startedAt = TimeProvider.System.GetUtcNow();
        Scenario scenario = ScenarioRegistry.Get(options.Scenario);
        await using StoreSession session = await StoreSession.OpenAsync(options, cancellationToken);
        await using MachineProbe? probe = await session.OpenProbeAsync();
        MachineRates? machine = probe is null ? null : await MeasureAsync(probe, cancellationToken);
        await FillAsync(options, scenario, session, progress, cancellationToken);

        var wakes = new WakeLog();
        await using Target target = await Target.OpenAsync(options, session, wakes, cancellationToken);
        var context = new ScenarioContext(options, target, session, probe, wakes, (interval, seconds) => Tell(progress, interval, seconds));
        ScenarioResult result = await scenario.RunAsync(context, cancellationToken);
        return Report.From(options, result, machine, startedAt, cancellationToken.IsCancellationRequested);
    }

    private static async Task FillAsync(LoadOptions options, Scenario scenario, StoreSession session, TextWriter? progress, CancellationToken cancellationToken)
    {
        if (scenario.Fills)
        {
            int count = options.Count == LoadOptions.UseDefaultCount ? scenario.DefaultCount : options.Count;
            await Prefill.RunAsync(session, ListScenario.Stored, count, cancellationToken);
        }

        if (options.Prefill > 0)
        {
            long start = TimeProvider.System.GetTimestamp();
            await Prefill.RunAsync(session, Prefill.Usual, options.Prefill, cancellationToken);
            progress?.WriteLine(Line($"stored {options.Prefill:N0} finished executions in {TimeProvider.System.GetElapsedTime(start).TotalSeconds:F1} s"));
        }
    }

    private static async Task<MachineRates> MeasureAsync(MachineProbe probe, CancellationToken cancellationToken)
    {
        double single = await MachineProbe.RateAsync(probe.CommitSingleAsync, ProbeTime, cancellationToken);
        double batches = await MachineProbe.RateAsync(probe.CommitBatchAsync, ProbeTime, cancellationToken);
        return new MachineRates(single, batches * MachineProbe.BatchRows);
    }

    private static void Tell(TextWriter? progress, Interval interval, double seconds) => progress?.WriteLine(Line(
        $"{seconds,7:F1} s  {interval.Completed / Math.Max(interval.Seconds, 1e-9),10:N0}/s  p50 {interval.Latencies.PercentileMs(50),9:F2} ms  p99 {interval.Latencies.PercentileMs(99),9:F2} ms{(interval.Errors > 0 ? Line($"  {interval.Errors:N0} errors") : "")}"));

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
