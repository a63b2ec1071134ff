using Kontinue.Client;

namespace Kontinue.Cli.Commands;

/// <summary>Field selectors as text, as kubectl takes them: <c>status.phase=Failed,spec.function=deploy</c>.</summary>
internal static class FieldSelector
{
    public const string Known = "metadata.name, metadata.namespace, spec.function, status.phase";

    /// <summary>Adds what the text says to a selector.</summary>
    /// <exception cref="UsageException">It cannot be understood, or contradicts itself.</exception>
    public static ExecutionSelector Apply(ExecutionSelector selector, string? text)
    {
        foreach (string term in (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int at = term.IndexOf('=', StringComparison.Ordinal);
            bool negated = at > 0 && term[at - 1] == '!';
            if (at < 1 || (negated && at < 2))
            {
                throw new UsageException($"--field-selector: '{term}' cannot be understood. Write field=value, or status.phase!=value, joined by commas.");
            }

            string field = term[..(negated ? at - 1 : at)].Trim();
            string value = term[(at + 1)..].TrimStart('=').Trim();
            selector = field switch
            {
                "status.phase" => selector with { Phases = Phases(selector.Phases, value, negated) },
                _ when negated && Known.Split(", ").Contains(field, StringComparer.Ordinal) => throw new UsageException($"--field-selector: only status.phase can be compared with '!=', not {field}."),
                "metadata.name" => selector with { Name = Same(field, selector.Name, value) },
                "metadata.namespace" => selector with { Namespace = Same(field, selector.Namespace, value) },
                "spec.function" => selector with { Function = Same(field, selector.Function, value) },
                _ => throw new UsageException($"--field-selector: the field '{field}' cannot be selected by. Fields: {Known}."),
            };
        }

        return selector;
    }

    private static string Same(string field, string? before, string value) => before is null || string.Equals(before, value, StringComparison.Ordinal)
        ? value
        : throw new UsageException($"{field} cannot be both '{before}' and '{value}'.");

    private static HashSet<ExecutionPhase> Phases(IReadOnlySet<ExecutionPhase>? before, string value, bool negated)
    {
        // Names only: Enum.Parse would take numbers, too.
        if (!Array.Exists(Enum.GetNames<ExecutionPhase>(), n => string.Equals(n, value, StringComparison.OrdinalIgnoreCase)))
        {
            throw new UsageException($"--field-selector: '{value}' is no phase. Phases: {string.Join(", ", Enum.GetNames<ExecutionPhase>())}.");
        }

        ExecutionPhase phase = Enum.Parse<ExecutionPhase>(value, ignoreCase: true);
        HashSet<ExecutionPhase> left = [.. Enum.GetValues<ExecutionPhase>().Where(p => (before?.Contains(p) ?? true) && p == phase != negated)];
        return left.Count > 0 ? left : throw new UsageException("--field-selector: no phase satisfies all that is said of status.phase.");
    }
}
