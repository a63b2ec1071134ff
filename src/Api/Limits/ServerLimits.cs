using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Kontinue.Api.Limits;

/// <summary>What Kestrel must not let through.</summary>
internal static class ServerLimits
{
    /// <summary>Selectors and continue tokens have room; headers of a proxy with many groups too.</summary>
    private const int MaxRequestLineBytes = 16 * 1024;
    private const int MaxHeaderBytes = 64 * 1024;
    private const int MaxHeaders = 200;

    /// <summary>A proxy carries the watches and waits of many callers over few connections.</summary>
    private const int MaxStreamsPerConnection = 1000;

    /// <summary>Above the API's own limit, so that the API answers and says what the limit is.</summary>
    private const int BodySlackBytes = 64 * 1024;

    private static readonly TimeSpan BodyGrace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(20);

    public static void Apply(KestrelServerLimits limits, KontinueLimitsOptions options, long maxBodyBytes)
    {
        limits.MaxConcurrentConnections = options.MaxConnections;
        limits.RequestHeadersTimeout = options.HeadersTimeout;
        limits.KeepAliveTimeout = options.KeepAliveTimeout;
        limits.MinRequestBodyDataRate = new MinDataRate(options.MinBodyBytesPerSecond, BodyGrace);
        limits.MaxRequestBodySize = maxBodyBytes + BodySlackBytes;
        limits.MaxRequestLineSize = MaxRequestLineBytes;
        limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        limits.MaxRequestHeaderCount = MaxHeaders;
        limits.Http2.MaxStreamsPerConnection = MaxStreamsPerConnection;

        // A watch may be silent for long; without pings nobody would learn that its reader is gone.
        limits.Http2.KeepAlivePingDelay = PingDelay;
        limits.Http2.KeepAlivePingTimeout = PingTimeout;
    }
}
