using System.Text.Json.Serialization;

namespace Kontinue.Resources;

/// <summary>A run of a function, as the API shows it.</summary>
public sealed record Execution
{
    /// <summary>The API group and version.</summary>
    public const string DefaultApiVersion = "kontinue.cloud/v1alpha1";

    /// <summary>The kind.</summary>
    public const string DefaultKind = "Execution";

    /// <summary>Always <see cref="DefaultApiVersion"/>.</summary>
    public string ApiVersion { get; init; } = DefaultApiVersion;

    /// <summary>Always <see cref="DefaultKind"/>.</summary>
    public string Kind { get; init; } = DefaultKind;

    /// <summary>Name, labels and what the server adds.</summary>
    public required ObjectMetadata Metadata { get; init; }

    /// <summary>What shall run.</summary>
    public required ExecutionSpec Spec { get; init; }

    /// <summary>What became of it; set by the server.</summary>
    public ExecutionStatus? Status { get; init; }

    /// <summary>The address.</summary>
    [JsonIgnore]
    public ExecutionKey Key => new(Metadata.Namespace ?? ExecutionKey.DefaultNamespace, Metadata.Name ?? "");
}

/// <summary>A page of executions.</summary>
public sealed record ExecutionList
{
    /// <summary>Always <see cref="Execution.DefaultApiVersion"/>.</summary>
    public string ApiVersion { get; init; } = Execution.DefaultApiVersion;

    /// <summary>Always <c>ExecutionList</c>.</summary>
    public string Kind { get; init; } = "ExecutionList";

    /// <summary>Version and continuation.</summary>
    public ListMetadata Metadata { get; init; } = new();

    /// <summary>The executions, by namespace and name. Their status leaves out <c>state</c> and <c>children</c>.</summary>
    public required IReadOnlyList<Execution> Items { get; init; }
}

/// <summary>What a list says of itself.</summary>
public sealed record ListMetadata
{
    /// <summary>The version of the store when the list was read.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Pass it as <c>continue</c> to read on; absent on the last page.</summary>
    public string? Continue { get; init; }
}

/// <summary>The metadata of a resource, as in Kubernetes.</summary>
public sealed record ObjectMetadata
{
    /// <summary>A DNS subdomain (RFC 1123): lower-case letters, digits, '-' and '.', at most 253 characters.</summary>
    public string? Name { get; init; }

    /// <summary>The beginning of a name, when <see cref="Name"/> is absent: eight random characters are appended.</summary>
    public string? GenerateName { get; init; }

    /// <summary>A DNS label; default <c>default</c>.</summary>
    public string? Namespace { get; init; }

    /// <summary>Set by the server; unique over time.</summary>
    public Guid? Uid { get; init; }

    /// <summary>Set by the server; changes with every change.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Set by the server; grows with each change that somebody makes to the metadata or the spec.</summary>
    public long? Generation { get; init; }

    /// <summary>Set by the server.</summary>
    public DateTimeOffset? CreationTimestamp { get; init; }

    /// <summary>Set by the server when deletion was asked for: it will be gone when it, and what it started, has ended.</summary>
    public DateTimeOffset? DeletionTimestamp { get; init; }

    /// <summary>Keys and values to select by.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Keys and values to keep.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>The parent execution, if any; set by the server.</summary>
    public IReadOnlyList<OwnerReference>? OwnerReferences { get; init; }
}

/// <summary>Names the parent of a resource.</summary>
public sealed record OwnerReference(string ApiVersion, string Kind, string Name, Guid Uid);
