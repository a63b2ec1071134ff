using System.Text.Json.Nodes;
using Kontinue.Api.Requests;
using Kontinue.Resources;

namespace Kontinue.Api.OpenApi;

/// <summary>Writes the schemas of the types that the API takes and gives.</summary>
/// <param name="group">The group that is served.</param>
/// <param name="documentation">What is said of each field.</param>
/// <param name="referencePrefix">Where schemas are found in the document: <c>#/components/schemas/</c>, or <c>#/definitions/</c> in version 2.</param>
internal sealed class SchemaBuilder(ApiGroup group, XmlDocumentation documentation, string referencePrefix)
{
    /// <summary>What <see cref="Duration"/> reads, without its limit.</summary>
    public const string DurationPattern = @"^(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(d|h|m|s|ms|us))+)$";

    private readonly SchemaNames _names = new(group);

    /// <summary>The schemas written so far, by name.</summary>
    public SortedDictionary<string, JsonObject> Components { get; } = new(StringComparer.Ordinal);

    /// <summary>A reference to the schema of a type, which is written if it is not there yet.</summary>
    public JsonObject Reference(Type type)
    {
        var info = ResourceJson.Strict<Execution>().Options.GetTypeInfo(type);
        return Reference(ShapeReader.Read(info));
    }

    /// <summary>A reference to a schema that is there under a name of Kubernetes' meta group.</summary>
    public JsonObject MetaReference(string name) => Reference(SchemaNames.Meta + name);

    /// <summary>Adds schemas that no C# type stands for.</summary>
    public void Add(JsonObject schemas)
    {
        foreach ((string name, JsonNode? schema) in schemas)
        {
            JsonObject copy = schema!.DeepClone().AsObject();
            foreach (JsonObject reference in OpenApiJson.References(copy))
            {
                reference["$ref"] = referencePrefix + (string)reference["$ref"]!;
            }

            Components[SchemaNames.Meta + name] = copy;
        }
    }

    private JsonObject Reference(string name) => new() { ["$ref"] = referencePrefix + name };

    private JsonObject Reference(Shape shape)
    {
        string name = _names.Of(shape.Type!);
        if (!Components.ContainsKey(name))
        {
            Components[name] = [];
            Components[name] = Describe(shape);
        }

        return Reference(name);
    }

    private JsonObject Describe(Shape shape)
    {
        var properties = new JsonObject();
        foreach (ShapeField field in shape.Fields)
        {
            properties[field.Name] = Property(field);
        }

        var schema = new JsonObject { ["description"] = documentation.Of(shape.Type!), ["type"] = "object", ["properties"] = properties };
        if (shape.Fields.Any(f => f.IsRequired))
        {
            schema["required"] = new JsonArray([.. shape.Fields.Where(f => f.IsRequired).Select(f => (JsonNode)f.Name)]);
        }

        if (OpenApiJson.KindOf(shape.Type!, group) is { } kind)
        {
            schema[OpenApiJson.KindExtension] = new JsonArray(kind);
        }

        return schema;
    }

    private JsonObject Property(ShapeField field)
    {
        string description = documentation.Of(field.Member);
        if (field.Shape.Kind == ShapeKind.Object)
        {
            return new JsonObject { ["description"] = description, ["allOf"] = new JsonArray(Reference(field.Shape)) };
        }

        if (field.Shape.Kind == ShapeKind.OneOf)
        {
            description += " Possible values: " + string.Join(" ", field.Shape.Values.Select(v => $"{v}: {documentation.Of(field.Shape.Type!.GetField(v)!)}"));
        }

        var property = new JsonObject { ["description"] = description };
        foreach ((string key, JsonNode? value) in Value(field.Shape))
        {
            property[key] = value?.DeepClone();
        }

        return property;
    }

    private JsonObject Value(Shape shape) => shape.Kind switch
    {
        ShapeKind.Any => new() { [OpenApiJson.AnyExtension] = true },
        ShapeKind.Text => new() { ["type"] = "string" },
        ShapeKind.Boolean => new() { ["type"] = "boolean" },
        ShapeKind.Uuid => new() { ["type"] = "string", ["format"] = "uuid" },
        ShapeKind.Time => new() { ["type"] = "string", ["format"] = "date-time" },
        ShapeKind.Duration => new() { ["type"] = "string", ["pattern"] = DurationPattern, ["example"] = "1h30m" },
        ShapeKind.Integer => new() { ["type"] = "integer", ["format"] = "int32" },
        ShapeKind.LongInteger => new() { ["type"] = "integer", ["format"] = "int64" },
        ShapeKind.Number => new() { ["type"] = "number", ["format"] = "double" },
        ShapeKind.OneOf => new() { ["type"] = "string", ["enum"] = new JsonArray([.. shape.Values.Select(v => (JsonNode)v)]) },
        ShapeKind.Map => new() { ["type"] = "object", ["additionalProperties"] = Value(shape.Element!) },
        ShapeKind.List => new() { ["type"] = "array", ["items"] = Value(shape.Element!) },
        _ => Reference(shape),
    };
}
