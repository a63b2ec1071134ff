using Kontinue.Client;
using Kontinue.Engine;

namespace Kontinue.Api.Requests;

/// <summary>Reads label and field selectors. What nothing can satisfy is refused, because somebody has mistyped it.</summary>
internal static class Selectors
{
    public const string Name = "metadata.name";
    public const string Namespace = "metadata.namespace";
    public const string Function = "spec.function";
    public const string Phase = "status.phase";
    public const string OwnerName = "metadata.ownerReferences.name";
    public const string OwnerUid = "metadata.ownerReferences.uid";

    /// <summary>The fields that executions can be selected by.</summary>
    public static IReadOnlyList<string> ExecutionFields { get; } = [Name, Namespace, Function, Phase, OwnerName, OwnerUid];

    /// <summary>The fields that suspensions can be selected by.</summary>
    public static IReadOnlyList<string> SuspensionFields { get; } = [Name, Namespace, Function];

    /// <summary>The fields that archived executions can be selected by; the name is the root's.</summary>
    public static IReadOnlyList<string> ArchiveFields { get; } = [Name, Namespace, Function, Phase];

    /// <summary>The fields that functions can be selected by.</summary>
    public static IReadOnlyList<string> FunctionFields { get; } = [Name];

    /// <summary>The fields that silos can be selected by.</summary>
    public static IReadOnlyList<string> SiloFields { get; } = [Name];

    /// <summary>Reads a label selector; null when there is none.</summary>
    public static IReadOnlyList<LabelRequirement>? Labels(string? selector)
    {
        if (string.IsNullOrWhiteSpace(selector))
        {
            return null;
        }

        try
        {
            IReadOnlyList<LabelRequirement> requirements = LabelSelector.Parse(selector);
            foreach (LabelRequirement requirement in requirements)
            {
                CheckLabel(requirement);
            }

            return requirements;
        }
        catch (FormatException e)
        {
            throw QueryReader.Bad("labelSelector", e.Message);
        }
    }

    /// <summary>Reads a field selector.</summary>
    /// <param name="selector">Terms joined by commas.</param>
    /// <param name="fields">The fields that can be selected by.</param>
    public static FieldSelection Fields(string? selector, IReadOnlyList<string> fields)
    {
        var selection = new FieldSelection();
        if (string.IsNullOrWhiteSpace(selector))
        {
            return selection;
        }

        foreach (string term in selector.Split(','))
        {
            (string field, string value, bool negated) = Split(term, fields);
            if (negated && field is not Phase)
            {
                throw Bad($"'{term.Trim()}' cannot be used: '!=' is for {Phase} only.");
            }

            selection = field switch
            {
                Name => selection with { Name = Same(field, selection.Name, CheckName(field, value)) },
                Namespace => selection with { Namespace = Same(field, selection.Namespace, CheckNamespace(field, value)) },
                Function => selection with { Function = Same(field, selection.Function, CheckFunction(value)) },
                OwnerName => selection with { OwnerName = Same(field, selection.OwnerName, CheckName(field, value)) },
                OwnerUid => selection with { OwnerUid = Same(field, selection.OwnerUid, CheckUid(value)) },
                _ => selection with { Phases = Narrow(selection.Phases, value, negated) },
            };
        }

        return selection;
    }

    private static void CheckLabel(LabelRequirement requirement)
    {
        if (!Names.IsLabelKey(requirement.Key))
        {
            throw QueryReader.Bad("labelSelector", $"'{requirement.Key}' is not a label's key. {Names.LabelKeyRule}");
        }

        foreach (string value in requirement.Values.Where(v => !Names.IsLabelValue(v)))
        {
            throw QueryReader.Bad("labelSelector", $"'{value}' is not a label's value. {Names.LabelValueRule}");
        }
    }

    private static (string Field, string Value, bool Negated) Split(string term, IReadOnlyList<string> fields)
    {
        int at = term.IndexOf('=', StringComparison.Ordinal);
        bool negated = at > 0 && term[at - 1] == '!';
        string field = at < 0 ? "" : term[..(negated ? at - 1 : at)].Trim();
        string value = at < 0 ? "" : term[(at + 1)..];
        value = (!negated && value.StartsWith('=') ? value[1..] : value).Trim();
        if (field.Length == 0 || value.Length == 0 || value.Contains('=', StringComparison.Ordinal))
        {
            throw Bad($"'{term.Trim()}' cannot be understood. Write field=value, joined by commas.");
        }

        return fields.Contains(field, StringComparer.Ordinal)
            ? (field, value, negated)
            : throw Bad($"'{field}' cannot be selected by. Supported are {string.Join(", ", fields)}.");
    }

    private static string CheckName(string field, string value) => Names.IsExecutionName(value) || SuspensionNameRule.IsMet(value)
        ? value
        : throw Bad($"{field}: '{value}' is not a name. {Names.ExecutionNameRule}");

    private static string CheckNamespace(string field, string value) => Names.IsNamespace(value)
        ? value
        : throw Bad($"{field}: '{value}' is not a namespace. {Names.NamespaceRule}");

    private static string CheckFunction(string value) => Names.IsFunctionName(value)
        ? value
        : throw Bad($"'{value}' is not a function name. {Names.FunctionNameRule}");

    private static Guid CheckUid(string value) => Guid.TryParseExact(value, "D", out Guid uid)
        ? uid
        : throw Bad($"'{value}' is not a uid, such as 0198c0de-0000-7000-8000-000000000001.");

    private static HashSet<ExecutionPhase> Narrow(IReadOnlySet<ExecutionPhase>? before, string value, bool negated)
    {
        ExecutionPhase phase = Enum.TryParse(value, out ExecutionPhase parsed) && string.Equals(Enum.GetName(parsed), value, StringComparison.Ordinal)
            ? parsed
            : throw Bad($"'{value}' is not a phase. Phases are {string.Join(", ", Enum.GetNames<ExecutionPhase>())}.");
        var phases = Enum.GetValues<ExecutionPhase>().Where(p => p == phase != negated && before?.Contains(p) != false).ToHashSet();
        return phases.Count > 0 ? phases : throw Bad($"No phase satisfies all terms about {Phase}.");
    }

    private static T Same<T>(string field, T? before, T value) => before is null || before.Equals(value)
        ? value
        : throw Bad($"{field} cannot equal both '{before}' and '{value}'.");

    private static ApiException Bad(string message) => QueryReader.Bad("fieldSelector", message);
}
