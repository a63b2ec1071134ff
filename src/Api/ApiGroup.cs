using Kontinue.Resources;

namespace Kontinue.Api;

/// <summary>The API group that is served, and how resources are shown in it: the engine knows the default group only.</summary>
internal sealed class ApiGroup(string name)
{
    public const string Version = "v1alpha1";

    private readonly bool _isDefault = string.Equals($"{name}/{Version}", Execution.DefaultApiVersion, StringComparison.Ordinal);

    public string Name { get; } = name;

    public string ApiVersion { get; } = $"{name}/{Version}";

    public string Root { get; } = $"/apis/{name}/{Version}";

    public Execution Show(Execution execution) => _isDefault ? execution : execution with
    {
        ApiVersion = ApiVersion,
        Metadata = execution.Metadata with
        {
            OwnerReferences = execution.Metadata.OwnerReferences?.Select(o => o with { ApiVersion = ApiVersion }).ToList(),
        },
    };

    public ExecutionList Show(ExecutionList list) =>
        _isDefault ? list : list with { ApiVersion = ApiVersion, Items = [.. list.Items.Select(Show)] };
}
