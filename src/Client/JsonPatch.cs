using System.Text.Json;
using System.Text.Json.Nodes;
using Kontinue.Resources;

namespace Kontinue.Client;

/// <summary>What differs between two states of an execution, as a JSON patch (RFC 6902).</summary>
internal sealed class JsonPatch
{
    private readonly List<(string Operation, string Path, JsonNode? Value)> _changes = [];

    public bool IsEmpty => _changes.Count == 0;

    /// <summary>Finds what differs.</summary>
    public static JsonPatch Between(Execution before, Execution after)
    {
        var patch = new JsonPatch();
        patch.Compare("", ToNode(before), ToNode(after));
        return patch;
    }

    /// <summary>Whether nobody has changed the execution between two readings.</summary>
    public static bool IsSameGeneration(Execution one, Execution other) =>
        one.Metadata.Uid == other.Metadata.Uid && one.Metadata.Generation == other.Metadata.Generation &&
        (one.Metadata.Generation is not null || string.Equals(one.Metadata.ResourceVersion, other.Metadata.ResourceVersion, StringComparison.Ordinal));

    /// <summary>Whether another patch changes something that this one changes.</summary>
    public bool Touches(JsonPatch other) => _changes.Exists(mine => other._changes.Exists(theirs =>
        IsWithin(mine.Path, theirs.Path) || IsWithin(theirs.Path, mine.Path)));

    /// <summary>The patch as it is sent: it begins with tests that nobody has changed the execution since it was read.</summary>
    public byte[] ToUtf8(Execution before)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartArray();
            if (before.Metadata.Uid is { } uid)
            {
                Write(writer, "test", "/metadata/uid", JsonValue.Create(uid));
            }

            if (before.Metadata.Generation is { } generation)
            {
                Write(writer, "test", "/metadata/generation", JsonValue.Create(generation));
            }
            else
            {
                Write(writer, "test", "/metadata/resourceVersion", JsonValue.Create(before.Metadata.ResourceVersion));
            }

            foreach ((string operation, string path, JsonNode? value) in _changes)
            {
                Write(writer, operation, path, value);
            }

            writer.WriteEndArray();
        }

        return stream.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, string operation, string path, JsonNode? value)
    {
        writer.WriteStartObject();
        writer.WriteString("op"u8, operation);
        writer.WriteString("path"u8, path);
        if (operation is not "remove")
        {
            writer.WritePropertyName("value"u8);
            if (value is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                value.WriteTo(writer);
            }
        }

        writer.WriteEndObject();
    }

    private static JsonObject ToNode(Execution execution)
    {
        // Versions are no part of the change, and what the execution does by itself is not either.
        Execution bare = execution with { Metadata = execution.Metadata with { ResourceVersion = null, Generation = null }, Status = null };
        return JsonSerializer.SerializeToNode(bare, KontinueJsonContext.Writing.Execution)!.AsObject();
    }

    private static bool IsWithin(string path, string outer) =>
        path.StartsWith(outer, StringComparison.Ordinal) && (path.Length == outer.Length || path[outer.Length] == '/');

    private void Compare(string path, JsonObject before, JsonObject after)
    {
        foreach ((string name, JsonNode? _) in before)
        {
            if (!after.ContainsKey(name))
            {
                _changes.Add(("remove", Child(path, name), null));
            }
        }

        foreach ((string name, JsonNode? value) in after)
        {
            string child = Child(path, name);
            if (!before.TryGetPropertyValue(name, out JsonNode? old))
            {
                _changes.Add(("add", child, value));
            }
            else if (old is JsonObject was && value is JsonObject now)
            {
                Compare(child, was, now);
            }
            else if (!JsonNode.DeepEquals(old, value))
            {
                _changes.Add(("replace", child, value));
            }
        }
    }

    private static string Child(string path, string name) =>
        $"{path}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
}
