using System.Runtime.InteropServices;
using Kontinue.Resources;

namespace Kontinue.Grains.Client.Serialization;

/// <summary>
/// How an execution travels between processes: what most executions have in fields of its own, and what few have as JSON, so that a call costs neither the writing
/// nor the reading of a text.
/// </summary>
[GenerateSerializer]
[Alias("kontinue.execution-sent")]
internal struct ExecutionSurrogate
{
    [Id(0)]
    public MetadataSurrogate Metadata;

    [Id(1)]
    public string Function;

    [Id(2)]
    public byte[]? Arguments;

    [Id(3)]
    public string? WorkerGroup;

    [Id(4)]
    public int? Priority;

    /// <summary>Absent in what is to be created.</summary>
    [Id(5)]
    public StatusSurrogate? Status;

    /// <summary>What has no field here, as the JSON of an <see cref="Execution"/> with nothing else; null: nothing.</summary>
    [Id(6)]
    public byte[]? Rest;

    /// <summary>Null: the default.</summary>
    [Id(7)]
    public string? ApiVersion;

    /// <summary>Null: the default.</summary>
    [Id(8)]
    public string? Kind;

    public static byte[]? BytesOf(JsonPayload payload) =>
        payload.IsNone ? null
        : MemoryMarshal.TryGetArray(payload.Utf8, out ArraySegment<byte> bytes) && bytes.Offset == 0 && bytes.Count == bytes.Array!.Length ? bytes.Array
        : payload.Utf8.ToArray();
}

/// <summary>The part of a status that most executions have.</summary>
[GenerateSerializer]
[Alias("kontinue.status-sent")]
internal struct StatusSurrogate
{
    [Id(0)]
    public ExecutionPhase Phase;

    [Id(1)]
    public byte[]? Result;

    [Id(2)]
    public int Attempts;

    [Id(3)]
    public int Resumptions;

    [Id(4)]
    public DateTimeOffset? StartedAt;

    [Id(5)]
    public DateTimeOffset? FinishedAt;

    [Id(6)]
    public DateTimeOffset? WakeAt;

    [Id(7)]
    public TimeSpan? QueuedFor;

    [Id(8)]
    public string? Silo;
}

/// <summary>The part of the metadata that most executions have.</summary>
[GenerateSerializer]
[Alias("kontinue.metadata-sent")]
internal struct MetadataSurrogate
{
    [Id(0)]
    public string? Name;

    [Id(1)]
    public string? GenerateName;

    [Id(2)]
    public string? Namespace;

    [Id(3)]
    public Guid? Uid;

    [Id(4)]
    public string? ResourceVersion;

    [Id(5)]
    public long? Generation;

    [Id(6)]
    public DateTimeOffset? CreationTimestamp;

    [Id(7)]
    public DateTimeOffset? DeletionTimestamp;

    /// <summary>Keys and values in turn.</summary>
    [Id(8)]
    public string[]? Labels;

    /// <summary>Keys and values in turn.</summary>
    [Id(9)]
    public string[]? Annotations;
}
