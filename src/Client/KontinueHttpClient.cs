using System.Globalization;
using Kontinue.Client.Transport;
using Kontinue.Resources;

namespace Kontinue.Client;

/// <summary>Talks to a Kontinue server over its HTTP API. Safe for concurrent use; keep one per server.</summary>
/// <remarks>
/// <para>
/// What may be sent twice is sent again after a lost connection, after HTTP status 502, 503 and 504, with growing waits, up to
/// <see cref="KontinueClientOptions.MaxAttempts"/> times: all reads, and the changes that say so. What must not be sent twice is sent
/// again only when the server has surely done nothing: no connection could be made, or it answered 429. A <c>Retry-After</c> is honored.
/// </para>
/// <para>
/// A change whose answer was lost for good throws <see cref="UnavailableException"/>; its message says whether it may have been done.
/// </para>
/// </remarks>
public sealed partial class KontinueHttpClient : IKontinueClient, IDisposable
{
    /// <summary>The annotation that carries the id of the request that created an execution.</summary>
    public const string RequestIdAnnotation = CreationRequest.IdAnnotation;

    /// <summary>One request waits no longer than this, so that proxies on the way do not give up on it; longer waits are looped.</summary>
    private static readonly TimeSpan LongestSlice = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;
    private readonly bool _isOwner;
    private readonly ApiTransport _transport;
    private readonly TimeProvider _time;
    private readonly string _apiVersion;
    private readonly string _root;

    /// <summary>Makes a client with connections of its own, which <see cref="Dispose"/> closes.</summary>
    /// <param name="server">The server's address, such as <c>http://127.0.0.1:8080</c>; a path in it is kept as a prefix.</param>
    /// <param name="options">Default: the defaults.</param>
    /// <param name="time">Default: the system's.</param>
    /// <exception cref="ArgumentException">The address is not one of http or https.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting cannot work.</exception>
    public KontinueHttpClient(Uri server, KontinueClientOptions? options = null, TimeProvider? time = null)
        : this(CreateHttp(server, options), options, time) => _isOwner = true;

    /// <summary>Makes a client that uses the connections of another one, which stays the caller's.</summary>
    /// <param name="http">
    /// Its <see cref="HttpClient.BaseAddress"/> is the server. Its timeout must be infinite, or longer than 45 s and than any watch; the
    /// client has timeouts of its own. Certificates are its affair: those of the options are not used.
    /// </param>
    /// <param name="options">Default: the defaults.</param>
    /// <param name="time">Default: the system's.</param>
    /// <exception cref="ArgumentException"><paramref name="http"/> has no base address.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting cannot work.</exception>
    public KontinueHttpClient(HttpClient http, KontinueClientOptions? options = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        _http = http;
        options ??= new KontinueClientOptions();
        KontinueClientOptionsValidator.Check(options);
        Uri server = http.BaseAddress ?? throw new ArgumentException("The HttpClient has no BaseAddress: set the server's address.", nameof(http));
        _time = time ?? TimeProvider.System;
        _transport = new ApiTransport(http, options, _time);
        if (_transport.HasToken && server is { Scheme: "http", IsLoopback: false } && !options.AllowTokenOverHttp)
        {
            throw KontinueClientOptionsValidator.Refused(
                $"The token would travel readably to {server}. Use https, or set {nameof(options.AllowTokenOverHttp)} where something else encrypts.");
        }

        _apiVersion = $"{options.Group}/v1alpha1";
        _root = $"apis/{_apiVersion}";
    }

    /// <summary>Closes the connections, if they are the client's own. Watches that go on fail.</summary>
    public void Dispose()
    {
        if (_isOwner)
        {
            _http.Dispose();
        }
    }

    private static HttpClient CreateHttp(Uri server, KontinueClientOptions? options)
    {
        KontinueClientOptionsValidator.Check(options ?? new KontinueClientOptions());
        return KontinueHttp.Create(server, options);
    }

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private static bool HasEnded(Execution execution) => execution.Status?.Phase.IsTerminal() is true;

    private static TimeSpan Slice(TimeSpan wait) =>
        wait <= TimeSpan.Zero ? TimeSpan.Zero : wait < LongestSlice ? wait : LongestSlice;

    private static string WaitQuery(TimeSpan wait) =>
        wait <= TimeSpan.Zero ? "" : string.Create(CultureInfo.InvariantCulture, $"?wait={(long)Math.Ceiling(wait.TotalMilliseconds)}ms");

    private string Many(string? ns, string resource) => ns is null ? $"{_root}/{resource}" : $"{_root}/namespaces/{Escape(ns)}/{resource}";

    private string One(ExecutionKey key) => $"{_root}/namespaces/{Escape(key.Namespace)}/executions/{Escape(key.Name)}";

    private Task<T> GetAsync<T>(string path, ExecutionKey key, TimeSpan wait, CancellationToken cancellationToken) => _transport.SendAsync(
        new ApiRequest<T> { Method = HttpMethod.Get, Path = path, Key = key, Resend = Resend.Always, Wait = wait }, cancellationToken);
}
