using System.Diagnostics;

namespace Kontinue.Load.Measurement;

/// <summary>What this process, and a private database server, used between two moments.</summary>
internal sealed class ProcessMeter
{
    private readonly int? _server;
    private readonly TimeSpan _cpu = Environment.CpuUsage.TotalTime;
    private readonly TimeSpan _pause = GC.GetTotalPauseDuration();
    private readonly long _allocated = GC.GetTotalAllocatedBytes();
    private readonly int? _target;
    private readonly double? _serverCpu;
    private readonly double? _targetCpu;

    /// <param name="server">The process id of the database server's main process, if it was started for this run.</param>
    /// <param name="target">The process that runs executions, if it is another one and was started for this run.</param>
    public ProcessMeter(int? server, int? target)
    {
        _server = server;
        _target = target;
        _serverCpu = server is { } id ? CpuOfTree(id) : null;
        _targetCpu = target is { } other ? CpuOfTree(other) : null;
    }

    public double? TargetCpuSeconds => _target is { } id && CpuOfTree(id) - _targetCpu is { } used ? Math.Max(0, used) : null;

    public double CpuSeconds => (Environment.CpuUsage.TotalTime - _cpu).TotalSeconds;

    public double GcPauseMs => (GC.GetTotalPauseDuration() - _pause).TotalMilliseconds;

    public long AllocatedBytes => GC.GetTotalAllocatedBytes() - _allocated;

    public double? ServerCpuSeconds => _server is { } id && CpuOfTree(id) - _serverCpu is { } used ? Math.Max(0, used) : null;

    public static double PeakMemoryMiB
    {
        get
        {
            using Process self = Process.GetCurrentProcess();
            return self.PeakWorkingSet64 / 1024.0 / 1024.0;
        }
    }

    /// <summary>Working set and managed heap after everything that can be freed was.</summary>
    public static (double WorkingSetMiB, double HeapMiB) MemoryAfterCollection()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return (Environment.WorkingSet / 1024.0 / 1024.0, GC.GetTotalMemory(forceFullCollection: false) / 1024.0 / 1024.0);
    }

    /// <summary>A process's parent; null where there is no /proc.</summary>
    public static int? ParentOf(int process) => ReadStat($"/proc/{process}") is { Length: > 3 } fields ? int.Parse(fields[3]) : null;

    /// <summary>
    /// Seconds of a server process and its children, those that ended included; null where there is no /proc. Fields as in proc(5):
    /// 4 parent, 14 and 15 own time, 16 and 17 that of children waited for; in units of 10 ms on every Linux of today.
    /// </summary>
    private static double? CpuOfTree(int root)
    {
        if (!Directory.Exists("/proc"))
        {
            return null;
        }

        double ticks = 0;
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out int id) && ReadStat(folder) is { Length: > 17 } fields)
            {
                bool isRoot = id == root;
                bool isChild = fields[3] == root.ToString();
                ticks += isRoot || isChild ? double.Parse(fields[13]) + double.Parse(fields[14]) : 0;
                ticks += isRoot ? double.Parse(fields[15]) + double.Parse(fields[16]) : 0;
            }
        }

        return ticks / 100;
    }

    private static string[]? ReadStat(string folder)
    {
        try
        {
            string text = File.ReadAllText(Path.Combine(folder, "stat"));
            int open = text.IndexOf('(', StringComparison.Ordinal);
            int close = text.LastIndexOf(')');
            return [text[..open].Trim(), text[open..(close + 1)], .. text[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        }
        catch (IOException)
        {
            return null;
        }
    }
}
