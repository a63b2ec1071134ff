using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kontinue;

/// <summary>Reads and writes a <see cref="TimeSpan"/> as <see cref="Duration"/> writes it: <c>5s</c>, <c>7d</c>.</summary>
public sealed class DurationConverter : JsonConverter<TimeSpan>
{
    /// <inheritdoc/>
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw new JsonException("A duration is a string such as \"250ms\", \"5s\", \"30m\" or \"7d\".");
        }

        string text = reader.GetString()!;
        return Duration.TryParse(text, out TimeSpan value)
            ? value
            : throw new JsonException($"'{text}' is not a duration. Write a number and a unit, such as 250ms, 5s, 30m, 1h30m or 7d.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Duration.Format(value));
}
