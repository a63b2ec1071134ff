namespace Kontinue;

/// <summary>Which execution a function runs as.</summary>
/// <param name="Key">Namespace and name.</param>
/// <param name="Uid">Unique over time, also when a name is used again.</param>
/// <param name="Function">The function's name.</param>
/// <param name="Parent">The execution that started this one, if any.</param>
/// <param name="CreatedAt">When it was created.</param>
public sealed record ExecutionInfo(ExecutionKey Key, Guid Uid, string Function, ExecutionKey? Parent, DateTimeOffset CreatedAt)
{
    /// <summary>The namespace.</summary>
    public string Namespace => Key.Namespace;

    /// <summary>The name within the namespace.</summary>
    public string Name => Key.Name;
}
