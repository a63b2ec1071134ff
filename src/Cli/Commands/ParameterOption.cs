using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kontinue.Cli.Commands;

/// <summary><c>-p key=value</c>: arguments one by one. They go over those of <c>--args</c>.</summary>
internal static class ParameterOption
{
    public static Option<string[]> Create() => new("--parameter", "-p")
    {
        Description = "One argument as key=value; may be given several times. A value that is JSON is taken as such (3, true, null, {...}, '\"3\"' for the text 3), unless the function's schema says that it is a text; any other is a text.",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>Joins the arguments.</summary>
    /// <param name="arguments">Those of <c>--args</c>; may be none.</param>
    /// <param name="parameters">The pairs.</param>
    /// <param name="ask">Asks for the function's schema; only done when a value could be either.</param>
    /// <exception cref="UsageException">A pair is none, or there is no object to put it into.</exception>
    public static async Task<JsonPayload> JoinAsync(JsonPayload arguments, string[]? parameters, Func<Task<JsonPayload>> ask)
    {
        JsonPayload joined = Join(arguments, parameters, new ArgumentSchema(default), out bool isAmbiguous);
        return isAmbiguous && await ask() is { IsNone: false } schema ? Join(arguments, parameters, new ArgumentSchema(schema), out _) : joined;
    }

    private static JsonPayload Join(JsonPayload arguments, string[]? parameters, ArgumentSchema schema, out bool isAmbiguous)
    {
        isAmbiguous = false;
        if (parameters is not { Length: > 0 })
        {
            return arguments;
        }

        JsonObject all = arguments.IsNone
            ? []
            : JsonNode.Parse(arguments.Utf8.Span) as JsonObject ?? throw new UsageException("--args is no JSON object, so -p cannot add to it.");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string pair in parameters)
        {
            int at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at < 1)
            {
                throw new UsageException($"-p '{pair}' is no pair. Write key=value, such as -p name=Kurt.");
            }

            string key = pair[..at];
            if (!seen.Add(key))
            {
                throw new UsageException($"-p gives '{key}' twice.");
            }

            string text = pair[(at + 1)..];
            bool isJson = TryParse(text, out JsonNode? json);
            isAmbiguous |= isJson && json?.GetValueKind() is not JsonValueKind.String;
            all[key] = isJson && !schema.IsText(key, json, text) ? json : JsonValue.Create(text);
        }

        return JsonPayload.Parse(all.ToJsonString());
    }

    private static bool TryParse(string text, out JsonNode? json)
    {
        try
        {
            json = JsonNode.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            json = null;
            return false;
        }
    }
}
