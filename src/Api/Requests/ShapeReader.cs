using System.Reflection;
using System.Text.Json.Serialization.Metadata;
using Kontinue.Resources;

namespace Kontinue.Api.Requests;

/// <summary>Finds out the shape of a type from what the serializer knows of it, so that both always agree.</summary>
internal static class ShapeReader
{
    private static readonly Dictionary<Type, ShapeKind> Simple = new()
    {
        [typeof(JsonPayload)] = ShapeKind.Any,
        [typeof(string)] = ShapeKind.Text,
        [typeof(bool)] = ShapeKind.Boolean,
        [typeof(Guid)] = ShapeKind.Uuid,
        [typeof(DateTimeOffset)] = ShapeKind.Time,
        [typeof(TimeSpan)] = ShapeKind.Duration,
        [typeof(int)] = ShapeKind.Integer,
        [typeof(long)] = ShapeKind.LongInteger,
        [typeof(double)] = ShapeKind.Number,
    };

    /// <exception cref="NotSupportedException">A property has a type that no resource has had so far.</exception>
    public static Shape Read(JsonTypeInfo info)
    {
        Type type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        if (Simple.TryGetValue(type, out ShapeKind kind))
        {
            return new Shape(kind);
        }

        if (type.IsEnum)
        {
            return new Shape(ShapeKind.OneOf) { Type = type, Values = Enum.GetNames(type) };
        }

        return info.Kind switch
        {
            JsonTypeInfoKind.Dictionary => new Shape(ShapeKind.Map) { Element = Read(info.Options.GetTypeInfo(info.ElementType!)) },
            JsonTypeInfoKind.Enumerable => new Shape(ShapeKind.List) { Element = Read(info.Options.GetTypeInfo(info.ElementType!)) },
            JsonTypeInfoKind.Object => new Shape(ShapeKind.Object)
            {
                Type = type,
                Fields = [.. info.Properties.Where(p => p.Set is not null || p.AssociatedParameter is not null).Select(p => Field(p, info))],
                PassedOver = type == typeof(ObjectMetadata) ? ["managedFields", "selfLink", "deletionGracePeriodSeconds"] : [],
                Unsupported = type == typeof(ObjectMetadata) ? ["finalizers"] : [],
            },
            _ => throw new NotSupportedException($"The shape of {type} is not known: say in {nameof(ShapeReader)} what it looks like in JSON."),
        };
    }

    private static ShapeField Field(JsonPropertyInfo property, JsonTypeInfo owner) => new(
        property.Name,
        Read(owner.Options.GetTypeInfo(property.PropertyType)),
        (MemberInfo)property.AttributeProvider!,
        property.IsRequired,
        IsNullable(property));

    /// <summary>Of values, what the type says; of objects, what its annotations say. A payload takes null as a value.</summary>
    private static bool IsNullable(JsonPropertyInfo property) => property.PropertyType.IsValueType
        ? property.PropertyType == typeof(JsonPayload) || Nullable.GetUnderlyingType(property.PropertyType) is not null
        : property.IsSetNullable;
}
