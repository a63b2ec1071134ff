using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Kontinue.Cli.Output;

/// <summary>Prints JSON for people and for pipes.</summary>
internal static class JsonOutput
{
    public static void Write<T>(TextWriter to, T value, JsonTypeInfo<T> type) =>
        Write(to, new JsonPayload(JsonSerializer.SerializeToUtf8Bytes(value, type)), indented: true);

    public static void Write(TextWriter to, JsonPayload value, bool indented)
    {
        using var stream = new MemoryStream();
        var options = new JsonWriterOptions { Indented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (JsonDocument document = JsonDocument.Parse(value.Utf8))
        using (var writer = new Utf8JsonWriter(stream, options))
        {
            document.RootElement.WriteTo(writer);
        }

        to.WriteLine(Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));
    }
}
