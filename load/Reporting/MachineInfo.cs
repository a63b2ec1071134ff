using System.Reflection;
using System.Runtime;
using System.Runtime.InteropServices;
using Kontinue.Load.Measurement;

namespace Kontinue.Load.Reporting;

/// <summary>Where it was measured, and what.</summary>
internal sealed record MachineInfo
{
    public required string OperatingSystem { get; init; }

    public required string Architecture { get; init; }

    /// <summary>The name of the CPU; null where it is not known.</summary>
    public string? Cpu { get; init; }

    /// <summary>CPUs that this process may use.</summary>
    public required int Cpus { get; init; }

    public double? MemoryGiB { get; init; }

    public required string Runtime { get; init; }

    public required bool ServerGc { get; init; }

    /// <summary>The version of the console and of the engine that it was built with.</summary>
    public required string KontinueVersion { get; init; }

    /// <summary>The commit that it was built from; null when the build did not say.</summary>
    public string? Commit { get; init; }

    public static MachineInfo Read()
    {
        // The build appends the commit: 0.1.0+f2ec72c…
        string version = typeof(MachineInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        string[] parts = version.Split('+', 2);
        return new MachineInfo
        {
            OperatingSystem = RuntimeInformation.OSDescription,
            Architecture = RuntimeInformation.ProcessArchitecture.ToString(),
            Cpu = ProcFiles.CpuName(),
            Cpus = Environment.ProcessorCount,
            MemoryGiB = ProcFiles.MachineMemory() / 1024.0 / 1024.0 / 1024.0,
            Runtime = RuntimeInformation.FrameworkDescription,
            ServerGc = GCSettings.IsServerGC,
            KontinueVersion = parts[0],
            Commit = parts.Length > 1 ? parts[1] : null,
        };
    }
}
