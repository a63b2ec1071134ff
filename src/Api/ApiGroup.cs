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
        Metadata = Show(execution.Metadata),
    };

    public Suspension Show(Suspension suspension) => _isDefault ? suspension : suspension with
    {
        ApiVersion = ApiVersion,
        Metadata = Show(suspension.Metadata),
    };

    public Function Show(Function function) => _isDefault ? function : function with { ApiVersion = ApiVersion };

    public Silo Show(Silo silo) => _isDefault ? silo : silo with { ApiVersion = ApiVersion };

    public ExecutionList Show(ExecutionList list) =>
        _isDefault ? list : list with { ApiVersion = ApiVersion, Items = [.. list.Items.Select(Show)] };

    public SuspensionList Show(SuspensionList list) =>
        _isDefault ? list : list with { ApiVersion = ApiVersion, Items = [.. list.Items.Select(Show)] };

    public FunctionList Show(FunctionList list) =>
        _isDefault ? list : list with { ApiVersion = ApiVersion, Items = [.. list.Items.Select(Show)] };

    public ArchivedExecution Show(ArchivedExecution archived) => _isDefault ? archived : archived with
    {
        ApiVersion = ApiVersion,
        Root = archived.Root is { } root ? Show(root) : null,
    };

    public ArchivedExecutionList Show(ArchivedExecutionList list) =>
        _isDefault ? list : list with { ApiVersion = ApiVersion, Items = [.. list.Items.Select(Show)] };

    public SiloList Show(SiloList list) =>
        _isDefault ? list : list with { ApiVersion = ApiVersion, Items = [.. list.Items.Select(Show)] };

    /// <summary>Whether a manifest of this version is meant for this group.</summary>
    public bool Accepts(string apiVersion) =>
        string.Equals(apiVersion, ApiVersion, StringComparison.Ordinal) ||
        string.Equals(apiVersion, Execution.DefaultApiVersion, StringComparison.Ordinal);

    private ObjectMetadata Show(ObjectMetadata metadata) => metadata with
    {
        OwnerReferences = metadata.OwnerReferences?.Select(o => o with { ApiVersion = ApiVersion }).ToList(),
    };
}
