using System.Diagnostics;

namespace Kontinue.Load.Measurement;

/// <summary>What a .NET process has used since its start.</summary>
internal sealed record ProcessReading
{
    public required double CpuSeconds { get; init; }

    public required long AllocatedBytes { get; init; }

    public required double GcPauseMs { get; init; }

    /// <summary>How often each generation was collected.</summary>
    public required int[] Collections { get; init; }

    public required double MemoryMiB { get; init; }

    public required double PeakMemoryMiB { get; init; }

    public required double HeapMiB { get; init; }

    /// <summary>Null where it is not known.</summary>
    public long? WrittenBytes { get; init; }

    /// <summary>That of this process.</summary>
    public static ProcessReading Now()
    {
        using Process self = Process.GetCurrentProcess();
        return new ProcessReading
        {
            CpuSeconds = Environment.CpuUsage.TotalTime.TotalSeconds,
            AllocatedBytes = GC.GetTotalAllocatedBytes(),
            GcPauseMs = GC.GetTotalPauseDuration().TotalMilliseconds,
            Collections = [.. Enumerable.Range(0, GC.MaxGeneration + 1).Select(GC.CollectionCount)],
            MemoryMiB = Environment.WorkingSet / 1024.0 / 1024.0,
            PeakMemoryMiB = self.PeakWorkingSet64 / 1024.0 / 1024.0,
            HeapMiB = GC.GetTotalMemory(forceFullCollection: false) / 1024.0 / 1024.0,
            WrittenBytes = ProcFiles.WrittenBytes(),
        };
    }

    /// <summary>What was used since an earlier reading; memory as it is now.</summary>
    public ProcessReading Since(ProcessReading earlier) => this with
    {
        CpuSeconds = CpuSeconds - earlier.CpuSeconds,
        AllocatedBytes = AllocatedBytes - earlier.AllocatedBytes,
        GcPauseMs = GcPauseMs - earlier.GcPauseMs,
        Collections = [.. Collections.Zip(earlier.Collections, (now, then) => now - then)],
        WrittenBytes = WrittenBytes - earlier.WrittenBytes,
    };

    /// <summary>Working set and managed heap after everything that can be freed was.</summary>
    public static (double WorkingSetMiB, double HeapMiB) MemoryAfterCollection()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return (Environment.WorkingSet / 1024.0 / 1024.0, GC.GetTotalMemory(forceFullCollection: false) / 1024.0 / 1024.0);
    }
}
