using System.Text.Json;
using Kontinue.Resources;

namespace Kontinue.Cli.Output;

/// <summary>Prints functions as lines.</summary>
internal static class FunctionTable
{
    public static void Write(CliConsole console, IReadOnlyList<Function> items, bool wide)
    {
        TextTable table = wide ? new TextTable("NAME", "DESCRIPTION", "GROUP", "ARGUMENTS", "RETRIES", "TIMEOUT") : new TextTable("NAME", "DESCRIPTION", "GROUP");
        foreach (Function item in items)
        {
            FunctionSpec spec = item.Spec;
            string[] row = [item.Metadata.Name ?? "", spec.Description ?? "", string.Join(',', spec.Groups())];
            table.Add(wide
                ? [.. row, Arguments(spec.Arguments), $"{spec.Retry?.Retries ?? 0}", spec.Timeout?.Overall is { } overall ? Duration.Format(overall) : ""]
                : row);
        }

        table.Write(console.Out);
    }

    /// <summary>The names of the arguments; those that may be left out in brackets.</summary>
    private static string Arguments(JsonPayload schema)
    {
        if (schema.IsNone)
        {
            return "";
        }

        using JsonDocument document = JsonDocument.Parse(schema.Utf8);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("properties", out JsonElement properties) || properties.ValueKind != JsonValueKind.Object)
        {
            return "";
        }

        HashSet<string?> required = root.TryGetProperty("required", out JsonElement names) && names.ValueKind == JsonValueKind.Array
            ? [.. names.EnumerateArray().Where(n => n.ValueKind == JsonValueKind.String).Select(n => n.GetString())]
            : [];
        return string.Join(',', properties.EnumerateObject().Select(p => required.Contains(p.Name) ? p.Name : $"[{p.Name}]"));
    }
}
