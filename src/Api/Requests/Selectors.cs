using Kontinue.Engine;

namespace Kontinue.Api.Requests;

/// <summary>Reads label and field selectors in the forms that are supported.</summary>
internal static class Selectors
{
    private const string LabelHelp =
        "Supported are equalities joined by commas, such as app=shop,tier==web. '!=', 'in', 'notin' and the mere presence of a label are not.";

    private const string FieldHelp = "Supported are status.phase=PHASE and spec.function=NAME, joined by a comma.";

    /// <summary>Reads a label selector; null when there is none.</summary>
    public static IReadOnlyDictionary<string, string>? Labels(string? selector)
    {
        if (string.IsNullOrWhiteSpace(selector))
        {
            return null;
        }

        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string term in selector.Split(','))
        {
            if (!TrySplit(term, out string key, out string value) || !Names.IsLabelKey(key) || !Names.IsLabelValue(value))
            {
                throw QueryReader.Bad("labelSelector", $"'{term.Trim()}' cannot be used. {LabelHelp}");
            }

            if (!labels.TryAdd(key, value) && !string.Equals(labels[key], value, StringComparison.Ordinal))
            {
                throw QueryReader.Bad("labelSelector", $"'{key}' cannot equal both '{labels[key]}' and '{value}'.");
            }
        }

        return labels;
    }

    /// <summary>Reads a field selector.</summary>
    public static (ExecutionPhase? Phase, string? Function) Fields(string? selector)
    {
        ExecutionPhase? phase = null;
        string? function = null;
        if (string.IsNullOrWhiteSpace(selector))
        {
            return (phase, function);
        }

        foreach (string term in selector.Split(','))
        {
            if (!TrySplit(term, out string field, out string value))
            {
                throw QueryReader.Bad("fieldSelector", $"'{term.Trim()}' cannot be used. {FieldHelp}");
            }

            switch (field)
            {
                case "status.phase":
                    phase = Enum.TryParse(value, out ExecutionPhase parsed) && string.Equals(Enum.GetName(parsed), value, StringComparison.Ordinal)
                        ? parsed
                        : throw QueryReader.Bad("fieldSelector", $"'{value}' is not a phase. Phases are {string.Join(", ", Enum.GetNames<ExecutionPhase>())}.");
                    break;
                case "spec.function":
                    function = Names.IsFunctionName(value)
                        ? value
                        : throw QueryReader.Bad("fieldSelector", $"'{value}' is not a function name. {Names.FunctionNameRule}");
                    break;
                default:
                    throw QueryReader.Bad("fieldSelector", $"'{field}' cannot be selected by. {FieldHelp}");
            }
        }

        return (phase, function);
    }

    private static bool TrySplit(string term, out string key, out string value)
    {
        int at = term.IndexOf('=', StringComparison.Ordinal);
        key = at < 0 ? "" : term[..at].Trim();
        value = at < 0 ? "" : term[(at + 1)..];
        value = (value.StartsWith('=') ? value[1..] : value).Trim();
        return at >= 0 && key.Length > 0 && !key.EndsWith('!') && !value.Contains('=', StringComparison.Ordinal);
    }
}
