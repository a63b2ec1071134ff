using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Kontinue.Api.Requests;

/// <summary>What a scalar of YAML is in JSON, by the core schema of YAML 1.2.</summary>
internal static partial class YamlScalar
{
    /// <summary>The patterns take linear time; this is for whoever changes them.</summary>
    private const int TimeoutMilliseconds = 1000;

    private const string Prefix = "tag:yaml.org,2002:";

    /// <summary>A key of a mapping. Keys are text in JSON: <c>1:</c> is the key "1".</summary>
    public static string Key(ParsingEvent node)
    {
        if (node is not Scalar scalar)
        {
            throw YamlBody.Bad(node.Start, "a key must be a plain value, not a list, an object or an alias.");
        }

        return scalar switch
        {
            { Style: ScalarStyle.Plain, Value: "<<" } => throw YamlBody.Bad(node.Start, "merge keys (<<) are not supported. Write the fields out."),
            { Style: ScalarStyle.Plain, Tag.IsEmpty: true, Value: "" or "~" or "null" or "Null" or "NULL" } =>
                throw YamlBody.Bad(node.Start, "a key must not be null."),
            _ => scalar.Value,
        };
    }

    /// <summary>Writes a value.</summary>
    public static void Write(Utf8JsonWriter writer, Scalar scalar)
    {
        string kind = scalar.Tag.IsEmpty ? scalar.Style == ScalarStyle.Plain ? "any" : "str"
            : scalar.Tag.IsNonSpecific ? "str"
            : scalar.Tag.Value.StartsWith(Prefix, StringComparison.Ordinal) ? scalar.Tag.Value[Prefix.Length..]
            : scalar.Tag.Value;
        string text = scalar.Value;
        switch (kind)
        {
            case "str":
                WriteText(writer, scalar);
                break;
            case "any" or "null" when text is "" or "~" or "null" or "Null" or "NULL":
                writer.WriteNullValue();
                break;
            case "any" or "bool" when text is "true" or "True" or "TRUE":
                writer.WriteBooleanValue(true);
                break;
            case "any" or "bool" when text is "false" or "False" or "FALSE":
                writer.WriteBooleanValue(false);
                break;
            case "any" or "int" when Integer(text) is { } number:
                writer.WriteRawValue(number);
                break;
            case "any" or "float" when Float().IsMatch(text):
                writer.WriteRawValue(JsonFloat(text));
                break;
            case "any" or "float" when NotANumber().IsMatch(text):
                throw YamlBody.Bad(scalar.Start, $"{text} cannot be a value in JSON. Put it in quotes if it is text.");
            case "any":
                WriteText(writer, scalar);
                break;
            case "null" or "bool" or "int" or "float":
                throw YamlBody.Bad(scalar.Start, $"the value is not of its tag, !!{kind}.");
            default:
                throw YamlBody.Bad(scalar.Start, $"the tag {scalar.Tag.Value} is not supported.");
        }
    }

    /// <summary>Escapes in double quotes can name half a character, which no JSON can carry.</summary>
    private static void WriteText(Utf8JsonWriter writer, Scalar scalar)
    {
        try
        {
            writer.WriteStringValue(scalar.Value);
        }
        catch (ArgumentException)
        {
            throw YamlBody.Bad(scalar.Start, "the text is not valid Unicode (half of a surrogate pair).");
        }
    }

    /// <summary>An integer as JSON writes it, of any size; null when it is none.</summary>
    private static string? Integer(string text)
    {
        if (DecimalInteger().IsMatch(text))
        {
            string digits = text.TrimStart('+', '-').TrimStart('0');
            return digits.Length == 0 ? "0" : text[0] == '-' ? "-" + digits : digits;
        }

        try
        {
            return OctalInteger().IsMatch(text) ? Convert.ToUInt64(text[2..], 8).ToString()
                : HexadecimalInteger().IsMatch(text) ? Convert.ToUInt64(text[2..], 16).ToString()
                : null;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    /// <summary>The same digits by JSON's grammar, which wants a digit on both sides of the point and no plus sign in front.</summary>
    private static string JsonFloat(string text)
    {
        Match match = Float().Match(text);
        string whole = match.Groups["whole"].Value.TrimStart('0');
        string part = match.Groups["part"].Value;
        return $"{(text[0] == '-' ? "-" : "")}{(whole.Length == 0 ? "0" : whole)}{(part.Length == 0 ? "" : "." + part)}{match.Groups["exponent"].Value}";
    }

    [GeneratedRegex(@"^[-+]?[0-9]+\z", RegexOptions.CultureInvariant, TimeoutMilliseconds)]
    private static partial Regex DecimalInteger();

    [GeneratedRegex(@"^0o[0-7]+\z", RegexOptions.CultureInvariant, TimeoutMilliseconds)]
    private static partial Regex OctalInteger();

    [GeneratedRegex(@"^0x[0-9a-fA-F]+\z", RegexOptions.CultureInvariant, TimeoutMilliseconds)]
    private static partial Regex HexadecimalInteger();

    [GeneratedRegex(
        @"^[-+]?((?<whole>[0-9]+)(\.(?<part>[0-9]*))?|\.(?<part>[0-9]+))(?<exponent>[eE][-+]?[0-9]+)?\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeoutMilliseconds)]
    private static partial Regex Float();

    [GeneratedRegex(@"^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeoutMilliseconds)]
    private static partial Regex NotANumber();
}
