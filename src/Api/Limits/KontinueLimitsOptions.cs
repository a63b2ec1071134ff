namespace Kontinue.Api.Limits;

/// <summary>How much the API takes on at once. What goes beyond is answered with 429 or waits for room.</summary>
public sealed class KontinueLimitsOptions
{
    /// <summary>Requests that are worked on at once; waits, watches and probes not counted. Default 1,024; at least 1.</summary>
    public int MaxConcurrentRequests { get; set; } = 1024;

    /// <summary>Requests that wait for one of <see cref="MaxConcurrentRequests"/> to end. Default 1,024; 0 or more.</summary>
    public int MaxQueuedRequests { get; set; } = 1024;

    /// <summary>Requests with <c>?wait</c> that are open at once. Default 10,000; at least 1.</summary>
    public int MaxWaits { get; set; } = 10_000;

    /// <summary>Watches that are open at once. Default 5,000; at least 1.</summary>
    public int MaxWatches { get; set; } = 5_000;

    /// <summary>
    /// Requests per second that one user may send; without users, those of one address. Default 0: no limit. Up to 1,000,000.
    /// </summary>
    public int RequestsPerSecondPerUser { get; set; }

    /// <summary>Requests that one user may send at once after a pause. Default 0: as many as in a second. At least a second's otherwise.</summary>
    public int BurstPerUser { get; set; }

    /// <summary>Connections that are open at once. Default 20,000; at least 1. Further ones are closed. For servers that <c>UseKontinueLimits</c>.</summary>
    public int MaxConnections { get; set; } = 20_000;

    /// <summary>How long a client may take to send its headers. Default 10 s; 1 s to 10 min. For servers that <c>UseKontinueLimits</c>.</summary>
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection stays open without a request. Default 2 min; 1 s to 1 h. For servers that <c>UseKontinueLimits</c>.</summary>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Bytes per second that a body must arrive with, after the first five seconds. Default 1,024; at least 1. For servers that
    /// <c>UseKontinueLimits</c>.
    /// </summary>
    public int MinBodyBytesPerSecond { get; set; } = 1024;
}
