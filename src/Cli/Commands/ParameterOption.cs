using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kontinue.Cli.Commands;

/// <summary><c>-p key=value</c>: arguments one by one. They go over those of <c>--args</c>.</summary>
internal static class ParameterOption
{
    public static Option<string[]> Create() => new("--parameter", "-p")
    {
        Description = "One argument as key=value; may be given several times. A value that is JSON is taken as such (3, true, null, {...}, '\"3\"' for the text 3); any other is a text.",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>Joins the arguments.</summary>
    /// <param name="arguments">Those of <c>--args</c>; may be none.</param>
    /// <param name="parameters">The pairs.</param>
    /// <exception cref="UsageException">A pair is none, or there is no object to put it into.</exception>
    public static JsonPayload Join(JsonPayload arguments, string[]? parameters)
    {
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
            all[key] = seen.Add(key) ? Value(pair[(at + 1)..]) : throw new UsageException($"-p gives '{key}' twice.");
        }

        return JsonPayload.Parse(all.ToJsonString());
    }

    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
