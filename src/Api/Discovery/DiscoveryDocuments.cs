using System.Text.Json.Nodes;

namespace Kontinue.Api.Discovery;

/// <summary>Says what is served: in Kubernetes' older form, a document for each level, and in the newer one, all in one document.</summary>
internal sealed class DiscoveryDocuments(ApiGroup group)
{
    /// <summary>The group of the newer form.</summary>
    public const string AggregatedGroup = "apidiscovery.k8s.io";

    /// <summary>The kind of the newer form.</summary>
    public const string AggregatedKind = "APIGroupDiscoveryList";

    /// <summary>The core group, which has nothing here.</summary>
    public static JsonObject CoreVersions() => new()
    {
        ["kind"] = "APIVersions", ["versions"] = new JsonArray(), ["serverAddressByClientCIDRs"] = new JsonArray(),
    };

    public JsonObject Groups() => new()
    {
        ["kind"] = "APIGroupList", ["apiVersion"] = "v1", ["groups"] = new JsonArray(Describe(new JsonObject())),
    };

    public JsonObject Group() => Describe(new JsonObject { ["kind"] = "APIGroup", ["apiVersion"] = "v1" });

    public JsonObject Resources()
    {
        var resources = new JsonArray();
        foreach (ApiResource resource in ApiResources.All)
        {
            resources.Add(new JsonObject
            {
                ["name"] = resource.Name,
                ["singularName"] = resource.Singular,
                ["namespaced"] = resource.IsNamespaced,
                ["kind"] = resource.Kind,
                ["verbs"] = Array(resource.Verbs),
                ["shortNames"] = Array(resource.ShortNames),
                ["categories"] = Array(ApiResource.Categories),
            });
            foreach (ApiSubresource sub in resource.Subresources)
            {
                resources.Add(new JsonObject
                {
                    ["name"] = $"{resource.Name}/{sub.Name}",
                    ["singularName"] = "",
                    ["namespaced"] = resource.IsNamespaced,
                    ["kind"] = resource.Kind,
                    ["verbs"] = Array([sub.Verb]),
                });
            }
        }

        return new JsonObject
        {
            ["kind"] = "APIResourceList", ["apiVersion"] = "v1", ["groupVersion"] = group.ApiVersion, ["resources"] = resources,
        };
    }

    /// <summary>The newer form of <c>/api</c>, which is empty, or of <c>/apis</c>.</summary>
    /// <param name="version">v2 or v2beta1; they differ in name only.</param>
    /// <param name="core">Whether the core group is asked about.</param>
    public JsonObject Aggregated(string version, bool core) => new()
    {
        ["kind"] = AggregatedKind,
        ["apiVersion"] = $"{AggregatedGroup}/{version}",
        ["metadata"] = new JsonObject(),
        ["items"] = core ? [] : new JsonArray(new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = group.Name, ["creationTimestamp"] = null },
            ["versions"] = new JsonArray(new JsonObject
            {
                ["version"] = ApiGroup.Version,
                ["resources"] = new JsonArray([.. ApiResources.All.Select(Aggregated)]),
                ["freshness"] = "Current",
            }),
        }),
    };

    private JsonNode Aggregated(ApiResource resource) => new JsonObject
    {
        ["resource"] = resource.Name,
        ["responseKind"] = ResponseKind(resource),
        ["scope"] = resource.IsNamespaced ? "Namespaced" : "Cluster",
        ["singularResource"] = resource.Singular,
        ["verbs"] = Array(resource.Verbs),
        ["shortNames"] = Array(resource.ShortNames),
        ["categories"] = Array(ApiResource.Categories),
        ["subresources"] = new JsonArray([.. resource.Subresources.Select(sub => (JsonNode)new JsonObject
        {
            ["subresource"] = sub.Name, ["responseKind"] = ResponseKind(resource), ["verbs"] = Array([sub.Verb]),
        })]),
    };

    private JsonObject ResponseKind(ApiResource resource) => new()
    {
        ["group"] = group.Name, ["version"] = ApiGroup.Version, ["kind"] = resource.Kind,
    };

    private JsonObject Describe(JsonObject target)
    {
        target["name"] = group.Name;
        target["versions"] = new JsonArray(Version());
        target["preferredVersion"] = Version();
        return target;

        JsonObject Version() => new() { ["groupVersion"] = group.ApiVersion, ["version"] = ApiGroup.Version };
    }

    private static JsonArray Array(IReadOnlyList<string> values) => [.. values.Select(v => (JsonNode)v)];
}
