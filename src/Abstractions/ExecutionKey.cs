namespace Kontinue;

/// <summary>An execution's address: a name within a namespace.</summary>
public readonly record struct ExecutionKey(string Namespace, string Name)
{
    /// <summary>The namespace used when none is named.</summary>
    public const string DefaultNamespace = "default";

    /// <summary><c>namespace/name</c>.</summary>
    public override string ToString() => $"{Namespace}/{Name}";
}
