using System.Globalization;
using Kontinue.Load.Measurement;

namespace Kontinue.Load.Reporting;

/// <summary>A report for people.</summary>
internal static class ReportText
{
    public static void Write(Report report, TextWriter output)
    {
        RunSettings settings = report.Settings;
        output.WriteLine(Line($"{settings.Scenario} on {settings.Store}, {Where(settings)}, {How(settings)}, {report.Seconds:F1} s{(report.Interrupted ? ", interrupted" : "")}"));
        Row(output, "executions", Line($"{report.Executions:N0}, {report.ThroughputPerSecond:N1}/s, {report.Errors:N0} errors{(report.FirstError is null ? "" : ": " + report.FirstError)}"));
        WriteOpenLoop(report.OpenLoop, output);
        WriteLatencies(report, output);
        if (report.MachineCommits is { } machine)
        {
            Row(output, "machine alone", Line($"{machine.SingleCommitsPerSecond:N0} commits/s one by one, {machine.BatchRowsPerSecond:N0} rows/s in hundreds"));
        }

        WriteResources(report.Resources, output);
        WriteDatabase(report.Database, output);
        foreach ((string name, object? value) in report.Extra)
        {
            Row(output, name, value is double[] several ? string.Join(", ", several.Select(one => Line($"{one:0.###}"))) : Line($"{value:0.###}"));
        }
    }

    private static void WriteOpenLoop(OpenLoopReport? open, TextWriter output)
    {
        if (open is not null)
        {
            Row(output, "rate", Line($"{open.RatePerSecond:N1}/s wanted: {(open.KeptUp ? "kept" : "NOT KEPT")}; {open.LateStarts:N0} of {open.Due:N0} starts late, the latest by {open.LatestStartMs:N0} ms; {open.NeverStarted:N0} never started, {open.Unfinished:N0} unfinished"));
        }
    }

    private static void WriteLatencies(Report report, TextWriter output)
    {
        if (report.Latency.Count == 0)
        {
            return;
        }

        output.WriteLine(Line($"  {"latency in ms",-18}{"p50",10}{"p90",10}{"p95",10}{"p99",10}{"p99.9",10}{"max",10}{"mean",10}"));
        WriteLatency(report.OpenLoop is null ? "from the call" : "intended start", report.Latency, output);
        if (report.CorrectedLatency is { } corrected)
        {
            WriteLatency("corrected", corrected, output);
        }
    }

    private static void WriteLatency(string name, Latencies of, TextWriter output) => output.WriteLine(Line(
        $"  {name,-18}{of.P50Ms,10:N2}{of.P90Ms,10:N2}{of.P95Ms,10:N2}{of.P99Ms,10:N2}{of.P999Ms,10:N2}{of.MaxMs,10:N2}{of.MeanMs,10:N2}"));

    private static void WriteResources(Resources resources, TextWriter output)
    {
        WriteProcess("this process", resources.Console, output);
        for (int i = 0; i < resources.Silos.Count; i++)
        {
            WriteProcess(Line($"silo {i + 1}"), resources.Silos[i], output);
        }

        if (resources.EngineAllocatedBytesPerExecution is { } bytes)
        {
            Row(output, "engine", Line($"{bytes:N0} bytes allocated and {resources.EngineCpuMicrosecondsPerExecution:N0} µs of CPU per execution{(resources.Silos.Count == 0 ? ", its callers included" : "")}"));
        }
    }

    private static void WriteProcess(string name, ProcessReading process, TextWriter output) => Row(output, name, Line(
        $"CPU {process.CpuSeconds:F1} s, memory {process.MemoryMiB:F0} MiB (peak {process.PeakMemoryMiB:F0}, heap {process.HeapMiB:F0}), GC {string.Join('/', process.Collections)} with {process.GcPauseMs:F0} ms of pauses"));

    private static void WriteDatabase(StoreReport? database, TextWriter output)
    {
        if (database is null)
        {
            return;
        }

        StoreReading counts = database.Counts;
        if (counts.Transactions is not null)
        {
            Row(output, "database", Line($"{database.TransactionsPerExecution:F2} transactions and {database.WrittenBytesPerExecution:N0} bytes of log per execution; cache hits {counts.CacheHitRatio:P1}"));
            Row(output, "rows", Line($"{counts.RowsInserted:N0} inserted, {counts.RowsUpdated:N0} updated ({counts.RowsUpdatedInPage:N0} in their page), {counts.RowsDeleted:N0} deleted; {counts.DeadRows:N0} dead"));
            Row(output, "size", Line($"tables {Mebibytes(counts.TableBytes):N1} MiB, indexes {Mebibytes(counts.IndexBytes):N1} MiB"));
        }
        else
        {
            string written = database.WrittenBytesPerExecution is { } bytes ? Line($"{bytes:N0} bytes written per execution; ") : "";
            Row(output, "database", Line($"{written}file {Mebibytes(counts.FileBytes):N1} MiB, its log {Mebibytes(counts.LogFileBytes):N1} MiB"));
        }

        if (counts.CpuSeconds is { } seconds)
        {
            Row(output, "database server", Line($"CPU {seconds:F1} s ({database.CpuMicrosecondsPerExecution:N0} µs per execution), memory {counts.MemoryMiB:N0} MiB"));
        }
    }

    private static string Where(RunSettings settings) => settings.Silos is { } silos
        ? Line($"{silos} silos {settings.Callers switch { null => $"of target {settings.Target}", "http" => "with callers over HTTP", _ => "with callers in them" }}")
        : settings.Target == "http" ? "over HTTP" : "in process";

    private static string How(RunSettings settings) => settings.RatePerSecond is { } rate
        ? Line($"{rate:0.###} starts/s")
        : Line($"{settings.Concurrency:N0} callers");

    private static double Mebibytes(long? bytes) => (bytes ?? 0) / 1024.0 / 1024.0;

    private static void Row(TextWriter output, string name, string value) => output.WriteLine($"  {name,-18}{value}");

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
