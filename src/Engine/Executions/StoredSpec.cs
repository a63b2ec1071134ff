using System.Text.Json;
using Kontinue.Resources;

namespace Kontinue.Engine.Executions;

/// <summary>What shall run, as it is stored: the request with the function's defaults already filled in.</summary>
internal sealed record StoredSpec
{
    public JsonPayload Arguments { get; init; }

    /// <summary>As it was asked for; the row has the one that was found.</summary>
    public string? WorkerGroup { get; init; }

    public string? Mutex { get; init; }

    public int? Priority { get; init; }

    public string? ConcurrencyKey { get; init; }

    public RetrySpec? Retry { get; init; }

    public TimeoutSpec? Timeout { get; init; }

    /// <summary>Written by earlier versions only: see <see cref="StoredSettings"/>.</summary>
    public Dictionary<string, string>? Annotations { get; init; }

    public ParentInfo? Parent { get; init; }

    /// <summary>How often the function continued as new.</summary>
    public int Run { get; init; }

    /// <summary>Where in a trace it was asked for, as W3C's <c>traceparent</c>; null when nobody listened.</summary>
    public string? Trace { get; init; }

    public JsonPayload Serialize() => new(JsonSerializer.SerializeToUtf8Bytes(this, EngineJsonContext.Default.StoredSpec));

    public static StoredSpec Deserialize(JsonPayload json) =>
        JsonSerializer.Deserialize(json.Utf8.Span, EngineJsonContext.Default.StoredSpec)!;
}

/// <summary>Who started a child, and how the parent's journal calls it.</summary>
internal sealed record ParentInfo(string Namespace, string Name, Guid Uid, string Operation);
