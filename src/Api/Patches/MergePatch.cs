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
        foreach ((string name, JsonNode? change) in changes)
        {
            if (change is null)
            {
                result.Remove(name);
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
}
