using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Kontinue.Engine.Functions;

/// <summary>Makes JSON schemas (draft 2020-12) of types as the engine reads and writes them, with what <see cref="DescriptionAttribute"/> says.</summary>
internal sealed class TypeSchemas
{
    private static readonly JsonSchemaExporterOptions ExporterOptions = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = Describe,
    };

    private readonly JsonSerializerOptions _json;

    /// <summary>Makes schemas by these options, save that numbers are described as numbers, though they are read from strings too.</summary>
    public TypeSchemas(JsonSerializerOptions json)
    {
        _json = new JsonSerializerOptions(json) { NumberHandling = JsonNumberHandling.Strict };
        _json.TypeInfoResolver ??= new DefaultJsonTypeInfoResolver();
        _json.MakeReadOnly();
    }

    /// <summary>The schema of a type; none for no type, and an empty one, which everything satisfies, for a type that says nothing.</summary>
    public JsonPayload For(Type? type)
    {
        if (type is null)
        {
            return default;
        }

        try
        {
            return _json.GetJsonSchemaAsNode(type, ExporterOptions) is JsonObject schema
                ? new JsonPayload(JsonSerializer.SerializeToUtf8Bytes(schema))
                : JsonPayload.EmptyObject;
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException)
        {
            // What cannot be described, such as a type with a cycle of converters, may still be read and written.
            return JsonPayload.EmptyObject;
        }
    }

    private static JsonNode Describe(JsonSchemaExporterContext context, JsonNode schema)
    {
        string? text = Find(context.PropertyInfo?.AttributeProvider) ??
            Find(context.PropertyInfo?.AssociatedParameter?.AttributeProvider) ??
            Find(context.TypeInfo.Type);
        if (text is not null && schema is JsonObject known)
        {
            known.Insert(0, "description", text);
        }

        return schema;
    }

    private static string? Find(ICustomAttributeProvider? provider) =>
        provider?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: true) is [DescriptionAttribute attribute, ..]
            ? attribute.Description
            : null;
}
