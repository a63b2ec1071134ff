using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kontinue.Load.Reporting;

/// <summary>Reports as JSON.</summary>
internal static class ReportJson
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new RoundedNumber() },
    };

    /// <summary>One line.</summary>
    public static string Write(Report report) => JsonSerializer.Serialize(report, Json);

    /// <exception cref="ReportUnreadableException">The file is no report, or one of another version.</exception>
    public static Report Read(string file)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("version", out JsonElement version) ||
                version.ValueKind != JsonValueKind.Number)
            {
                throw new ReportUnreadableException($"'{file}' is no report of the load console: it has no version. Write one with --output json or --save.");
            }

            if (version.GetDouble() is not Report.CurrentVersion)
            {
                throw new ReportUnreadableException($"'{file}' is a report of version {version}; this console reads version {Report.CurrentVersion}.");
            }

            return document.Deserialize<Report>(Json)!;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReportUnreadableException($"'{file}' cannot be read: {e.Message}", e);
        }
        catch (JsonException e)
        {
            throw new ReportUnreadableException($"'{file}' is no report of the load console: {e.Message}", e);
        }
    }

    /// <summary>Three decimals are more than any of these figures is good for.</summary>
    private sealed class RoundedNumber : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(double.IsFinite(value) ? Math.Round(value, 3) : 0);
    }
}

/// <summary>A file is no report; the message says why and what would be one.</summary>
internal sealed class ReportUnreadableException(string message, Exception? inner = null) : Exception(message, inner);
