using System.Text.Json;

namespace Kontinue.Engine.Messages;

internal enum MessageKind
{
    Event = 1,
    Resume = 2,
    Cancel = 3,
    ChildEnded = 4,
    Skip = 5,
    JobEnded = 6,
}

/// <summary>What an execution is told, in stored form.</summary>
internal sealed record MessageBody
{
    public required MessageKind Kind { get; init; }

    /// <summary>The event, the suspension, or the operation that started the child; for a cancellation or a skip its reason.</summary>
    public string? Name { get; init; }

    /// <summary>Of a resume without a name: the attempt after which the wait shall end.</summary>
    public int Attempt { get; init; }

    /// <summary>Of a resume without a name: what becomes of failed children; null: what the execution's own policy says.</summary>
    public ChildPolicy? ChildPolicy { get; init; }

    /// <summary>Payload or result; of a job, how it ended.</summary>
    public JsonPayload Value { get; init; }

    /// <summary>How the child ended.</summary>
    public ExecutionPhase Phase { get; init; }

    /// <summary>The child.</summary>
    public Guid ChildUid { get; init; }

    /// <summary>The job.</summary>
    public Guid JobId { get; init; }

    /// <summary>Why the child failed.</summary>
    public ExecutionError? Error { get; init; }

    public byte[] Serialize() => JsonSerializer.SerializeToUtf8Bytes(this, EngineJsonContext.Default.MessageBody);

    public static MessageBody Deserialize(ReadOnlyMemory<byte> json) =>
        JsonSerializer.Deserialize(json.Span, EngineJsonContext.Default.MessageBody)!;
}
