using System.Globalization;
using System.Text.Json.Nodes;

namespace Kontinue.Api.Patches;

/// <summary>A place in a JSON document (RFC 6901): <c>/metadata/labels/app.io~1tier</c>; the empty text is the whole document.</summary>
internal sealed class JsonPointer
{
    /// <summary>Far more than any label or annotation needs.</summary>
    public const int MaxSteps = 64;

    private const int MaxLength = 2048;

    private readonly string _text;
    private readonly string[] _steps;

    private JsonPointer(string text, string[] steps) => (_text, _steps) = (text, steps);

    public int Steps => _steps.Length;

    public bool IsRoot => _steps.Length == 0;

    /// <summary>The last step; none for the root.</summary>
    public string Last => _steps[^1];

    /// <summary>Reads a pointer.</summary>
    /// <exception cref="PatchException">It is not one.</exception>
    public static JsonPointer Parse(string text)
    {
        if (text.Length == 0)
        {
            return new JsonPointer(text, []);
        }

        if (text[0] != '/')
        {
            throw new PatchException($"'{(text.Length <= 64 ? text : text[..64] + "...")}' is not a path: it must begin with '/', such as /metadata/labels/team.");
        }

        if (text.Length > MaxLength)
        {
            throw new PatchException($"'{text[..64]}...' has {text.Length:N0} characters; a path has at most {MaxLength:N0}.");
        }

        string[] steps = text[1..].Split('/');
        if (steps.Length > MaxSteps)
        {
            throw new PatchException($"'{text[..64]}...' has {steps.Length} steps; a path has at most {MaxSteps}.");
        }

        for (int i = 0; i < steps.Length; i++)
        {
            for (int at = steps[i].IndexOf('~', StringComparison.Ordinal); at >= 0; at = steps[i].IndexOf('~', at + 1))
            {
                if (at + 1 >= steps[i].Length || steps[i][at + 1] is not ('0' or '1'))
                {
                    throw new PatchException($"'{text}' is not a path: write ~0 for '~' and ~1 for '/'.");
                }
            }

            steps[i] = steps[i].Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
        }

        return new JsonPointer(text, steps);
    }

    /// <summary>Whether another pointer is this one or lies below it.</summary>
    public bool Contains(JsonPointer other) =>
        _steps.Length <= other._steps.Length && other._steps.AsSpan(0, _steps.Length).SequenceEqual(_steps);

    /// <summary>The value that is there; JSON's null is a null reference.</summary>
    /// <exception cref="PatchException">There is nothing.</exception>
    public JsonNode? Get(JsonNode? document)
    {
        JsonNode? node = document;
        foreach (string step in _steps)
        {
            node = Step(node, step);
        }

        return node;
    }

    /// <summary>The object or array that the last step is of.</summary>
    /// <exception cref="PatchException">There is none.</exception>
    public JsonNode GetParent(JsonNode? document)
    {
        JsonNode? node = document;
        foreach (string step in _steps.AsSpan(0, _steps.Length - 1))
        {
            node = Step(node, step);
        }

        return node is JsonObject or JsonArray ? node : throw Missing();
    }

    /// <summary>The position that a step names in an array.</summary>
    /// <param name="step">The step.</param>
    /// <param name="end">The first position that it may not name.</param>
    public int Index(string step, int end) =>
        (step is "0" || (step.Length is > 0 and < 10 && step[0] != '0')) &&
        int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < end
            ? index
            : throw Missing();

    public PatchException Missing() => new($"There is nothing at '{_text}'.", isUnmet: true);

    public override string ToString() => _text;

    private JsonNode? Step(JsonNode? node, string step) => node switch
    {
        JsonObject of when of.TryGetPropertyValue(step, out JsonNode? next) => next,
        JsonArray of => of[Index(step, of.Count)],
        _ => throw Missing(),
    };
}
