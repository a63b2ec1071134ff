using Kontinue.Cli.Benchmarking;
using Kontinue.Load.Driving;
using Kontinue.Load.Measurement;
using Kontinue.Load.Reporting;
using Kontinue.Load.Scenarios;

namespace Kontinue.Load.Tests;

/// <summary>What tests work with.</summary>
internal static class Given
{
    public static LoadOptions Options(string scenario, string store = "memory", string target = "embedded") => new()
    {
        Target = target, Store = store, Scenario = scenario, Concurrency = 4, Duration = TimeSpan.FromMilliseconds(300), Warmup = TimeSpan.FromMilliseconds(50),
        Interval = TimeSpan.FromMilliseconds(100), Count = 0,
    };

    /// <summary>A report of three intervals of a second.</summary>
    public static Report Report(LoadOptions? options = null, int perSecond = 1000, int milliseconds = 5)
    {
        var latencies = new LatencyHistogram();
        for (int i = 0; i < perSecond; i++)
        {
            latencies.Record(TimeSpan.FromMilliseconds(milliseconds));
        }

        Interval[] series = [.. Enumerable.Range(0, 3).Select(i => new Interval(i, 1, perSecond, 0, latencies))];
        options ??= Options("noop");
        var result = new ScenarioResult
        {
            Latencies = latencies,
            Executions = 3 * perSecond,
            Elapsed = TimeSpan.FromSeconds(3),
            Errors = new ErrorCount(),
            Usage = new Usage(ProcessReading.Now(), [], new StoreReading { Transactions = 300, WrittenBytes = 600_000 }, HasEngineHere: true),
            Series = series,
            Open = options.Rate is null ? null : new OpenLoopCounts(3 * perSecond, 0, 2, 0, 0),
        };
        return Reporting.Report.From(options, result, new MachineRates(4000, 100_000), new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero), interrupted: false);
    }
}

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("kontinue-load-tests-").FullName;

    public string File(string name, string? content = null)
    {
        string file = System.IO.Path.Combine(Path, name);
        if (content is not null)
        {
            System.IO.File.WriteAllText(file, content);
        }

        return file;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
