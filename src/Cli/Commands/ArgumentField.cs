using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kontinue.Cli.Commands;

/// <summary>One argument of a function, as its JSON schema has it.</summary>
internal sealed record ArgumentField(
    string Name, bool IsRequired, IReadOnlyList<string> Types, IReadOnlyList<JsonNode?> Choices, JsonNode? Default, string? Description)
{
    /// <summary>What must be given, for people.</summary>
    public string TypeName => Choices.Count > 0 ? "choice"
        : Types.Count == 0 ? "JSON"
        : string.Join(" or ", Types.Where(t => t is not "null" || Types.Count == 1).Select(t => t is "object" or "array" ? $"{t} as JSON" : t));

    /// <summary>Reads the fields of an object's schema: those that are required first, each group in the schema's order.</summary>
    public static IEnumerable<ArgumentField> Of(JsonObject schema)
    {
        HashSet<string> required = [.. Strings(schema["required"])];
        return (schema["properties"] as JsonObject ?? [])
            .Select(p => One(p.Key, required.Contains(p.Key), Resolve(schema, p.Value as JsonObject ?? [])))
            .OrderBy(f => f.IsRequired ? 0 : 1);
    }

    /// <summary>A value as it would be typed.</summary>
    public static string Show(JsonNode? value) => value is JsonValue text && text.TryGetValue(out string? plain) ? plain : value?.ToJsonString() ?? "null";

    /// <summary>Reads an answer.</summary>
    /// <param name="text">As it was typed.</param>
    /// <param name="value">What it stands for.</param>
    /// <param name="error">What is wrong with it.</param>
    public bool TryRead(string text, out JsonNode? value, [NotNullWhen(false)] out string? error)
    {
        error = null;
        value = null;
        if (Choices.Count > 0)
        {
            int at = Choices.ToList().FindIndex(c => string.Equals(Show(c), text, StringComparison.Ordinal));
            value = at < 0 ? null : Choices[at]?.DeepClone();
            error = at < 0 ? $"'{text}' is none of {string.Join(", ", Choices.Select(Show))}." : null;
            return at >= 0;
        }

        // What is both a number and a text is taken as the number.
        IEnumerable<string> types = Types.Count > 0 ? Types.OrderBy(t => t is "string" ? 1 : 0) : ["any"];
        foreach (string type in types)
        {
            if (TryRead(text, type, out value))
            {
                return true;
            }
        }

        error = $"'{text}' is no {TypeName}.";
        return false;
    }

    private static bool TryRead(string text, string type, out JsonNode? value)
    {
        value = type switch
        {
            "string" => JsonValue.Create(text),
            "integer" when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) => JsonValue.Create(whole),
            "number" when TryParse(text, out JsonNode? number) && number?.GetValueKind() == JsonValueKind.Number => number,
            "boolean" when text is "true" or "yes" or "y" => JsonValue.Create(true),
            "boolean" when text is "false" or "no" or "n" => JsonValue.Create(false),
            "object" when TryParse(text, out JsonNode? node) && node is JsonObject => node,
            "array" when TryParse(text, out JsonNode? node) && node is JsonArray => node,
            "any" when TryParse(text, out JsonNode? node) => node,
            _ => null,
        };
        return value is not null || (text is "null" && type is "null" or "any");
    }

    private static bool TryParse(string text, out JsonNode? value)
    {
        try
        {
            value = JsonNode.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            value = null;
            return false;
        }
    }

    private static ArgumentField One(string name, bool isRequired, JsonObject schema) => new(
        name, isRequired,
        schema["type"] is JsonArray ? [.. Strings(schema["type"])] : [.. schema["type"] is JsonValue one && one.TryGetValue(out string? type) ? [type] : Array.Empty<string>()],
        [.. schema["enum"] as JsonArray ?? []], schema["default"]?.DeepClone(),
        schema["description"] is JsonValue text && text.TryGetValue(out string? description) ? description : null);

    /// <summary>Follows a reference within the schema, once: what is referred to is not itself a reference.</summary>
    private static JsonObject Resolve(JsonObject root, JsonObject schema)
    {
        if (schema["$ref"] is not JsonValue reference || !reference.TryGetValue(out string? path) || !path.StartsWith('#'))
        {
            return schema;
        }

        JsonNode? at = root;
        foreach (string part in path[1..].Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            // https://datatracker.ietf.org/doc/html/rfc6901: "~1" stands for '/', "~0" for '~'.
            at = (at as JsonObject)?[part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)];
        }

        return at as JsonObject ?? schema;
    }

    private static IEnumerable<string> Strings(JsonNode? array) =>
        (array as JsonArray ?? []).Select(n => n is JsonValue value && value.TryGetValue(out string? text) ? text : null).OfType<string>();
}
