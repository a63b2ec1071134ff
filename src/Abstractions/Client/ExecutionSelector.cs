using Kontinue.Resources;

namespace Kontinue.Client;

/// <summary>Selects executions. All that is set must hold.</summary>
public sealed record ExecutionSelector
{
    /// <summary>Selects all.</summary>
    public static ExecutionSelector All { get; } = new();

    /// <summary>Only this namespace.</summary>
    public string? Namespace { get; init; }

    /// <summary>Only this name.</summary>
    public string? Name { get; init; }

    /// <summary>Only these phases.</summary>
    public IReadOnlySet<ExecutionPhase>? Phases { get; init; }

    /// <summary>Only this function.</summary>
    public string? Function { get; init; }

    /// <summary>Only children of the execution with this uid.</summary>
    public Guid? ParentUid { get; init; }

    /// <summary>Only executions whose labels satisfy all these.</summary>
    public IReadOnlyList<LabelRequirement>? Labels { get; init; }

    /// <summary>Whether it selects an execution.</summary>
    public bool Selects(Execution execution)
    {
        ArgumentNullException.ThrowIfNull(execution);
        ObjectMetadata metadata = execution.Metadata;
        return Selects(execution.Key, execution.Spec.Function, execution.Status?.Phase ?? ExecutionPhase.Pending) &&
            (ParentUid is not { } parent || metadata.OwnerReferences?.Any(o => o.Uid == parent) == true) &&
            SelectsLabels(metadata.Labels);
    }

    /// <summary>Whether what does not need reading would be selected.</summary>
    public bool Selects(ExecutionKey key, string function, ExecutionPhase phase) =>
        (Namespace is null || string.Equals(Namespace, key.Namespace, StringComparison.Ordinal)) &&
        (Name is null || string.Equals(Name, key.Name, StringComparison.Ordinal)) &&
        (Function is null || string.Equals(Function, function, StringComparison.Ordinal)) &&
        (Phases?.Contains(phase) ?? true);

    /// <summary>Whether labels would be selected.</summary>
    public bool SelectsLabels(IReadOnlyDictionary<string, string>? labels)
    {
        // Asked for each change by each watch: nothing is allocated here.
        for (int i = 0; i < (Labels?.Count ?? 0); i++)
        {
            if (!Labels![i].IsSatisfiedBy(labels))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>How a label is compared.</summary>
public enum LabelOperator
{
    /// <summary>The label has one of the values.</summary>
    In = 0,

    /// <summary>The label is absent or has none of the values.</summary>
    NotIn = 1,

    /// <summary>The label is there.</summary>
    Exists = 2,

    /// <summary>The label is absent.</summary>
    DoesNotExist = 3,
}

/// <summary>What must hold of one label.</summary>
/// <param name="Key">The label's key.</param>
/// <param name="Operator">How it is compared.</param>
/// <param name="Values">What with; empty for <see cref="LabelOperator.Exists"/> and <see cref="LabelOperator.DoesNotExist"/>.</param>
public sealed record LabelRequirement(string Key, LabelOperator Operator, IReadOnlyList<string> Values)
{
    /// <summary>The label must have this value.</summary>
    public static LabelRequirement Equal(string key, string value) => new(key, LabelOperator.In, [value]);

    /// <summary>Whether labels satisfy it.</summary>
    public bool IsSatisfiedBy(IReadOnlyDictionary<string, string>? labels)
    {
        string? value = null;
        bool isThere = labels?.TryGetValue(Key, out value) == true;
        return Operator switch
        {
            LabelOperator.In => isThere && HasValue(value),
            LabelOperator.NotIn => !isThere || !HasValue(value),
            LabelOperator.Exists => isThere,
            _ => !isThere,
        };
    }

    private bool HasValue(string? value)
    {
        for (int i = 0; i < Values.Count; i++)
        {
            if (string.Equals(Values[i], value, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
