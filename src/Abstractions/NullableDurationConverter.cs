using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kontinue;

/// <summary>As <see cref="DurationConverter"/>, where a duration may be absent.</summary>
public sealed class NullableDurationConverter : JsonConverter<TimeSpan?>
{
    private static readonly DurationConverter Inner = new();

    /// <inheritdoc/>
    public override TimeSpan? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? null : Inner.Read(ref reader, typeof(TimeSpan), options);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TimeSpan? value, JsonSerializerOptions options)
    {
        if (value is { } duration)
        {
            Inner.Write(writer, duration, options);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
