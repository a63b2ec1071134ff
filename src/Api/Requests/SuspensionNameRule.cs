using Kontinue.Engine;
using Kontinue.Resources;

namespace Kontinue.Api.Requests;

/// <summary>The rule of suspensions' names: an execution's name, a dot, and a DNS label.</summary>
internal static class SuspensionNameRule
{
    public static bool IsMet(string name) => SuspensionName.ExecutionOf(name) is { } execution &&
        Names.IsExecutionName(execution) && Names.IsNamespace(name[(execution.Length + 1)..]);
}
