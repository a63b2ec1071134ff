using System.Text.Json.Nodes;

namespace Kontinue.Api.Patches;

/// <summary>JSON merge patch (RFC 7386): what is given replaces what is there, object by object; null removes.</summary>
internal static class MergePatch
{
    /// <summary>Applies a patch.</summary>
    /// <param name="target">The document; objects in it are changed in place.</param>
    /// <param name="patch">The patch; it is left as it is.</param>
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        JsonObject result = target as JsonObject ?? [];
        Remove(result, changes);
        foreach ((string name, JsonNode? change) in changes)
        {
            if (change is null)
            {
                continue;
            }

            JsonNode? before = result[name];
            JsonNode? after = Apply(before, change);
            if (!ReferenceEquals(before, after))
            {
                result[name] = after;
            }
        }

        return result;
    }

    /// <summary>
    /// Removes all that a patch has null for. One by one would take time by the square of their number, because each removal moves all
    /// members behind it.
    /// </summary>
    private static void Remove(JsonObject from, JsonObject changes)
    {
        if (!changes.Any(c => c.Value is null && from.ContainsKey(c.Key)))
        {
            return;
        }

        List<KeyValuePair<string, JsonNode?>> kept = [.. from.Where(p => !changes.TryGetPropertyValue(p.Key, out JsonNode? change) || change is not null)];
        from.Clear();
        foreach ((string name, JsonNode? value) in kept)
        {
            from.Add(name, value);
        }
    }
}
