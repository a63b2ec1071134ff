using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kontinue;

/// <summary>A JSON value as UTF-8 bytes, carried without being parsed. The default value stands for "none", which is not JSON's null.</summary>
[JsonConverter(typeof(JsonPayloadConverter))]
public readonly struct JsonPayload : IEquatable<JsonPayload>
{
    private readonly ReadOnlyMemory<byte> _utf8;

    /// <summary>Takes over bytes that are known to be one JSON value.</summary>
    public JsonPayload(ReadOnlyMemory<byte> utf8) => _utf8 = utf8;

    /// <summary>JSON's null.</summary>
    public static JsonPayload Null { get; } = new("null"u8.ToArray());

    /// <summary>An object without members.</summary>
    public static JsonPayload EmptyObject { get; } = new("{}"u8.ToArray());

    /// <summary>Whether there is no value at all.</summary>
    public bool IsNone => _utf8.IsEmpty;

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Utf8 => _utf8;

    /// <summary>The size in bytes.</summary>
    public int Length => _utf8.Length;

    /// <summary>Serializes a value; null becomes JSON's null.</summary>
    public static JsonPayload From<T>(T value, JsonSerializerOptions? options = null) =>
        value is null ? Null : new JsonPayload(JsonSerializer.SerializeToUtf8Bytes(value, options ?? KontinueJson.Options));

    /// <summary>Checks a text and takes it over.</summary>
    /// <exception cref="JsonException">The text is not one JSON value.</exception>
    public static JsonPayload Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return new JsonPayload(JsonSerializer.SerializeToUtf8Bytes(document.RootElement));
    }

    /// <summary>Reads the value; none and null give <c>default</c>.</summary>
    /// <exception cref="JsonException">The value does not fit the type.</exception>
    public T? To<T>(JsonSerializerOptions? options = null) =>
        IsNone ? default : JsonSerializer.Deserialize<T>(_utf8.Span, options ?? KontinueJson.Options);

    /// <summary>Whether both are the same bytes. Values that differ in white space or order of members are not equal.</summary>
    public bool Equals(JsonPayload other) => _utf8.Span.SequenceEqual(other._utf8.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is JsonPayload other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_utf8.Span);
        return hash.ToHashCode();
    }

    /// <inheritdoc cref="Equals(JsonPayload)"/>
    public static bool operator ==(JsonPayload left, JsonPayload right) => left.Equals(right);

    /// <inheritdoc cref="Equals(JsonPayload)"/>
    public static bool operator !=(JsonPayload left, JsonPayload right) => !left.Equals(right);

    /// <summary>The JSON text; empty when there is none.</summary>
    public override string ToString() => Encoding.UTF8.GetString(_utf8.Span);
}

/// <summary>Reads and writes a <see cref="JsonPayload"/> in place.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Created by the serializer")]
public sealed class JsonPayloadConverter : JsonConverter<JsonPayload>
{
    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override JsonPayload Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return JsonPayload.Null;
        }

        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        return new JsonPayload(JsonMarshal.GetRawUtf8Value(document.RootElement).ToArray());
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, JsonPayload value, JsonSerializerOptions options)
    {
        if (value.IsNone)
        {
            writer.WriteNullValue();
        }
        else
        {
            writer.WriteRawValue(value.Utf8.Span, skipInputValidation: true);
        }
    }
}
