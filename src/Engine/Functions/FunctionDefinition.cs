namespace Kontinue.Engine.Functions;

/// <summary>A registered function.</summary>
/// <param name="name">Its name: what an execution's spec asks for.</param>
/// <param name="options">What its author says of it.</param>
/// <param name="binding">How to call it.</param>
public sealed class FunctionDefinition(string name, FunctionOptions options, FunctionBinding binding)
{
    /// <summary>The name.</summary>
    public string Name { get; } = name;

    /// <summary>Defaults and description.</summary>
    public FunctionOptions Options { get; } = options;

    /// <summary>The type of the arguments; null when the function takes none.</summary>
    public Type? ArgumentType => Binding.ArgumentType;

    /// <summary>The type of the result; null when the function returns none.</summary>
    public Type? ResultType => Binding.ResultType;

    internal FunctionBinding Binding { get; } = binding;
}
