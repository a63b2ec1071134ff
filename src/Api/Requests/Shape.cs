using System.Reflection;
using Kontinue.Resources;

namespace Kontinue.Api.Requests;

/// <summary>
/// What a JSON value looks like, found out from the C# type that it is bound to. The diagnosis of a bad body reads it, and the schemas that
/// are published are written from it; a good body is bound without it.
/// </summary>
internal sealed class Shape(ShapeKind kind)
{
    public static Shape Resume => Of<ResumeRequest>();

    public static Shape Cancel => Of<CancelRequest>();

    public static Shape Event => Of<EventRequest>();

    public static Shape Execution => Of<Execution>();

    public ShapeKind Kind { get; } = kind;

    /// <summary>The fields of an object.</summary>
    public IReadOnlyList<ShapeField> Fields { get; init; } = [];

    /// <summary>Fields that Kubernetes knows and that are passed over without a word, because tools send them.</summary>
    public IReadOnlyList<string> PassedOver { get; init; } = [];

    /// <summary>Fields that Kubernetes knows and whose meaning cannot be kept here: refused unless they are empty.</summary>
    public IReadOnlyList<string> Unsupported { get; init; } = [];

    /// <summary>What the entries of a map or a list look like.</summary>
    public Shape? Element { get; init; }

    /// <summary>The values of one of several words.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>The type of an object, or of one of several words.</summary>
    public Type? Type { get; init; }

    /// <summary>The shape of a resource or of a body.</summary>
    public static Shape Of<T>() => Cache<T>.Shape;

    private static class Cache<T>
    {
        public static readonly Shape Shape = ShapeReader.Read(ResourceJson.Strict<T>());
    }
}

/// <summary>A field of an object.</summary>
/// <param name="Name">Its name in JSON.</param>
/// <param name="Shape">What its value looks like.</param>
/// <param name="Member">The property that it is bound to.</param>
/// <param name="IsRequired">Whether it must be there.</param>
/// <param name="IsNullable">Whether null may stand for its absence.</param>
internal sealed record ShapeField(string Name, Shape Shape, MemberInfo Member, bool IsRequired, bool IsNullable);

internal enum ShapeKind
{
    Any,
    Text,
    Boolean,
    Uuid,
    Time,
    Duration,
    Integer,
    LongInteger,
    Number,
    OneOf,
    Map,
    List,
    Object,
}
