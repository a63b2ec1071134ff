namespace Kontinue.Jobs;

/// <summary>Settings of jobs that run as local processes.</summary>
public sealed class LocalJobsOptions
{
    /// <summary>
    /// Where it is on record which jobs there are and how they ended: a folder on a local disk that stays over restarts, and that no other
    /// process uses. Created when missing. Default <c>kontinue-jobs</c>.
    /// </summary>
    public string StateDirectory { get; set; } = "kontinue-jobs";

    /// <summary>Jobs that run at once. Default 100; at least 1. More wait in the order in which they came.</summary>
    public int MaxRunning { get; set; } = 100;

    /// <summary>Jobs of one function that run at once. Default: no limit of their own; at least 1.</summary>
    public int? MaxRunningPerFunction { get; set; }

    /// <summary>Jobs that wait. Default 1,000; 0 or more. More are refused for now, and their executions try again.</summary>
    public int MaxQueued { get; set; } = 1000;

    /// <summary>The last lines of output that are kept. Default 50; 0 to 1,000.</summary>
    public int MaxLogLines { get; set; } = 50;

    /// <summary>The last bytes of output that are kept. Default 16 KiB; 1 KiB to 64 KiB.</summary>
    public int MaxLogBytes { get; set; } = 16 * 1024;

    /// <summary>How long a job that is to end may take from SIGTERM to SIGKILL. Default 10 s; 0 to 1 h.</summary>
    public TimeSpan StopGrace { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The wait before the second try of a job; doubles with each further one, up to a minute. Default 1 s; 0 to 1 min.</summary>
    public TimeSpan RetryBackoff { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a job that has ended is remembered if its spec has no ttl. Default 1 h; 1 min to 30 days.
    /// </summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How often it is looked whether the executions of jobs still are. Default 30 s; at least 100 ms.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often processes that were found after a restart are looked at. Default 500 ms; 10 ms to 1 min.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Environment variables that jobs get from the host, beside those of their specs. Default: PATH, HOME, USER, LANG, LC_ALL, TZ and TMPDIR; others may hold secrets.
    /// </summary>
    public IList<string> InheritedEnvironment { get; } = ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR"];
}
