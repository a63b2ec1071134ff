using System.Text.Json.Nodes;
using Kontinue.Api.Discovery;
using Kontinue.Resources;

namespace Kontinue.Api.OpenApi;

/// <summary>Parts that all OpenAPI documents are made of.</summary>
internal static class OpenApiJson
{
    /// <summary>Ties schemas and operations to kinds: kubectl looks them up by it.</summary>
    public const string KindExtension = "x-kubernetes-group-version-kind";

    /// <summary>Says what an operation does, in Kubernetes' words.</summary>
    public const string ActionExtension = "x-kubernetes-action";

    /// <summary>Marks a value that may be anything.</summary>
    public const string AnyExtension = "x-kubernetes-preserve-unknown-fields";

    /// <summary>The kind of a type, if it is one that objects carry; null otherwise.</summary>
    public static JsonObject? KindOf(Type type, ApiGroup group) =>
        type == typeof(ErrorStatus) ? Kind("", "v1", "Status")
        : ApiResources.All.FirstOrDefault(r => r.Type == type) is { } one ? Kind(group.Name, ApiGroup.Version, one.Kind)
        : ApiResources.All.FirstOrDefault(r => r.ListType == type) is { } many ? Kind(group.Name, ApiGroup.Version, many.Kind + "List")
        : null;

    public static JsonObject Kind(string group, string version, string kind) => new() { ["group"] = group, ["version"] = version, ["kind"] = kind };

    /// <summary>All objects below a node that are references.</summary>
    public static IEnumerable<JsonObject> References(JsonNode? node) => node switch
    {
        JsonObject reference when reference["$ref"] is JsonValue => [reference],
        JsonObject members => members.ToList().SelectMany(m => References(m.Value)),
        JsonArray items => items.ToList().SelectMany(References),
        _ => [],
    };
}
