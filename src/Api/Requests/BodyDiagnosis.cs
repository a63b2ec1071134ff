using System.Text.Json;
using Kontinue.Api.Responses;
using Kontinue.Resources;

namespace Kontinue.Api.Requests;

/// <summary>Finds out what is wrong with a body that could not be bound. Slow and thorough: nobody in a hurry sends such bodies.</summary>
internal static class BodyDiagnosis
{
    /// <summary>Half of a surrogate pair, escaped, is JSON by its grammar but no text.</summary>
    public static ErrorStatus NotUnicode { get; } =
        StatusFactory.BadRequest("The body has a string that is not valid Unicode (half of a surrogate pair).");

    /// <summary>What is wrong with a body, field by field.</summary>
    /// <exception cref="ApiException">It is not JSON at all.</exception>
    public static BodyFindings Examine(ReadOnlyMemory<byte> utf8, Shape shape)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8);
            var findings = new BodyFindings();
            Walk(document.RootElement, shape, isNullable: false, "", findings);
            return findings;
        }
        catch (JsonException e)
        {
            throw new ApiException(StatusFactory.BadRequest(
                $"The body is not valid JSON: line {(e.LineNumber ?? 0) + 1}, column {(e.BytePositionInLine ?? 0) + 1}: {Trim(e.Message)}"));
        }
        catch (InvalidOperationException)
        {
            throw new ApiException(NotUnicode);
        }
    }

    /// <summary>The answer for a failure that the diagnosis finds nothing about.</summary>
    public static ErrorStatus Unexplained(JsonException failure) => failure.InnerException is InvalidOperationException
        ? NotUnicode
        : StatusFactory.BadRequest("The body does not fit: " + Trim(failure.Message));

    private static void Walk(JsonElement value, Shape shape, bool isNullable, string path, BodyFindings findings)
    {
        if (findings.IsFull || (value.ValueKind == JsonValueKind.Null && isNullable))
        {
            return;
        }

        switch (shape.Kind)
        {
            case ShapeKind.Object when value.ValueKind == JsonValueKind.Object:
                WalkObject(value, shape, path, findings);
                break;
            case ShapeKind.Map when value.ValueKind == JsonValueKind.Object:
                WalkMap(value, shape.Element!, path, findings);
                break;
            case ShapeKind.List when value.ValueKind == JsonValueKind.Array:
                int index = 0;
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Walk(item, shape.Element!, isNullable: false, $"{path}[{index++}]", findings);
                }

                break;
            default:
                BodyValues.Check(value, shape, path.Length == 0 ? "(body)" : path, findings);
                break;
        }
    }

    private static void WalkObject(JsonElement value, Shape shape, string path, BodyFindings findings)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty property in value.EnumerateObject())
        {
            string at = Join(path, property.Name);
            ShapeField? field = shape.Fields.FirstOrDefault(f => string.Equals(f.Name, property.Name, StringComparison.Ordinal));
            if (!seen.Add(property.Name))
            {
                findings.Duplicate(at);
            }

            if (field is not null)
            {
                Walk(property.Value, field.Shape, field.IsNullable, at, findings);
            }
            else if (shape.Unsupported.Contains(property.Name, StringComparer.Ordinal))
            {
                if (!IsEmpty(property.Value))
                {
                    findings.Fault(CauseReason.Invalid, "is not supported; leave it out", at);
                }
            }
            else if (!shape.PassedOver.Contains(property.Name, StringComparer.Ordinal))
            {
                findings.Unknown(at, () => Help(property.Name, shape));
            }
        }

        foreach (ShapeField field in shape.Fields.Where(f => f.IsRequired && !seen.Contains(f.Name)))
        {
            findings.Fault(CauseReason.Required, "is required", Join(path, field.Name));
        }
    }

    private static void WalkMap(JsonElement value, Shape element, string path, BodyFindings findings)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty entry in value.EnumerateObject())
        {
            string at = Join(path, entry.Name);
            if (!seen.Add(entry.Name))
            {
                findings.Duplicate(at);
            }

            Walk(entry.Value, element, isNullable: false, at, findings);
        }
    }

    private static bool IsEmpty(JsonElement value) =>
        value.ValueKind == JsonValueKind.Null || (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0);

    private static string Help(string given, Shape shape)
    {
        IEnumerable<string> known = shape.Fields.Select(f => f.Name);
        return Suggestion.For(given, known) is { } meant ? $"did you mean \"{meant}\"?" : $"known are {string.Join(", ", known)}";
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

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
