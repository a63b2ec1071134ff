namespace Kontinue.Cli.Connecting;

/// <summary>Whom a command talks to, and as whom.</summary>
internal sealed record ServerConnection
{
    /// <summary>The server's address.</summary>
    public required Uri Server { get; init; }

    /// <summary>The namespace of names that say none.</summary>
    public string Namespace { get; init; } = ExecutionKey.DefaultNamespace;

    /// <summary>Who signs the server's certificate. Null: whom this machine trusts.</summary>
    public PemSource? CertificateAuthority { get; init; }

    /// <summary>Whether any certificate will do.</summary>
    public bool InsecureSkipTlsVerify { get; init; }

    /// <summary>The name that the server's certificate has, when it is not that of the address.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>A proxy on the way.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Who asks; null: nobody in particular.</summary>
    public KubeUser? User { get; init; }

    /// <summary>At most so many requests per second. Null: no limit.</summary>
    public RequestLimit? Limit { get; init; }
}

/// <summary>How many requests may be sent.</summary>
/// <param name="PerSecond">Over time; more than 0.</param>
/// <param name="Burst">At once after a rest; at least 1.</param>
internal sealed record RequestLimit(double PerSecond, int Burst);
