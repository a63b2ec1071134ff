using System.Text.Json.Nodes;
using Kontinue.Api.Discovery;
using Kontinue.Resources;

namespace Kontinue.Api.OpenApi;

/// <summary>The OpenAPI documents of the API: version 3, which kubectl reads, and version 2 for older tools.</summary>
internal sealed class OpenApiDocuments(ApiGroup group)
{
    private const string SchemasResource = "Kontinue.Api.OpenApi.schemas.json";

    private readonly XmlDocumentation _documentation = XmlDocumentation.Load(
        value => string.Equals(value, Execution.DefaultApiVersion, StringComparison.Ordinal) ? group.ApiVersion : value);

    public JsonObject Version3()
    {
        (JsonObject paths, JsonObject schemas) = Write("#/components/schemas/", isVersion2: false);
        return new JsonObject { ["openapi"] = "3.0.0", ["info"] = Info(), ["paths"] = paths, ["components"] = new JsonObject { ["schemas"] = schemas } };
    }

    public JsonObject Version2()
    {
        (JsonObject paths, JsonObject schemas) = Write("#/definitions/", isVersion2: true);
        return new JsonObject { ["swagger"] = "2.0", ["info"] = Info(), ["paths"] = paths, ["definitions"] = schemas };
    }

    private (JsonObject Paths, JsonObject Schemas) Write(string references, bool isVersion2)
    {
        var schemas = new SchemaBuilder(group, _documentation, references);
        using Stream stream = typeof(OpenApiDocuments).Assembly.GetManifestResourceStream(SchemasResource)!;
        schemas.Add(JsonNode.Parse(stream)!.AsObject());
        JsonObject paths = new OperationBuilder(group, schemas, isVersion2).Paths();
        var components = new JsonObject();
        foreach ((string name, JsonObject schema) in schemas.Components)
        {
            components[name] = schema;
        }

        return (paths, components);
    }

    private static JsonObject Info() => new() { ["title"] = "Kontinue", ["version"] = ServerVersion.Own };
}
