using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Kontinue.Resources;

/// <summary>How resources are read. What is needed to know of a type is found out once, and compiled.</summary>
public static class ResourceJson
{
    private static readonly JsonSerializerOptions StrictOptions = Create(strict: true, new DefaultJsonTypeInfoResolver());
    private static readonly JsonSerializerOptions LenientOptions = CreateLenient();
    private static readonly JsonSerializerOptions TolerantOptions = Create(strict: false, new DefaultJsonTypeInfoResolver());

    /// <summary>For requests: names as written, nothing unknown, nothing twice, no numbers in strings, no null where a value must be.</summary>
    public static JsonTypeInfo<T> Strict<T>() => Cache<T>.Strict;

    /// <summary>As <see cref="Strict{T}"/>, but unknown fields are passed over, and of two with the same name the last counts.</summary>
    public static JsonTypeInfo<T> Lenient<T>() => Cache<T>.Lenient;

    /// <summary>For the answers of a server that may be newer: unknown fields are passed over.</summary>
    public static JsonTypeInfo<T> Tolerant<T>() => Cache<T>.Tolerant;

    internal static JsonSerializerOptions Create(bool strict, IJsonTypeInfoResolver? resolver = null) => new()
    {
        TypeInfoResolver = resolver,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = strict ? JsonUnmappedMemberHandling.Disallow : JsonUnmappedMemberHandling.Skip,
        AllowDuplicateProperties = !strict,
        RespectNullableAnnotations = strict,

        // The answers are JSON and never part of a page, so quotes within messages may stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters =
        {
            new JsonStringEnumConverter<ExecutionPhase>(allowIntegerValues: false),
            new JsonStringEnumConverter<ErrorKind>(allowIntegerValues: false),
            new JsonStringEnumConverter<ChildPolicy>(allowIntegerValues: false),
            new JsonStringEnumConverter<SiloPhase>(allowIntegerValues: false),
        },
    };

    private static JsonSerializerOptions CreateLenient() =>
        new(Create(strict: false, new DefaultJsonTypeInfoResolver())) { RespectNullableAnnotations = true };

    private static class Cache<T>
    {
        public static readonly JsonTypeInfo<T> Strict = (JsonTypeInfo<T>)StrictOptions.GetTypeInfo(typeof(T));
        public static readonly JsonTypeInfo<T> Lenient = (JsonTypeInfo<T>)LenientOptions.GetTypeInfo(typeof(T));
        public static readonly JsonTypeInfo<T> Tolerant = (JsonTypeInfo<T>)TolerantOptions.GetTypeInfo(typeof(T));
    }
}
