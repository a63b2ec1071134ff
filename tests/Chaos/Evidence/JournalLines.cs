using System.Text;
using System.Text.Json;

namespace Kontinue.Chaos.Evidence;

/// <summary>Reads stored records: JSON objects, one on a line. Written from the form alone, so that a mistake of the engine's reader shows.</summary>
internal static class JournalLines
{
    public static IEnumerable<JournalFact> Read(Guid uid, long sequence, DateTimeOffset committedAt, byte[] data)
    {
        foreach (string line in Encoding.UTF8.GetString(data).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement entry = document.RootElement;
            yield return new JournalFact(
                uid,
                sequence,
                committedAt,
                entry.GetProperty("kind").GetString()!,
                Find(entry, "op")?.GetString(),
                entry.GetProperty("at").GetDateTimeOffset())
            {
                Attempt = Find(entry, "attempt")?.GetInt32() ?? 0,
                Body = Find(entry, "value") is { ValueKind: JsonValueKind.Object } value ? Find(value, "body")?.GetString() : null,
                Child = Find(entry, "child") is { } child ? Find(child, "uid")?.GetGuid() : null,
            };
        }
    }

    public static ExecutionFacts ReadRow(
        Guid uid, string name, string function, ExecutionPhase phase, Guid? parent, long journalSequence, byte[] status)
    {
        using JsonDocument document = JsonDocument.Parse(status);
        JsonElement root = document.RootElement;
        return new ExecutionFacts(
            uid, name, function, phase, parent, journalSequence,
            Find(root, "attempts")?.GetInt32() ?? 0,
            Find(root, "result")?.GetRawText() ?? "",
            Find(root, "error") is { } error ? error.GetRawText() : null);
    }

    private static JsonElement? Find(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement found) ? found : null;
}
