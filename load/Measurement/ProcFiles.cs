using System.Globalization;

namespace Kontinue.Load.Measurement;

/// <summary>What Linux tells of processes under /proc, as in proc(5). Where there is no such folder, nothing is known.</summary>
internal static class ProcFiles
{
    /// <summary>Ticks of CPU time are 10 ms on every Linux of today.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>A process's parent.</summary>
    public static int? ParentOf(int process) => ReadStat($"/proc/{process}") is { Length: > 3 } fields ? int.Parse(fields[3]) : null;

    /// <summary>Bytes that this process caused to be written to disks.</summary>
    public static long? WrittenBytes() => ReadNumber("/proc/self/io", "write_bytes:");

    /// <summary>Memory of the machine in bytes.</summary>
    public static long? MachineMemory() => ReadNumber("/proc/meminfo", "MemTotal:") * 1024;

    /// <summary>The name of the CPU.</summary>
    public static string? CpuName() => ReadValue("/proc/cpuinfo", "model name")?.TrimStart(':', ' ', '\t');

    /// <summary>
    /// CPU seconds of a process and its children, those that ended included. Fields: 4 parent, 14 and 15 own time, 16 and 17 that of
    /// children waited for.
    /// </summary>
    public static double? CpuOfTree(int root)
    {
        if (!Directory.Exists("/proc"))
        {
            return null;
        }

        double ticks = 0;
        foreach ((string _, string[] fields, bool isRoot) in Tree(root))
        {
            ticks += double.Parse(fields[13], CultureInfo.InvariantCulture) + double.Parse(fields[14], CultureInfo.InvariantCulture);
            ticks += isRoot ? double.Parse(fields[15], CultureInfo.InvariantCulture) + double.Parse(fields[16], CultureInfo.InvariantCulture) : 0;
        }

        return ticks / TicksPerSecond;
    }

    /// <summary>Bytes of memory of a process and its children: each one's own, and once what they share.</summary>
    public static long? MemoryOfTree(int root)
    {
        long own = 0;
        long shared = 0;
        foreach ((string folder, string[] _, bool _) in Tree(root))
        {
            own += ReadNumber($"{folder}/status", "RssAnon:") * 1024 ?? 0;
            shared = Math.Max(shared, ReadNumber($"{folder}/status", "RssShmem:") * 1024 ?? 0);
        }

        return own + shared == 0 ? null : own + shared;
    }

    private static IEnumerable<(string Folder, string[] Stat, bool IsRoot)> Tree(int root)
    {
        string parent = root.ToString(CultureInfo.InvariantCulture);
        foreach (string folder in Directory.Exists("/proc") ? Directory.EnumerateDirectories("/proc") : [])
        {
            if (int.TryParse(Path.GetFileName(folder), out int id) && ReadStat(folder) is { Length: > 17 } fields && (id == root || fields[3] == parent))
            {
                yield return (folder, fields, id == root);
            }
        }
    }

    /// <summary>The second field, the program's name, may hold spaces and parentheses.</summary>
    private static string[]? ReadStat(string folder)
    {
        if (Read($"{folder}/stat") is not { } text)
        {
            return null;
        }

        int open = text.IndexOf('(', StringComparison.Ordinal);
        int close = text.LastIndexOf(')');
        return [text[..open].Trim(), text[open..(close + 1)], .. text[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static long? ReadNumber(string file, string name) =>
        ReadValue(file, name)?.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0] is { } text && long.TryParse(text, out long number) ? number : null;

    private static string? ReadValue(string file, string name) =>
        Read(file)?.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim();

    /// <summary>Null when there is no such file, or its process has just ended, or is somebody else's.</summary>
    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
