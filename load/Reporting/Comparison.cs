using System.Globalization;

namespace Kontinue.Load.Reporting;

/// <summary>Two reports beside each other.</summary>
internal sealed class Comparison
{
    private Comparison(IReadOnlyList<ComparedFigure> figures, IReadOnlyList<string> differences)
    {
        Figures = figures;
        Differences = differences;
    }

    public IReadOnlyList<ComparedFigure> Figures { get; }

    /// <summary>In what the runs differ beside their figures; for people.</summary>
    public IReadOnlyList<string> Differences { get; }

    /// <summary>Whether throughput or p99 is worse by more than the threshold.</summary>
    public bool IsWorse => Figures.Any(figure => figure.IsWorse);

    /// <param name="before">The report that the other one is measured by.</param>
    /// <param name="after">The other one.</param>
    /// <param name="threshold">The share by which a figure may be worse: 0.05 is 5 %.</param>
    /// <exception cref="ReportUnreadableException">They measure different things.</exception>
    public static Comparison Of(Report before, Report after, double threshold)
    {
        string[] obstacles =
        [
            .. Different("scenario", before.Settings.Scenario, after.Settings.Scenario),
            .. Different("count", before.Settings.Count, after.Settings.Count),
            .. Different("payload", before.Settings.PayloadBytes, after.Settings.PayloadBytes),
            .. Different("mix", before.Settings.Mix, after.Settings.Mix),
            .. Different("loop", before.OpenLoop is null ? "closed" : "open", after.OpenLoop is null ? "closed" : "open"),
        ];
        if (obstacles.Length > 0)
        {
            throw new ReportUnreadableException($"The reports cannot be compared, for they measure different things: {string.Join("; ", obstacles)}.");
        }

        return new Comparison([.. FiguresOf(before, after, threshold)], [.. DifferencesOf(before, after)]);
    }

    public void Write(TextWriter output)
    {
        output.WriteLine(Line($"{"",-28}{"A",14}{"B",14}{"B / A",10}"));
        foreach (ComparedFigure figure in Figures)
        {
            string ratio = figure.Ratio is { } value ? Line($"{value:F3}") : "-";
            output.WriteLine(Line($"{figure.Name,-28}{figure.Before,14:N2}{figure.After,14:N2}{ratio,10}{(figure.IsWorse ? "  worse" : "")}"));
        }

        foreach (string difference in Differences)
        {
            output.WriteLine($"differs: {difference}");
        }
    }

    private static IEnumerable<ComparedFigure> FiguresOf(Report before, Report after, double threshold)
    {
        yield return ComparedFigure.Rate("throughput per s", before.ThroughputPerSecond, after.ThroughputPerSecond, threshold);
        yield return ComparedFigure.Cost("p50 ms", before.Latency.P50Ms, after.Latency.P50Ms);
        yield return ComparedFigure.Cost("p95 ms", before.Latency.P95Ms, after.Latency.P95Ms);
        yield return ComparedFigure.Cost("p99 ms", before.Latency.P99Ms, after.Latency.P99Ms, threshold);
        yield return ComparedFigure.Cost("p99.9 ms", before.Latency.P999Ms, after.Latency.P999Ms);
        yield return ComparedFigure.Cost("max ms", before.Latency.MaxMs, after.Latency.MaxMs);
        if (before.CorrectedLatency is { } one && after.CorrectedLatency is { } other)
        {
            yield return ComparedFigure.Cost("p99 ms, corrected", one.P99Ms, other.P99Ms);
        }

        yield return ComparedFigure.Cost("engine bytes allocated", before.Resources.EngineAllocatedBytesPerExecution, after.Resources.EngineAllocatedBytesPerExecution);
        yield return ComparedFigure.Cost("engine CPU µs", before.Resources.EngineCpuMicrosecondsPerExecution, after.Resources.EngineCpuMicrosecondsPerExecution);
        if (before.Database is { } database && after.Database is { } otherDatabase)
        {
            yield return ComparedFigure.Cost("transactions", database.TransactionsPerExecution, otherDatabase.TransactionsPerExecution);
            yield return ComparedFigure.Cost("bytes written", database.WrittenBytesPerExecution, otherDatabase.WrittenBytesPerExecution);
            yield return ComparedFigure.Cost("database CPU µs", database.CpuMicrosecondsPerExecution, otherDatabase.CpuMicrosecondsPerExecution);
        }

        yield return ComparedFigure.Rate("machine commits per s", before.MachineCommits?.SingleCommitsPerSecond, after.MachineCommits?.SingleCommitsPerSecond);
        yield return ComparedFigure.Rate("machine rows per s", before.MachineCommits?.BatchRowsPerSecond, after.MachineCommits?.BatchRowsPerSecond);
    }

    private static IEnumerable<string> DifferencesOf(Report before, Report after) =>
    [
        .. Different("target", before.Settings.Target, after.Settings.Target),
        .. Different("store", before.Settings.Store, after.Settings.Store),
        .. Different("silos", before.Settings.Silos, after.Settings.Silos),
        .. Different("callers", before.Settings.Callers, after.Settings.Callers),
        .. Different("concurrency", before.Settings.Concurrency, after.Settings.Concurrency),
        .. Different("rate", before.Settings.RatePerSecond, after.Settings.RatePerSecond),
        .. Different("prefill", before.Settings.Prefill, after.Settings.Prefill),
        .. Different("duration in s", before.Settings.DurationSeconds, after.Settings.DurationSeconds),
        .. Different("CPU", before.Machine.Cpu, after.Machine.Cpu),
        .. Different("CPUs", before.Machine.Cpus, after.Machine.Cpus),
        .. Different("runtime", before.Machine.Runtime, after.Machine.Runtime),
        .. Different("commit", before.Machine.Commit, after.Machine.Commit),
        .. Different("errors", before.Errors, after.Errors),
        .. Different("interrupted", before.Interrupted, after.Interrupted),
    ];

    private static string[] Different<T>(string name, T before, T after) =>
        EqualityComparer<T>.Default.Equals(before, after) ? [] : [Line($"{name} {Show(before)} in A, {Show(after)} in B")];

    private static string Show<T>(T value) => value is null ? "none" : Line($"{value}");

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A figure of two reports. Null is what one of them does not know.</summary>
internal sealed record ComparedFigure(string Name, double? Before, double? After, bool IsWorse)
{
    /// <summary>Null when there is nothing to divide by.</summary>
    public double? Ratio => Before is > 0 && After is not null ? After / Before : null;

    /// <summary>A figure of which more is better. Without a threshold it is only shown.</summary>
    public static ComparedFigure Rate(string name, double? before, double? after, double? threshold = null) =>
        new(name, before, after, threshold is { } share && after < before * (1 - share));

    /// <summary>A figure of which less is better. Without a threshold it is only shown.</summary>
    public static ComparedFigure Cost(string name, double? before, double? after, double? threshold = null) =>
        new(name, before, after, threshold is { } share && after > before * (1 + share));
}
