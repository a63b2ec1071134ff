using System.Text.Json;
using Kontinue.Cli.Benchmarking;
using Kontinue.Load.Driving;
using Kontinue.Load.Measurement;

namespace Kontinue.Load.Silos;

/// <summary>
/// What the console and a silo that it has started tell each other: one JSON object a line, over the silo's standard input and output. The end of the
/// input tells the silo to stop.
/// </summary>
internal sealed record SiloMessage
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public required SiloMessageKind Kind { get; init; }

    /// <summary>Where the silo listens.</summary>
    public Uri? Address { get; init; }

    public LoopPlan? Plan { get; init; }

    public ProcessReading? Reading { get; init; }

    public SentInterval? Interval { get; init; }

    public SentResult? Result { get; init; }

    /// <summary>Why a loop could not be run.</summary>
    public string? Problem { get; init; }

    public string Write() => JsonSerializer.Serialize(this, Json);

    /// <exception cref="FormatException">The line is no message.</exception>
    public static SiloMessage Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<SiloMessage>(line, Json) ?? throw new FormatException("A silo's message is null.");
        }
        catch (JsonException e)
        {
            throw new FormatException($"'{line}' is no message of a silo: {e.Message}", e);
        }
    }
}

internal enum SiloMessageKind
{
    /// <summary>From a silo: it listens.</summary>
    Ready = 1,

    /// <summary>To a silo: what has it used? It answers with the same kind.</summary>
    Reading = 2,

    /// <summary>To a silo: run a loop of callers.</summary>
    Run = 3,

    /// <summary>To a silo: end the loop now.</summary>
    Stop = 4,

    /// <summary>From a silo: measuring begins.</summary>
    Began = 5,

    /// <summary>From a silo: an interval is over.</summary>
    Interval = 6,

    /// <summary>From a silo: measuring has ended.</summary>
    Ended = 7,

    /// <summary>From a silo: what the loop did.</summary>
    Result = 8,

    /// <summary>To a silo: free what can be freed; what have you used? It answers with <see cref="Reading"/>.</summary>
    Collect = 9,
}

/// <summary>An interval as it travels.</summary>
internal sealed record SentInterval(int Index, double Seconds, long Completed, long Errors, long[] Buckets, TimeSpan Max)
{
    public static SentInterval Of(Interval interval) =>
        new(interval.Index, interval.Seconds, interval.Completed, interval.Errors, interval.Latencies.ToPairs(), interval.Latencies.Max);

    public Interval ToInterval() => new(Index, Seconds, Completed, Errors, LatencyHistogram.FromPairs(Buckets, Max));
}

/// <summary>A result as it travels.</summary>
internal sealed record SentResult(long Completed, long[] Buckets, TimeSpan Max, TimeSpan Elapsed, long Errors, string? FirstError, OpenLoopCounts? Open)
{
    public static SentResult Of(LoopResult result) => new(
        result.Completed, result.Latencies.ToPairs(), result.Latencies.Max, result.Elapsed, result.Errors.Count, result.Errors.First, result.Open);

    public LoopResult ToResult() => new()
    {
        Completed = Completed,
        Latencies = LatencyHistogram.FromPairs(Buckets, Max),
        Elapsed = Elapsed,
        Errors = new ErrorCount(Errors, FirstError),
        Open = Open,
    };
}
