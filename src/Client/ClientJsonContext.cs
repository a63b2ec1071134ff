using System.Text.Json.Serialization;

namespace Kontinue.Client;

/// <summary>The options of a deletion, as Kubernetes writes them.</summary>
internal sealed record DeleteOptions
{
    public required string PropagationPolicy { get; init; }

    /// <summary>0: at once.</summary>
    public long? GracePeriodSeconds { get; init; }

    public Preconditions? Preconditions { get; init; }

    public IReadOnlyList<string>? DryRun { get; init; }
}

/// <summary>What must hold for a deletion.</summary>
internal sealed record Preconditions
{
    public Guid? Uid { get; init; }

    public string? ResourceVersion { get; init; }
}

/// <summary>What tells the answers of one path apart.</summary>
internal sealed record TypeOfAnswer
{
    public string? Kind { get; init; }
}

/// <summary>The code that writes what only the client sends.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(DeleteOptions))]
internal sealed partial class ClientJsonContext : JsonSerializerContext;
