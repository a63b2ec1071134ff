using System.Diagnostics.CodeAnalysis;

namespace Kontinue.Engine.Functions;

/// <summary>The functions that this process can run. Fixed once the host has started.</summary>
public sealed class FunctionRegistry
{
    private readonly Dictionary<string, FunctionDefinition> _functions;

    /// <summary>Makes a registry of functions with distinct names.</summary>
    public FunctionRegistry(IEnumerable<FunctionDefinition> functions)
    {
        _functions = new Dictionary<string, FunctionDefinition>(StringComparer.Ordinal);
        foreach (FunctionDefinition function in functions)
        {
            if (!_functions.TryAdd(function.Name, function))
            {
                throw new ArgumentException($"Function '{function.Name}' is registered twice.");
            }
        }
    }

    /// <summary>All functions.</summary>
    public IReadOnlyCollection<FunctionDefinition> All => _functions.Values;

    /// <summary>All names.</summary>
    public IReadOnlyCollection<string> Names => _functions.Keys;

    /// <summary>Finds a function.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out FunctionDefinition? function) => _functions.TryGetValue(name, out function);
}
