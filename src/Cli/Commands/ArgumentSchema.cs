using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kontinue.Cli.Commands;

/// <summary>What a function's JSON schema says of arguments that are given one by one.</summary>
internal sealed class ArgumentSchema(JsonPayload schema)
{
    private readonly Dictionary<string, ArgumentField> _fields = schema.IsNone || JsonNode.Parse(schema.Utf8.Span) is not JsonObject root
        ? []
        : ArgumentField.Of(root).ToDictionary(f => f.Name, StringComparer.Ordinal);

    /// <summary>Whether what could be JSON is meant as a text, because the argument takes texts and nothing that the JSON would be.</summary>
    public bool IsText(string argument, JsonNode? json, string text)
    {
        if (!_fields.TryGetValue(argument, out ArgumentField? field))
        {
            return false;
        }

        if (field.Choices.Count > 0)
        {
            return !field.Choices.Any(c => JsonNode.DeepEquals(c, json)) && field.Choices.Any(c => JsonNode.DeepEquals(c, JsonValue.Create(text)));
        }

        string[] kinds = json?.GetValueKind() switch
        {
            JsonValueKind.String => ["string"],
            JsonValueKind.Number => ["number", "integer"],
            JsonValueKind.True or JsonValueKind.False => ["boolean"],
            JsonValueKind.Object => ["object"],
            JsonValueKind.Array => ["array"],
            _ => ["null"],
        };
        return field.Types.Contains("string", StringComparer.Ordinal) && !field.Types.Intersect(kinds, StringComparer.Ordinal).Any();
    }
}
