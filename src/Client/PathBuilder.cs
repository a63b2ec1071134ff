using System.Text;

namespace Kontinue.Client;

/// <summary>A path with its query.</summary>
internal sealed class PathBuilder(string path)
{
    private readonly StringBuilder _text = new(path);
    private char _separator = '?';

    /// <summary>Adds a parameter, unless it is empty.</summary>
    public PathBuilder Add(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            _text.Append(_separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
            _separator = '&';
        }

        return this;
    }

    /// <summary>Adds what a selector says beside the namespace, which is part of the path.</summary>
    public PathBuilder Add(ExecutionSelector selector) =>
        Add("labelSelector", LabelSelector.Format(selector.Labels)).Add("fieldSelector", string.Join(',', Fields(selector)));

    public override string ToString() => _text.ToString();

    private static IEnumerable<string> Fields(ExecutionSelector selector)
    {
        if (selector.Name is { } name)
        {
            yield return $"metadata.name={name}";
        }

        if (selector.Function is { } function)
        {
            yield return $"spec.function={function}";
        }

        if (selector.ParentUid is { } parent)
        {
            yield return $"metadata.ownerReferences.uid={parent}";
        }

        // All terms of a field selector must hold, so one of several phases is said as none of the others.
        if (selector.Phases is { Count: 1 } one)
        {
            yield return $"status.phase={one.First()}";
        }
        else if (selector.Phases is { } some)
        {
            foreach (ExecutionPhase phase in Enum.GetValues<ExecutionPhase>())
            {
                if (!some.Contains(phase))
                {
                    yield return $"status.phase!={phase}";
                }
            }
        }
    }
}
