using Kontinue.Client;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Feed;

/// <summary>Selects rows by what their columns say; nothing is read that the selector does not ask for.</summary>
internal static class RowSelection
{
    /// <summary>Whether a row is selected.</summary>
    public static bool Selects(this ExecutionSelector selector, ExecutionRow row) =>
        selector.SelectsForGood(row) &&
        (selector.Phases?.Contains(row.Phase) ?? true) &&
        (selector.Labels is not { Count: > 0 } || selector.SelectsLabels(ReadLabels(row)));

    /// <summary>Whether what never changes of a row is selected.</summary>
    public static bool SelectsForGood(this ExecutionSelector selector, ExecutionRow row) =>
        (selector.Namespace is null || string.Equals(selector.Namespace, row.Key.Namespace, StringComparison.Ordinal)) &&
        (selector.Name is null || string.Equals(selector.Name, row.Key.Name, StringComparison.Ordinal)) &&
        (selector.Function is null || string.Equals(selector.Function, row.Function, StringComparison.Ordinal)) &&
        (selector.ParentUid is not { } parent || row.ParentUid == parent);

    /// <summary>Whether an execution that is selected may cease to be.</summary>
    public static bool MayChangeItsMind(this ExecutionSelector selector) => selector.Phases is not null || selector.Labels is { Count: > 0 };

    /// <summary>The labels of a row; null when there are none.</summary>
    public static Dictionary<string, string>? ReadLabels(ExecutionRow row) =>
        ResourceMapper.LabelsOf(row.Labels);

    /// <summary>The address of the only row that can be selected; null when there may be others.</summary>
    public static ExecutionKey? SingleKey(this ExecutionSelector selector) =>
        selector is { Namespace: { } ns, Name: { } name } ? new ExecutionKey(ns, name) : null;

    /// <summary>The first label that must have one value; null when there is none.</summary>
    public static LabelRequirement? FirstEqualLabel(this ExecutionSelector selector) => selector.Labels?.FirstOrDefault(IsEqual);

    /// <summary>
    /// The queries that together bring all rows that may be selected, each from the index that leaves the least to look at. Phases are
    /// an index of their own each, save Completed: most rows are.
    /// </summary>
    public static IReadOnlyList<RowQuery> ToQueries(this ExecutionSelector selector)
    {
        var all = new RowQuery { Namespace = selector.Namespace, Limit = 1 };
        if (selector.ParentUid is { } parent)
        {
            return [all with { ParentUid = parent }];
        }

        if (selector.Phases is { } phases && !phases.Contains(ExecutionPhase.Completed))
        {
            return [.. phases.Order().Select(phase => all with { Phase = phase })];
        }

        Dictionary<string, string>? labels = EqualLabels(selector);
        return labels is not null ? [all with { Labels = labels }]
            : selector.Function is { } function ? [all with { Function = function }]
            : [all];
    }

    private static Dictionary<string, string>? EqualLabels(ExecutionSelector selector)
    {
        Dictionary<string, string>? labels = null;
        foreach (LabelRequirement requirement in selector.Labels ?? [])
        {
            if (IsEqual(requirement))
            {
                // Of two values for one key none can be right; either leads to the empty list.
                (labels ??= new(StringComparer.Ordinal)).TryAdd(requirement.Key, requirement.Values[0]);
            }
        }

        return labels;
    }

    private static bool IsEqual(LabelRequirement requirement) => requirement is { Operator: LabelOperator.In, Values.Count: 1 };
}
