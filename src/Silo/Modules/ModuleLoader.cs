using System.Reflection;
using Kontinue.Engine.Hosting;

namespace Kontinue.Silo.Modules;

/// <summary>Loads assemblies with functions, with what they need from beside them. What this process has already they share with it.</summary>
internal static class ModuleLoader
{
    private const string Setting = "which Kontinue:Silo:Functions names,";

    /// <exception cref="SiloStartException">A file is no assembly with modules, or a module failed.</exception>
    public static void Configure(KontinueBuilder builder, IEnumerable<string> files)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string file in files.Select(Path.GetFullPath))
        {
            if (!seen.Add(file))
            {
                throw new SiloStartException($"{file} is named twice in Kontinue:Silo:Functions. Name it once.");
            }

            Assembly assembly = Load(file);
            foreach (Type type in FindModules(assembly, file))
            {
                Run(type, file, () => Make(type, file).Configure(builder));
            }
        }
    }

    private static Assembly Load(string file)
    {
        if (!File.Exists(file))
        {
            throw new SiloStartException(
                Directory.Exists(file) ? $"{file}, {Setting} is a folder. Name the assembly in it." : $"The file {file}, {Setting} does not exist.");
        }

        try
        {
            var context = new ModuleContext(file);
            Assembly assembly = context.LoadFromAssemblyPath(file);
            CheckVersion(assembly, file);
            CheckReferences(assembly, context);
            return assembly;
        }
        catch (Exception e) when (Missing(e, file) is { } text)
        {
            throw new SiloStartException(text, e);
        }
        catch (BadImageFormatException e)
        {
            throw new SiloStartException($"{file}, {Setting} is no .NET assembly, or is one for another kind of processor.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException and not SiloStartException)
        {
            throw new SiloStartException($"{file}, {Setting} cannot be loaded: {e.Message}", e);
        }
    }

    /// <summary>Built with an older version it may work; with a newer one it may need what is not here, and would fail with a message that does not say so.</summary>
    private static void CheckVersion(Assembly assembly, string file)
    {
        foreach (AssemblyName needed in assembly.GetReferencedAssemblies().Where(ModuleContext.IsShared))
        {
            Version? own = Assembly.Load(new AssemblyName(needed.Name!)).GetName().Version;
            if (needed.Version > own)
            {
                throw new SiloStartException(
                    $"{file}, {Setting} was built with {needed.Name} {needed.Version}, and this silo is of version {own}. Upgrade the silo, or build the module with its version.");
            }
        }
    }

    /// <summary>Otherwise what is missing would show when a function first needs it, long after the start.</summary>
    private static void CheckReferences(Assembly assembly, ModuleContext context)
    {
        foreach (AssemblyName needed in assembly.GetReferencedAssemblies())
        {
            context.LoadFromAssemblyName(needed);
        }
    }

    private static Type[] FindModules(Assembly assembly, string file)
    {
        try
        {
            Type[] types = [.. assembly.GetExportedTypes().Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(IKontinueModule)))];
            return types.Length > 0 ? types : throw new SiloStartException($"{file} has no public class that implements {typeof(IKontinueModule).FullName}.");
        }
        catch (Exception e) when (Missing(e, file) is { } text)
        {
            throw new SiloStartException(text, e);
        }
    }

    private static IKontinueModule Make(Type type, string file)
    {
        try
        {
            return (IKontinueModule)Activator.CreateInstance(type)!;
        }
        catch (MissingMethodException e) when (type.GetConstructor(Type.EmptyTypes) is null)
        {
            throw new SiloStartException($"The module {type.FullName} of {file} has no public constructor without parameters.", e);
        }
        catch (TargetInvocationException e) when (Missing(e.InnerException!, file) is null)
        {
            throw new SiloStartException($"The constructor of the module {type.FullName} of {file} failed: {e.InnerException!.Message}", e.InnerException);
        }
    }

    private static void Run(Type type, string file, Action action)
    {
        try
        {
            action();
        }
        catch (SiloStartException)
        {
            throw;
        }
#pragma warning disable CA1031 // Whatever foreign code throws, the operator must hear whose it was.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Exception cause = e is TargetInvocationException { InnerException: { } inner } ? inner : e;
            throw new SiloStartException(Missing(cause, file) ?? $"The module {type.FullName} of {file} failed: {cause.Message}", cause);
        }
    }

    /// <summary>What the assembly needs and has not got; null when that is not it.</summary>
    private static string? Missing(Exception e, string file) => e switch
    {
        FileNotFoundException { FileName: { } name } when !string.Equals(name, file, StringComparison.Ordinal) => $"{file}, {Setting} needs the assembly {name}, which is not beside it.",
        FileLoadException { FileName: { } name } when !string.Equals(name, file, StringComparison.Ordinal) => $"{file}, {Setting} needs the assembly {name}, which cannot be loaded: {e.Message}",
        TypeLoadException or MissingMemberException =>
            $"{file}, {Setting} was built with other versions of what it uses than are here: {e.Message} Build it with the versions of this silo.",
        _ => null,
    };
}
