using System.Text.Json.Nodes;
using Kontinue.Cli.Output;

namespace Kontinue.Cli.Benchmarking;

/// <summary>What a measurement found. Latencies are in milliseconds, counted from when an execution should have started.</summary>
internal sealed record BenchReport
{
    public required string Function { get; init; }

    public bool Interrupted { get; init; }

    public TimeSpan Elapsed { get; init; }

    public double PerSecond { get; init; }

    public long Started { get; init; }

    public long Completed { get; init; }

    public long Failed { get; init; }

    /// <summary>Those whose end was not seen.</summary>
    public long Unfinished { get; init; }

    public IReadOnlyList<BenchErrors> Errors { get; init; } = [];

    public double P50 { get; init; }

    public double P90 { get; init; }

    public double P95 { get; init; }

    public double P99 { get; init; }

    public double Max { get; init; }

    /// <summary>Those that had to wait because as many as allowed were under way.</summary>
    public long LateStarts { get; init; }

    public TimeSpan LatestStart { get; init; }

    /// <summary>Those that were due and still waited when the time was over.</summary>
    public long NeverStarted { get; init; }

    public double Throughput => Elapsed > TimeSpan.Zero ? Completed / Elapsed.TotalSeconds : 0;

    /// <summary>One line while it runs.</summary>
    public string Line() =>
        $"{Elapsed.TotalSeconds:0}s: started {Started}, completed {Completed} ({Throughput:0.#}/s), failed {Failed}, under way {Unfinished}, p50 {Time(P50)}, p99 {Time(P99)}";

    public void Write(CliConsole console)
    {
        TextWriter to = console.Out;
        to.WriteLine($"{Function}: {Elapsed.TotalSeconds:0.#}s{(Interrupted ? ", interrupted" : "")}");
        to.WriteLine($"Started:     {Started}");
        to.WriteLine($"Completed:   {Completed}");
        to.WriteLine($"Failed:      {Failed}");
        foreach (BenchErrors error in Errors)
        {
            to.WriteLine($"  {error.Count} {error.Reason}: {ExecutionDetails.Cut(error.Example.ReplaceLineEndings(" "), 200)}");
        }

        to.WriteLine($"Unfinished:  {Unfinished}");
        to.WriteLine($"Throughput:  {Throughput:0.##}/s of {PerSecond:0.##}/s wanted");
        to.WriteLine($"Latency:     p50 {Time(P50)}  p90 {Time(P90)}  p95 {Time(P95)}  p99 {Time(P99)}  max {Time(Max)}, from the intended start");
        to.WriteLine($"Queue:       {LateStarts} late starts, the latest by {Time(LatestStart.TotalMilliseconds)}; {NeverStarted} never started");
    }

    public void WriteJson(CliConsole console)
    {
        var json = new JsonObject
        {
            ["function"] = Function, ["interrupted"] = Interrupted, ["elapsedSeconds"] = Elapsed.TotalSeconds, ["qps"] = PerSecond,
            ["started"] = Started, ["completed"] = Completed, ["failed"] = Failed, ["unfinished"] = Unfinished,
            ["errors"] = new JsonArray([.. Errors.Select(e => (JsonNode)new JsonObject { ["reason"] = e.Reason, ["count"] = e.Count, ["example"] = e.Example })]),
            ["throughput"] = Throughput,
            ["latencyMs"] = new JsonObject { ["p50"] = P50, ["p90"] = P90, ["p95"] = P95, ["p99"] = P99, ["max"] = Max },
            ["queue"] = new JsonObject { ["lateStarts"] = LateStarts, ["latestStartMs"] = LatestStart.TotalMilliseconds, ["neverStarted"] = NeverStarted },
        };
        JsonOutput.Write(console.Out, JsonPayload.Parse(json.ToJsonString()), indented: true);
    }

    private static string Time(double milliseconds) => milliseconds < 1000 ? $"{milliseconds:0.##}ms" : $"{milliseconds / 1000:0.##}s";
}
