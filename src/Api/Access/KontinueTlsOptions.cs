namespace Kontinue.Api.Access;

/// <summary>Files for TLS, as PEM. They are read again when they change, without an end to connections; broken ones leave the former ones in use.</summary>
public sealed class KontinueTlsOptions
{
    /// <summary>The server's certificate, followed by those between it and the root. Default: none, no TLS.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>The certificate's private key, not encrypted. Default: none, no TLS.</summary>
    public string? PrivateKeyFile { get; set; }

    /// <summary>
    /// The CA certificates that issue the proxy's client certificate, for <see cref="AccessMode.Header"/>. Clients are asked for a
    /// certificate but need not have one. Default: none, clients are not asked.
    /// </summary>
    public string? ClientCaFile { get; set; }
}
