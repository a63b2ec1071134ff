using System.Text.Json;
using Kontinue.Api.Responses;

namespace Kontinue.Api.Requests;

/// <summary>Judges single values of a body.</summary>
internal static class BodyValues
{
    private const string DurationHelp = "Write a number and a unit in a string, such as \"250ms\", \"5s\", \"30m\", \"1h30m\" or \"7d\".";

    public static void Check(JsonElement value, Shape shape, string path, BodyFindings findings)
    {
        switch (shape.Kind)
        {
            case ShapeKind.Object or ShapeKind.Map:
                Expect(value, JsonValueKind.Object, "an object", path, findings);
                break;
            case ShapeKind.List:
                Expect(value, JsonValueKind.Array, "an array", path, findings);
                break;
            case ShapeKind.Text:
                Expect(value, JsonValueKind.String, "a string", path, findings);
                break;
            case ShapeKind.Boolean:
                if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
                {
                    findings.Fault(CauseReason.WrongType, $"must be true or false, not {Describe(value)}", path);
                }

                break;
            case ShapeKind.Uuid:
                if (Expect(value, JsonValueKind.String, "a string", path, findings) && !value.TryGetGuid(out _))
                {
                    findings.Fault(CauseReason.Invalid, $"{Describe(value)} is not a UUID.", path);
                }

                break;
            case ShapeKind.Time:
                if (Expect(value, JsonValueKind.String, "a string", path, findings) && !value.TryGetDateTimeOffset(out _))
                {
                    findings.Fault(CauseReason.Invalid, $"{Describe(value)} is not a time. Write it as in \"2026-01-31T12:00:00Z\".", path);
                }

                break;
            case ShapeKind.Number:
                Expect(value, JsonValueKind.Number, "a number", path, findings);
                break;
            case ShapeKind.Integer:
                CheckInteger(value, value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out _), int.MaxValue, path, findings);
                break;
            case ShapeKind.LongInteger:
                CheckInteger(value, value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _), long.MaxValue, path, findings);
                break;
            case ShapeKind.Duration:
                if (value.ValueKind != JsonValueKind.String || !Duration.TryParse(value.GetString(), out _))
                {
                    findings.Fault(CauseReason.Invalid, $"{Describe(value)} is not a duration. {DurationHelp}", path);
                }

                break;
            case ShapeKind.OneOf:
                if (value.ValueKind != JsonValueKind.String || !shape.Values.Contains(value.GetString(), StringComparer.OrdinalIgnoreCase))
                {
                    findings.Fault(CauseReason.Invalid, $"{Describe(value)} is not one of {string.Join(", ", shape.Values)}.", path);
                }

                break;
        }
    }

    private static void CheckInteger(JsonElement value, bool fits, long max, string path, BodyFindings findings)
    {
        if (!fits && Expect(value, JsonValueKind.Number, "a whole number", path, findings))
        {
            findings.Fault(CauseReason.Invalid, $"{value.GetRawText()} is not a whole number up to {max}.", path);
        }
    }

    private static bool Expect(JsonElement value, JsonValueKind kind, string what, string path, BodyFindings findings)
    {
        if (value.ValueKind == kind)
        {
            return true;
        }

        findings.Fault(CauseReason.WrongType, $"must be {what}, not {Describe(value)}", path);
        return false;
    }

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        _ when value.GetRawText() is { Length: <= 64 } text => text,
        _ => "a long " + value.ValueKind.ToString().ToLowerInvariant(),
    };
}
