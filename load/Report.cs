using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kontinue.Cli.Benchmarking;
using Kontinue.Load.Measurement;

namespace Kontinue.Load;

/// <summary>What was measured. The last line printed is this as one JSON object.</summary>
internal sealed record Report
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new RoundedNumber() },
    };

    public required string Scenario { get; init; }

    public required string Target { get; init; }

    public required string Store { get; init; }

    public required int Concurrency { get; init; }

    public required double Seconds { get; init; }

    public required long Executions { get; init; }

    public required double ThroughputPerSecond { get; init; }

    public required double P50Ms { get; init; }

    public required double P95Ms { get; init; }

    public required double P99Ms { get; init; }

    public required double MaxMs { get; init; }

    public required long Errors { get; init; }

    /// <summary>The first failure, for whoever reads the figures.</summary>
    public string? FirstError { get; init; }

    public required bool Interrupted { get; init; }

    public required double PeakMemoryMiB { get; init; }

    /// <summary>Null for the store in memory, which commits nothing.</summary>
    public required double? MachineSingleCommitsPerSecond { get; init; }

    public required double? MachineBatchRowsPerSecond { get; init; }

    /// <summary>Executions per second for each row that the machine writes per second in batches of 100.</summary>
    public double? MachineBatchRatio => ThroughputPerSecond / MachineBatchRowsPerSecond;

    public required double CpuSeconds { get; init; }

    public required double? ServerCpuSeconds { get; init; }

    /// <summary>Of the process that runs executions, when it is another one.</summary>
    public double? TargetCpuSeconds { get; init; }

    public required double GcPauseMs { get; init; }

    public required double AllocatedBytesPerExecution { get; init; }

    /// <summary>What only this scenario has to say.</summary>
    [JsonExtensionData]
    public Dictionary<string, object?> Extra { get; init; } = [];

    public static Report From(LoadOptions options, ScenarioResult result, MachineRates? machine, bool interrupted)
    {
        LatencyHistogram latencies = result.Latencies;
        return new Report
        {
            Scenario = options.Scenario,
            Target = options.Target,
            Store = options.Store,
            Concurrency = options.Concurrency,
            Seconds = result.Elapsed.TotalSeconds,
            Executions = result.Executions,
            ThroughputPerSecond = result.Executions / Math.Max(result.Elapsed.TotalSeconds, 1e-9),
            P50Ms = latencies.PercentileMs(50),
            P95Ms = latencies.PercentileMs(95),
            P99Ms = latencies.PercentileMs(99),
            MaxMs = latencies.Max.TotalMilliseconds,
            Errors = result.Errors.Count,
            FirstError = result.Errors.First,
            Interrupted = interrupted,
            PeakMemoryMiB = ProcessMeter.PeakMemoryMiB,
            MachineSingleCommitsPerSecond = machine?.SingleCommitsPerSecond,
            MachineBatchRowsPerSecond = machine?.BatchRowsPerSecond,
            CpuSeconds = result.Usage.CpuSeconds,
            ServerCpuSeconds = result.Usage.ServerCpuSeconds,
            TargetCpuSeconds = result.Usage.TargetCpuSeconds,
            GcPauseMs = result.Usage.GcPauseMs,
            AllocatedBytesPerExecution = result.Usage.AllocatedBytes / (double)Math.Max(1, result.Executions),
            Extra = result.Extra,
        };
    }

    public void Write(TextWriter output, bool jsonOnly)
    {
        if (!jsonOnly)
        {
            output.WriteLine(Line($"{Scenario} on {Store}, {Concurrency} callers, {Seconds:F1} s{(Interrupted ? ", interrupted" : "")}"));
            output.WriteLine(Line($"  {Executions:N0} executions, {ThroughputPerSecond:N0}/s, {Errors:N0} errors{(FirstError is null ? "" : ": " + FirstError)}"));
            output.WriteLine(Line($"  start to result: p50 {P50Ms:F2} ms, p95 {P95Ms:F2} ms, p99 {P99Ms:F2} ms, max {MaxMs:F2} ms"));
            if (MachineSingleCommitsPerSecond is not null)
            {
                output.WriteLine(Line($"  this machine alone: {MachineSingleCommitsPerSecond:N0} commits/s one by one, {MachineBatchRowsPerSecond:N0} rows/s in hundreds"));
            }

            string server = ServerCpuSeconds is { } seconds ? Line($", {seconds:F1} s in the database") : "";
            server += TargetCpuSeconds is { } target ? Line($", {target:F1} s in the API server") : "";
            output.WriteLine(Line($"  CPU {CpuSeconds:F1} s here{server}, {GcPauseMs:F0} ms of GC pauses, {AllocatedBytesPerExecution:N0} bytes allocated per execution, peak {PeakMemoryMiB:F0} MiB"));
            foreach ((string name, object? value) in Extra)
            {
                output.WriteLine(Line($"  {name}: {value}"));
            }
        }

        output.WriteLine(JsonSerializer.Serialize(this, Json));
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Three decimals are more than any of these figures is good for.</summary>
    private sealed class RoundedNumber : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(double.IsFinite(value) ? Math.Round(value, 3) : 0);
    }
}

/// <summary>What a scenario measured.</summary>
internal sealed record ScenarioResult
{
    public required LatencyHistogram Latencies { get; init; }

    public required long Executions { get; init; }

    public required TimeSpan Elapsed { get; init; }

    public required ErrorCount Errors { get; init; }

    public required Usage Usage { get; init; }

    public Dictionary<string, object?> Extra { get; init; } = [];
}

/// <summary>What the measured part used, read at its end.</summary>
internal sealed record Usage(double CpuSeconds, double? ServerCpuSeconds, double? TargetCpuSeconds, double GcPauseMs, long AllocatedBytes)
{
    public static Usage Of(ProcessMeter meter) => new(meter.CpuSeconds, meter.ServerCpuSeconds, meter.TargetCpuSeconds, meter.GcPauseMs, meter.AllocatedBytes);
}

/// <summary>The machine's own rates.</summary>
internal sealed record MachineRates(double SingleCommitsPerSecond, double BatchRowsPerSecond);

/// <summary>How many failures there were, and the first of them.</summary>
internal sealed class ErrorCount
{
    private long _count;
    private string? _first;

    public long Count => Interlocked.Read(ref _count);

    public string? First => _first;

    public void Add(string what)
    {
        Interlocked.Increment(ref _count);
        Interlocked.CompareExchange(ref _first, what, null);
    }
}
