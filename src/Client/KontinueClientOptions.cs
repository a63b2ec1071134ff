namespace Kontinue.Client;

/// <summary>Settings of a <see cref="KontinueHttpClient"/>. They are read once, when the client is made.</summary>
public sealed class KontinueClientOptions
{
    /// <summary>The API group. Default <c>kontinue.cloud</c>.</summary>
    public string Group { get; set; } = "kontinue.cloud";

    /// <summary>How often a request that may be sent again is sent in all. Default 5; 1 to 100.</summary>
    public int MaxAttempts { get; set; } = 5;

    /// <summary>
    /// The wait before the second attempt; it doubles with each further one, up to <see cref="MaxBackoff"/>. Half of each wait is
    /// random. Default 100 ms; 0 to 1 minute.
    /// </summary>
    public TimeSpan Backoff { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait between two attempts, unless the server asks for a longer one. Default 5 s; 0 to 5 minutes.</summary>
    public TimeSpan MaxBackoff { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The longest <c>Retry-After</c> that is waited for; when the server asks for a longer one, the call fails at once. Default 30 s;
    /// 0 to 10 minutes.
    /// </summary>
    public TimeSpan MaxRetryAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one attempt may take beyond the wait that it asks the server for. Default 15 s; more than 0, at most 10 minutes.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The largest answer that is read, in bytes. Default 256 MiB; 64 KiB to 1 GiB.</summary>
    public int MaxAnswerBytes { get; set; } = 256 * 1024 * 1024;

    /// <summary>The largest event of a watch that is read, in bytes. Default 16 MiB; 4 KiB to 1 GiB.</summary>
    public int MaxEventBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>
    /// How long a watch may be silent before its connection is taken for lost. A server sends bookmarks more often than that.
    /// Default 60 s; 1 s to 1 hour.
    /// </summary>
    public TimeSpan WatchIdleTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long a watch that has once been connected tries to get its server back before it fails. Default 5 minutes; 0 to 1 day.
    /// </summary>
    public TimeSpan WatchPatience { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>A bearer token to send with each request. Default: none.</summary>
    public string? BearerToken { get; set; }

    /// <summary>
    /// A file with the bearer token, for tokens that change: it is read again every 10 seconds, and at once when the server refuses the
    /// token. Default: none. Not together with <see cref="BearerToken"/>.
    /// </summary>
    public string? BearerTokenFile { get; set; }

    /// <summary>
    /// Whether a token is sent to another machine over plain http too, such as behind a mesh that encrypts. Default false: such an
    /// address is refused.
    /// </summary>
    public bool AllowTokenOverHttp { get; set; }

    /// <summary>A file with the client's certificate in PEM, followed by its intermediates if there are any. Default: none.</summary>
    public string? ClientCertificateFile { get; set; }

    /// <summary>A file with the key of the client's certificate in PEM. Default: it is in <see cref="ClientCertificateFile"/>.</summary>
    public string? ClientKeyFile { get; set; }

    /// <summary>
    /// A file with the certificates in PEM of the authorities that may vouch for the server, instead of the system's. Default: the system's.
    /// </summary>
    public string? CertificateAuthorityFile { get; set; }

    /// <summary>Changes what is not a setting here, such as a proxy or how connections are made. Default: nothing.</summary>
    public Action<SocketsHttpHandler>? ConfigureHandler { get; set; }
}
