using Kontinue.Engine;
using Kontinue.Resources;

namespace Kontinue.Api.Requests;

/// <summary>The rule of suspensions' names: an execution's name, a dot, and a DNS name made of the wait's.</summary>
internal static class SuspensionNameRule
{
    public static bool IsMet(string name) => SuspensionName.ExecutionOf(name) is { } execution &&
        Names.IsExecutionName(execution) && Names.IsExecutionName(name[(execution.Length + 1)..]);
}
