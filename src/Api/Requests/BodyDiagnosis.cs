using System.Globalization;
using System.Text.Json;
using Kontinue.Api.Responses;
using Kontinue.Resources;

namespace Kontinue.Api.Requests;

/// <summary>Finds out what is wrong with a body that could not be bound. Slow and thorough: nobody in a hurry sends such bodies.</summary>
internal static class BodyDiagnosis
{
    private const int MaxCauses = 20;

    /// <summary>Half of a surrogate pair, escaped, is JSON by its grammar but no text.</summary>
    public static ErrorStatus NotUnicode { get; } =
        StatusFactory.BadRequest("The body has a string that is not valid Unicode (half of a surrogate pair).");

    /// <summary>Explains a failure: 400 when the body cannot be understood, 422 when only values are wrong.</summary>
    public static ErrorStatus Explain(byte[] utf8, Shape shape, JsonException failure)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(utf8, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException e)
        {
            return StatusFactory.BadRequest("The body is not valid JSON: " + Position(e));
        }

        using (document)
        {
            var causes = new List<StatusCause>();
            try
            {
                Walk(document.RootElement, shape, "", causes);
            }
            catch (InvalidOperationException)
            {
                return NotUnicode;
            }

            if (causes.Count == 0)
            {
                if (failure.InnerException is InvalidOperationException)
                {
                    return NotUnicode;
                }


                return StatusFactory.BadRequest("The body does not fit: " + Trim(failure.Message));
            }

            return causes.TrueForAll(c => string.Equals(c.Reason, CauseReason.Invalid, StringComparison.Ordinal))
                ? StatusFactory.Invalid(name: null, causes)
                : StatusFactory.BadRequest("The body does not fit: " + string.Join("; ", causes.Select(c => $"{c.Field}: {c.Message}")), causes);
        }
    }

    private static void Walk(JsonElement value, Shape shape, string path, List<StatusCause> causes)
    {
        if (causes.Count >= MaxCauses || (value.ValueKind == JsonValueKind.Null && shape.Nullable))
        {
            return;
        }

        switch (shape.Kind)
        {
            case ShapeKind.Object when value.ValueKind == JsonValueKind.Object:
                WalkObject(value, shape, path, causes);
                break;
            case ShapeKind.TextMap when value.ValueKind == JsonValueKind.Object:
                foreach (JsonProperty entry in value.EnumerateObject())
                {
                    Expect(entry.Value, JsonValueKind.String, "a string", Join(path, entry.Name), causes);
                }

                break;
            case ShapeKind.Object or ShapeKind.TextMap:
                Expect(value, JsonValueKind.Object, "an object", path, causes);
                break;
            case ShapeKind.Text:
                Expect(value, JsonValueKind.String, "a string", path, causes);
                break;
            case ShapeKind.Number:
                Expect(value, JsonValueKind.Number, "a number", path, causes);
                break;
            case ShapeKind.Integer:
                if (Expect(value, JsonValueKind.Number, "a whole number", path, causes) && !value.TryGetInt32(out _))
                {
                    causes.Add(new StatusCause(CauseReason.Invalid, $"{value.GetRawText()} is not a whole number up to {int.MaxValue}.", path));
                }

                break;
            case ShapeKind.Duration:
                WalkDuration(value, path, causes);
                break;
            case ShapeKind.OneOf:
                WalkOneOf(value, shape, path, causes);
                break;
        }
    }

    private static void WalkObject(JsonElement value, Shape shape, string path, List<StatusCause> causes)
    {
        foreach (JsonProperty property in value.EnumerateObject())
        {
            (string Name, Shape Shape) field = shape.Fields.FirstOrDefault(f => string.Equals(f.Name, property.Name, StringComparison.Ordinal));
            if (field.Shape is not null)
            {
                Walk(property.Value, field.Shape, Join(path, property.Name), causes);
                continue;
            }

            string? meant = Suggestion.For(property.Name, shape.Fields.Select(f => f.Name));
            string help = meant is null ? $"known are {string.Join(", ", shape.Fields.Select(f => f.Name))}" : $"did you mean \"{meant}\"?";
            causes.Add(new StatusCause(CauseReason.Unknown, $"unknown field; {help}", Join(path, property.Name)));
        }

        foreach ((string name, Shape field) in shape.Fields)
        {
            if (field.Required && !value.TryGetProperty(name, out _))
            {
                causes.Add(new StatusCause(CauseReason.Required, "is required", Join(path, name)));
            }
        }
    }

    private static void WalkDuration(JsonElement value, string path, List<StatusCause> causes)
    {
        const string Help = "Write a number and a unit in a string, such as \"250ms\", \"5s\", \"30m\", \"1h30m\" or \"7d\".";
        if (value.ValueKind != JsonValueKind.String)
        {
            causes.Add(new StatusCause(CauseReason.Invalid, $"{Describe(value)} is not a duration. {Help}", path));
        }
        else if (!Duration.TryParse(value.GetString(), out _))
        {
            causes.Add(new StatusCause(CauseReason.Invalid, $"\"{value.GetString()}\" is not a duration. {Help}", path));
        }
    }

    private static void WalkOneOf(JsonElement value, Shape shape, string path, List<StatusCause> causes)
    {
        if (value.ValueKind != JsonValueKind.String || !shape.Values.Contains(value.GetString(), StringComparer.OrdinalIgnoreCase))
        {
            causes.Add(new StatusCause(CauseReason.Invalid, $"{Describe(value)} is not one of {string.Join(", ", shape.Values)}.", path));
        }
    }

    private static bool Expect(JsonElement value, JsonValueKind kind, string what, string path, List<StatusCause> causes)
    {
        if (value.ValueKind == kind)
        {
            return true;
        }

        causes.Add(new StatusCause(CauseReason.WrongType, $"must be {what}, not {Describe(value)}", path.Length == 0 ? "(body)" : path));
        return false;
    }

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        _ when value.GetRawText() is { Length: <= 64 } text => text,
        _ => "a long " + value.ValueKind.ToString().ToLowerInvariant(),
    };

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string Position(JsonException e) => string.Create(CultureInfo.InvariantCulture,
        $"line {(e.LineNumber ?? 0) + 1}, column {(e.BytePositionInLine ?? 0) + 1}: {Trim(e.Message)}");

    /// <summary>Drops the serializer's own notation of path and position.</summary>
    private static string Trim(string message)
    {
        foreach (string marker in (ReadOnlySpan<string>)[" Path: ", " LineNumber: "])
        {
            int at = message.IndexOf(marker, StringComparison.Ordinal);
            message = at < 0 ? message : message[..at];
        }

        return message;
    }
}
