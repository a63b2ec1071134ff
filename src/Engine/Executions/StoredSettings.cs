using System.Text.Json;
using Kontinue.Engine.Storage;
using Kontinue.Resources;

namespace Kontinue.Engine.Executions;

/// <summary>What is to become of an execution that somebody deletes. The names are stored.</summary>
internal enum DeletionKind
{
    /// <summary>It goes with all that it started, when everything has ended.</summary>
    Tree = 1,

    /// <summary>It goes alone, when it has ended.</summary>
    Orphan = 2,

    /// <summary>It goes with all that it started, at once.</summary>
    Force = 3,

    /// <summary>It goes alone, at once.</summary>
    ForceOrphan = 4,
}

/// <summary>What people may change of an execution later, save its labels, as it is stored.</summary>
internal sealed record StoredSettings
{
    public Dictionary<string, string>? Annotations { get; init; }

    public TtlSpec? Ttl { get; init; }

    /// <summary>
    /// Set when somebody asked for its deletion, which nothing takes back: a row that has lost its time of deletion to a retry gets it
    /// again.
    /// </summary>
    public DeletionKind? Deletion { get; init; }

    /// <summary>The settings of a row. Rows of earlier versions have none, and their annotations in the spec.</summary>
    public static StoredSettings Of(ExecutionRow row, StoredSpec spec) => row.Settings.IsNone
        ? new StoredSettings { Annotations = spec.Annotations }
        : JsonSerializer.Deserialize(row.Settings.Utf8.Span, EngineJsonContext.Default.StoredSettings)!;

    /// <inheritdoc cref="Of(ExecutionRow, StoredSpec)"/>
    public static StoredSettings Of(ExecutionRow row) => Of(row, row.Settings.IsNone ? StoredSpec.Deserialize(row.Spec) : new StoredSpec());

    /// <summary>The settings that an execution is created with; none when there are none.</summary>
    public static JsonPayload Create(ObjectMetadata metadata, TtlSpec? ttl) => metadata.Annotations is { Count: > 0 } || ttl is not null
        ? new StoredSettings { Annotations = Copy(metadata.Annotations), Ttl = ttl }.Serialize()
        : default;

    /// <summary>Null when there is nothing.</summary>
    public static Dictionary<string, string>? Copy(IReadOnlyDictionary<string, string>? map) =>
        map is { Count: > 0 } ? new Dictionary<string, string>(map, StringComparer.Ordinal) : null;

    /// <summary>Never none: an empty object says that the annotations in an old row's spec do not count any more.</summary>
    public JsonPayload Serialize() => new(JsonSerializer.SerializeToUtf8Bytes(this, EngineJsonContext.Default.StoredSettings));
}
