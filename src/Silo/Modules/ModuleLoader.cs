using System.Reflection;
using System.Runtime.Loader;
using Kontinue.Engine.Hosting;

namespace Kontinue.Silo.Modules;

/// <summary>Loads assemblies with functions, with what they need from beside them. What this process has already they share with it.</summary>
internal static class ModuleLoader
{
    /// <exception cref="SiloStartException">A file is no assembly with modules, or a module failed.</exception>
    public static void Configure(KontinueBuilder builder, IEnumerable<string> files)
    {
        foreach (string file in files)
        {
            foreach (IKontinueModule module in Load(Path.GetFullPath(file)))
            {
                try
                {
                    module.Configure(builder);
                }
#pragma warning disable CA1031 // Whatever foreign code throws, the operator must hear whose it was.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    throw new SiloStartException($"The module {module.GetType().FullName} of {file} failed: {e.Message}", e);
                }
            }
        }
    }

    private static List<IKontinueModule> Load(string file)
    {
        if (!File.Exists(file))
        {
            throw new SiloStartException($"The file {file}, which Kontinue:Silo:Functions names, does not exist.");
        }

        try
        {
            Assembly assembly = new Context(file).LoadFromAssemblyPath(file);
            Type[] types = [.. assembly.GetExportedTypes().Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(IKontinueModule)))];
            if (types.Length == 0)
            {
                throw new SiloStartException($"{file} has no public class that implements {typeof(IKontinueModule).FullName}.");
            }

            return [.. types.Select(type => (IKontinueModule)Activator.CreateInstance(type)!)];
        }
        catch (FileNotFoundException e)
        {
            throw new SiloStartException($"{file}, which Kontinue:Silo:Functions names, needs the assembly {e.FileName}, which is not beside it.", e);
        }
        catch (MissingMethodException e)
        {
            throw new SiloStartException($"A module of {file} has no public constructor without parameters.", e);
        }
        catch (TargetInvocationException e)
        {
            throw new SiloStartException($"The constructor of a module of {file} failed: {e.InnerException?.Message}", e);
        }
        catch (Exception e) when (e is BadImageFormatException or FileLoadException or IOException or UnauthorizedAccessException or TypeLoadException)
        {
            throw new SiloStartException($"{file}, which Kontinue:Silo:Functions names, cannot be loaded: {e.Message}", e);
        }
    }

    private sealed class Context(string file) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(file))
    {
        private readonly AssemblyDependencyResolver _resolver = new(file);

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            // Types must be the same on both sides, so this process' own come first.
            try
            {
                return Default.LoadFromAssemblyName(assemblyName);
            }
            catch (Exception e) when (e is FileNotFoundException or FileLoadException)
            {
                return _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;
            }
        }

        protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
            _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
    }
}
