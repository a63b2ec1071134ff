using System.Reflection;
using System.Text.Json;

namespace Kontinue.Engine;

/// <summary>Settings of a host. All bounds are there so that a burst costs time, not memory.</summary>
public sealed class KontinueOptions
{
    /// <summary>The silo's name. It should stay the same over restarts: its work is then taken up at once. Default: the machine's name.</summary>
    public string SiloName { get; set; } = Environment.MachineName.ToLowerInvariant();

    /// <summary>The silo's worker group, a DNS label: all silos of a group run the same functions. Default "default".</summary>
    public string WorkerGroup { get; set; } = "default";

    /// <summary>The version of the silo's code, shown to people. At most 128 characters. Default: that of the entry assembly.</summary>
    public string Version { get; set; } = Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    /// <summary>
    /// How much longer waiting makes up for one level of priority. Default 30 s; 0 to 2 min. 0: priorities do not count.
    /// </summary>
    public TimeSpan PriorityAging { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a silo that was not heard of keeps its executions. Default 40 s, as in kontinue; at least 1 s. It is renewed every
    /// quarter of it.
    /// </summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(40);

    /// <summary>Functions that run at once, those that are suspended not counted. Default 2,000; at least 1. More wait as rows.</summary>
    public int MaxConcurrentExecutions { get; set; } = 2000;

    /// <summary>Step bodies that run at once. Default 256; at least 1.</summary>
    public int MaxConcurrentSteps { get; set; } = 256;

    /// <summary>
    /// Suspended executions that may stay in memory, so that a quick wake-up needs no replay. Default 2,000; 0 or more. The others are
    /// rows only.
    /// </summary>
    public int MaxResidentSuspended { get; set; } = 2000;

    /// <summary>How long a suspended execution may stay in memory. Default 5 s.</summary>
    public TimeSpan SuspendedResidency { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest argument, result, step value or event, in bytes of JSON. Default 1 MiB; 1 KiB to 64 MiB.</summary>
    public int MaxPayloadBytes { get; set; } = 1024 * 1024;

    /// <summary>How long a shutdown waits for running steps. Default 20 s. What is not done then runs again at the next start.</summary>
    public TimeSpan ShutdownGrace { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How often the host looks for work that no wake-up announced. Default 1 s; at least 10 ms.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long deletions are remembered for watches that were interrupted. Default 1 h; at least 1 min. A watch that goes on from an
    /// earlier version is told to list again.
    /// </summary>
    public TimeSpan DeletionHistory { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Units in one commit at most. Default 1,000; at least 1.</summary>
    public int MaxBatchUnits { get; set; } = 1000;

    /// <summary>Bytes in one commit at most, save that a larger single unit goes alone. Default 8 MiB; at least 64 KiB.</summary>
    public int MaxBatchBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Requests from outside that may wait for a commit; more wait for room. Default 10,000; at least 1.</summary>
    public int MaxQueuedRequests { get; set; } = 10_000;

    /// <summary>
    /// How long a request waits for room or for a store that is away before it is refused as unavailable. Default 10 s.
    /// </summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How often the job gateway is told again of a job that an execution waits for, so that one that it has lost is noticed. Default 5 min; at least 1 s. The end
    /// of a job is told at once and does not wait for it.
    /// </summary>
    public TimeSpan JobCheckInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Watches that are served at once. Default 5,000; at least 1. More are refused.</summary>
    public int MaxWatches { get; set; } = 5000;

    /// <summary>
    /// Events that may wait to be read of one watch. Default 4,096; at least 16. A watch with more is ended and told where to go on; one
    /// with more than 64 MiB of executions too.
    /// </summary>
    public int MaxWatchBacklog { get; set; } = 4096;

    /// <summary>
    /// How often changes that other silos made are looked for, while somebody watches. Default 500 ms; at least 10 ms. Changes made
    /// here are told within about 20 ms.
    /// </summary>
    public TimeSpan WatchPollInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How arguments, results and step values are written. Default <see cref="KontinueJson.Options"/>.</summary>
    public JsonSerializerOptions Json { get; set; } = KontinueJson.Options;
}
