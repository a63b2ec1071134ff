using System.Text.Json;
using Kontinue.Resources;
using Orleans.Serialization.Cloning;

namespace Kontinue.Grains.Client.Serialization;

/// <summary>Takes executions apart for the way, and puts them together again.</summary>
[RegisterConverter]
internal sealed class ExecutionConverter : IConverter<Execution, ExecutionSurrogate>
{
    public ExecutionSurrogate ConvertToSurrogate(in Execution value) => new()
    {
        Metadata = Of(value.Metadata),
        Function = value.Spec.Function,
        Arguments = ExecutionSurrogate.BytesOf(value.Spec.Arguments),
        WorkerGroup = value.Spec.WorkerGroup,
        Priority = value.Spec.Priority,
        Status = value.Status is { } status ? Of(status) : null,
        Rest = HasRest(value) ? JsonSerializer.SerializeToUtf8Bytes(RestOf(value), ResourceJson.Tolerant<Execution>()) : null,
        ApiVersion = string.Equals(value.ApiVersion, Execution.DefaultApiVersion, StringComparison.Ordinal) ? null : value.ApiVersion,
        Kind = string.Equals(value.Kind, Execution.DefaultKind, StringComparison.Ordinal) ? null : value.Kind,
    };

    public Execution ConvertFromSurrogate(in ExecutionSurrogate surrogate)
    {
        Execution? rest = surrogate.Rest is null ? null : JsonSerializer.Deserialize(surrogate.Rest, ResourceJson.Tolerant<Execution>());
        ref readonly MetadataSurrogate metadata = ref surrogate.Metadata;
        return new Execution
        {
            ApiVersion = surrogate.ApiVersion ?? Execution.DefaultApiVersion,
            Kind = surrogate.Kind ?? Execution.DefaultKind,
            Metadata = new ObjectMetadata
            {
                Name = metadata.Name,
                GenerateName = metadata.GenerateName,
                Namespace = metadata.Namespace,
                Uid = metadata.Uid,
                ResourceVersion = metadata.ResourceVersion,
                Generation = metadata.Generation,
                CreationTimestamp = metadata.CreationTimestamp,
                DeletionTimestamp = metadata.DeletionTimestamp,
                Labels = Map(metadata.Labels),
                Annotations = Map(metadata.Annotations),
                OwnerReferences = rest?.Metadata.OwnerReferences,
            },
            Spec = (rest?.Spec ?? new ExecutionSpec { Function = "" }) with
            {
                Function = surrogate.Function,
                Arguments = new JsonPayload(surrogate.Arguments),
                WorkerGroup = surrogate.WorkerGroup,
                Priority = surrogate.Priority,
            },
            Status = surrogate.Status is not { } status ? null : (rest?.Status ?? new ExecutionStatus()) with
            {
                Phase = status.Phase,
                Result = new JsonPayload(status.Result),
                Attempts = status.Attempts,
                Resumptions = status.Resumptions,
                StartedAt = status.StartedAt,
                FinishedAt = status.FinishedAt,
                WakeAt = status.WakeAt,
                QueuedFor = status.QueuedFor,
                Silo = status.Silo,
            },
        };
    }

    private static MetadataSurrogate Of(ObjectMetadata metadata) => new()
    {
        Name = metadata.Name,
        GenerateName = metadata.GenerateName,
        Namespace = metadata.Namespace,
        Uid = metadata.Uid,
        ResourceVersion = metadata.ResourceVersion,
        Generation = metadata.Generation,
        CreationTimestamp = metadata.CreationTimestamp,
        DeletionTimestamp = metadata.DeletionTimestamp,
        Labels = Pairs(metadata.Labels),
        Annotations = Pairs(metadata.Annotations),
    };

    private static StatusSurrogate Of(ExecutionStatus status) => new()
    {
        Phase = status.Phase,
        Result = ExecutionSurrogate.BytesOf(status.Result),
        Attempts = status.Attempts,
        Resumptions = status.Resumptions,
        StartedAt = status.StartedAt,
        FinishedAt = status.FinishedAt,
        WakeAt = status.WakeAt,
        QueuedFor = status.QueuedFor,
        Silo = status.Silo,
    };

    private static bool HasRest(Execution value) =>
        value.Metadata.OwnerReferences is not null ||
        value.Spec is not { Retry: null, Timeout: null, Mutex: null, ConcurrencyKey: null, Ttl: null } ||
        value.Status is not null and not { Error: null, State: null, Children: null, Jobs: null, WaitingFor: null, Conditions: null };

    /// <summary>All but what has a field.</summary>
    private static Execution RestOf(Execution value) => value with
    {
        Metadata = new ObjectMetadata { OwnerReferences = value.Metadata.OwnerReferences },
        Spec = value.Spec with { Function = "", Arguments = default, WorkerGroup = null, Priority = null },
        Status = value.Status is null ? null : value.Status with
        {
            Phase = default,
            Result = default,
            Attempts = 0,
            Resumptions = 0,
            StartedAt = null,
            FinishedAt = null,
            WakeAt = null,
            QueuedFor = null,
            Silo = null,
        },
    };

    private static string[]? Pairs(IReadOnlyDictionary<string, string>? map)
    {
        if (map is null)
        {
            return null;
        }

        string[] pairs = new string[map.Count * 2];
        int at = 0;
        foreach ((string key, string value) in map)
        {
            (pairs[at], pairs[at + 1]) = (key, value);
            at += 2;
        }

        return pairs;
    }

    private static Dictionary<string, string>? Map(string[]? pairs)
    {
        if (pairs is null)
        {
            return null;
        }

        var map = new Dictionary<string, string>(pairs.Length / 2, StringComparer.Ordinal);
        for (int at = 0; at + 1 < pairs.Length; at += 2)
        {
            map[pairs[at]] = pairs[at + 1];
        }

        return map;
    }
}

/// <summary>It cannot be changed, so calls within a silo hand over the same object.</summary>
[RegisterCopier]
internal sealed class ExecutionCopier : IDeepCopier<Execution>, IOptionalDeepCopier
{
    public bool IsShallowCopyable() => true;

    public Execution? DeepCopy(Execution? input, CopyContext context) => input;

    object? IDeepCopier.DeepCopy(object? input, CopyContext context) => input;
}
