namespace Kontinue.Client;

/// <summary>Makes <see cref="HttpClient"/>s that suit a <see cref="KontinueHttpClient"/>.</summary>
public static class KontinueHttp
{
    /// <summary>
    /// Makes a client that keeps its connections, renews them now and then so that it follows changes in DNS, and leaves timeouts to
    /// <see cref="KontinueHttpClient"/>.
    /// </summary>
    /// <param name="server">The server's address; a path in it is kept as a prefix.</param>
    public static HttpClient Create(Uri server)
    {
        ArgumentNullException.ThrowIfNull(server);
        var handler = new SocketsHttpHandler
        {
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectTimeout = TimeSpan.FromSeconds(10),
            AllowAutoRedirect = false,
        };
        var address = new Uri(server.AbsoluteUri.TrimEnd('/') + "/");
        return new HttpClient(handler, disposeHandler: true) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
    }
}
