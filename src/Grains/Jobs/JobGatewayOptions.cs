namespace Kontinue.Grains.Jobs;

/// <summary>Settings of the job gateway of a cluster of Orleans. All silos should have the same.</summary>
public sealed class JobGatewayOptions
{
    /// <summary>
    /// How long the silo that runs a job may be away, as in a restart, before its jobs are taken for lost. A machine that is still cut off then may still run them,
    /// and stops them when it is back. Default 1 min; 1 s to 1 day.
    /// </summary>
    public TimeSpan RunnerPatience { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How often a silo sees to it that the gateways are there, and these look after their jobs. Default 5 s; 100 ms to 10 min.
    /// </summary>
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long an ended job is on record, so that one who still asks for it does not begin it anew. Default 10 min; 1 min to 30 days.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Jobs that one of the 16 gateways has on record, ended ones included: what is beyond waits, and its executions ask again. All of them, about 300 bytes each, are written
    /// with each change, many changes at once. Default 2,000; 10 to 20,000.
    /// </summary>
    public int MaxJobs { get; set; } = 2000;
}
