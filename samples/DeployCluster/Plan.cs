using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kontinue.Samples.Deployment;

/// <summary>What shall be done.</summary>
public sealed record Plan
{
    /// <summary>The cluster's name.</summary>
    public required string Cluster { get; init; }

    /// <summary>The version to roll to.</summary>
    public required string Version { get; init; }

    /// <summary>The nodes.</summary>
    public required IReadOnlyList<string> Nodes { get; init; }

    /// <summary>How long to let the nodes settle. Default 1s.</summary>
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long to wait for an approval. Default 2d.</summary>
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan ApprovalTimeout { get; init; } = TimeSpan.FromDays(2);

    /// <summary>How long an abort is possible after the approval. Default 5m.</summary>
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan Watch { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Reads a plan.</summary>
    /// <exception cref="NonRetryableException">There is none, or it is not one.</exception>
    internal static Plan Read(string path)
    {
        try
        {
            Plan plan = JsonSerializer.Deserialize<Plan>(File.ReadAllText(path), KontinueJson.Options)
                ?? throw new NonRetryableException($"'{path}' has no plan.");
            return plan.Nodes.Count > 0 ? plan : throw new NonRetryableException($"The plan '{path}' names no nodes.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new NonRetryableException($"The plan '{path}' cannot be read: {e.Message}", e);
        }
        catch (JsonException e)
        {
            throw new NonRetryableException($"'{path}' is not a plan: {e.Message}", e);
        }
    }
}

/// <summary>The arguments of <c>deploy-cluster</c>.</summary>
public sealed record DeployArguments
{
    /// <summary>The path of the plan, a JSON file.</summary>
    public required string Plan { get; init; }
}

/// <summary>The arguments of <c>upgrade-node</c>.</summary>
public sealed record NodeArguments
{
    /// <summary>The node.</summary>
    public required string Node { get; init; }

    /// <summary>The version.</summary>
    public required string Version { get; init; }
}

/// <summary>What a person decides.</summary>
public sealed record Approval
{
    /// <summary>Whether to go on.</summary>
    public bool Approved { get; init; }

    /// <summary>Who decided.</summary>
    public string? By { get; init; }
}

/// <summary>The result of <c>upgrade-node</c>.</summary>
public sealed record NodeResult(string Node, string Version, DateTimeOffset UpgradedAt);

/// <summary>The result of <c>deploy-cluster</c>.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Version">The version it was rolled to.</param>
/// <param name="Outcome">deployed, rejected or aborted.</param>
/// <param name="By">Who decided, or why it was aborted.</param>
/// <param name="Nodes">The nodes.</param>
public sealed record DeployResult(string Cluster, string Version, string Outcome, string? By, IReadOnlyList<NodeResult> Nodes);
