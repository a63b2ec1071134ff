using System.Diagnostics;
using System.Diagnostics.Metrics;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Runtime;

namespace Kontinue.Engine.Telemetry;

/// <summary>
/// What the engine tells whoever listens to the activities and meters of this process, such as OpenTelemetry: <c>AddSource</c> and <c>AddMeter</c> take
/// <see cref="Name"/>. While nobody listens it costs next to nothing. What there is stands in <c>docs/telemetry.md</c>.
/// </summary>
public static class EngineTelemetry
{
    /// <summary>The name of the activity source, and of the meter.</summary>
    public const string Name = "Kontinue.Engine";

    // Seconds. The steps are those that OpenTelemetry gives for the duration of requests, with what executions need above and commits below.
    private static readonly double[] Durations = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600, 21600, 86400];
    private static readonly double[] CommitDurations = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly int[] CommitSizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048];

    private static readonly Meter Meter = new(Name);

    internal static ActivitySource Activities { get; } = new(Name);

    private static readonly Histogram<double> ExecutionDuration = Meter.CreateHistogram(
        "kontinue.execution.duration", "s", "From the first start of an execution to its end, over all attempts and waits.", tags: null, Buckets(Durations));

    private static readonly Histogram<double> StepDuration = Meter.CreateHistogram(
        "kontinue.step.duration", "s", "How long an attempt of a step took.", tags: null, Buckets(Durations));

    private static readonly Histogram<double> CommitDuration = Meter.CreateHistogram(
        "kontinue.commit.duration", "s", "How long the store took for a group of changes.", tags: null, Buckets(CommitDurations));

    private static readonly Histogram<int> CommitSize = Meter.CreateHistogram(
        "kontinue.commit.size", "{change}", "How many changes were committed together.", tags: null, Buckets(CommitSizes));

    /// <summary>An execution has ended in this process. One that had not begun has taken no time, and does not count.</summary>
    internal static void Ended(StoredExecution execution)
    {
        if (ExecutionDuration.Enabled && execution is { Row.FinishedAt: { } finished, Status.StartedAt: { } started })
        {
            ExecutionDuration.Record(
                (finished - started).TotalSeconds, new("kontinue.function", execution.Row.Function), new("kontinue.phase", execution.Row.Phase.ToString()));
        }
    }

    internal static void StepEnded(string function, StepOutcome outcome, TimeSpan duration)
    {
        if (StepDuration.Enabled)
        {
            string name = outcome.IsCanceled ? "canceled" : outcome.Error is null ? "completed" : "failed";
            StepDuration.Record(duration.TotalSeconds, new("kontinue.function", function), new("kontinue.outcome", name));
        }
    }

    /// <param name="changes">How many were committed together.</param>
    /// <param name="duration">How long the store took.</param>
    internal static void Committed(int changes, TimeSpan duration)
    {
        CommitDuration.Record(duration.TotalSeconds);
        CommitSize.Record(changes);
    }

    private static InstrumentAdvice<T> Buckets<T>(T[] bounds)
        where T : struct => new() { HistogramBucketBoundaries = bounds };
}
