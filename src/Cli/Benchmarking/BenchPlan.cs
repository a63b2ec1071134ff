using Kontinue.Resources;

namespace Kontinue.Cli.Benchmarking;

/// <summary>What to measure.</summary>
/// <param name="Wanted">What is executed, again and again.</param>
/// <param name="PerSecond">How many are started each second, whether or not the ones before have ended.</param>
/// <param name="MaxConcurrency">How many may be under way at once; starts beyond that are late.</param>
/// <param name="Duration">How long new ones are started.</param>
internal sealed record BenchPlan(Execution Wanted, double PerSecond, int MaxConcurrency, TimeSpan Duration)
{
    /// <summary>How many starts there are in the duration.</summary>
    public long Starts => (long)Math.Ceiling(Duration.TotalSeconds * PerSecond);

    /// <summary>When a start is due, counted from the beginning.</summary>
    public TimeSpan DueOf(long start) => TimeSpan.FromSeconds(start / PerSecond);
}
