using System.Text.Json;
using Kontinue.Resources;

namespace Kontinue.Engine.Executions;

/// <summary>What became of an execution, as it is stored beside the columns of its row.</summary>
internal sealed record StoredStatus
{
    public int Attempts { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public JsonPayload Result { get; init; }

    public ExecutionError? Error { get; init; }

    public List<Condition>? Conditions { get; init; }

    /// <summary>What a suspended execution waits for.</summary>
    public List<WaitReference>? WaitingFor { get; init; }

    public string? Silo { get; init; }

    /// <summary>The status of an execution that has not begun, and its stored form.</summary>
    public static StoredStatus Initial { get; } = new();

    public static JsonPayload InitialJson { get; } = Initial.Serialize();

    public JsonPayload Serialize() => new(JsonSerializer.SerializeToUtf8Bytes(this, EngineJsonContext.Default.StoredStatus));

    public static StoredStatus Deserialize(JsonPayload json) =>
        JsonSerializer.Deserialize(json.Utf8.Span, EngineJsonContext.Default.StoredStatus)!;
}
