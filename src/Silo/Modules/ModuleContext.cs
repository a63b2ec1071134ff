using System.Reflection;
using System.Runtime.Loader;

namespace Kontinue.Silo.Modules;

/// <summary>
/// Where a module's assembly lives: what the process has they share, so that types are the same on both sides; all else comes from beside the module.
/// </summary>
internal sealed class ModuleContext(string file) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(file))
{
    private readonly AssemblyDependencyResolver _resolver = new(file);

    /// <summary>Whether an assembly is one of those that both must have the same of, be it also beside the module.</summary>
    public static bool IsShared(AssemblyName name) =>
        name.Name is { } text && Array.Exists(["Kontinue.Abstractions", "Kontinue.Engine"], shared => string.Equals(shared, text, StringComparison.Ordinal));

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        try
        {
            return Default.LoadFromAssemblyName(assemblyName);
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException && !IsShared(assemblyName))
        {
            return _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;
        }
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
}
