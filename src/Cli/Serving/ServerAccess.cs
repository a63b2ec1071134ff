using Kontinue.Api;
using Kontinue.Api.Access;
using Kontinue.Cli.Commands;

namespace Kontinue.Cli.Serving;

/// <summary>Who may do what on a server, TLS, and the audit trail, as the command line says.</summary>
internal sealed record ServerAccess
{
    public AccessMode Mode { get; init; }

    public string? TokensFile { get; init; }

    public string? BindingsFile { get; init; }

    public AccessAuthorization Authorization { get; init; }

    public IReadOnlyList<string> ProxyNames { get; init; } = [];

    public string? CertificateFile { get; init; }

    public string? PrivateKeyFile { get; init; }

    public string? ClientCaFile { get; init; }

    /// <summary>Whether the audit trail goes to standard error.</summary>
    public bool Audit { get; init; }

    /// <summary>The file that the audit trail is appended to; null: none.</summary>
    public string? AuditLog { get; init; }

    /// <summary>Sets the API's options.</summary>
    public void Apply(KontinueApiOptions options)
    {
        options.Access.Mode = Mode;
        options.Access.TokensFile = TokensFile;
        options.Access.BindingsFile = BindingsFile;
        options.Access.Authorization = Authorization;
        options.Tls.CertificateFile = CertificateFile;
        options.Tls.PrivateKeyFile = PrivateKeyFile;
        options.Tls.ClientCaFile = ClientCaFile;
        foreach (string name in ProxyNames)
        {
            options.Access.AllowedProxyNames.Add(name);
        }
    }

    /// <summary>Refuses flags that do not fit together.</summary>
    /// <exception cref="UsageException">They do not.</exception>
    public void Check(IReadOnlyList<ListenAddress> addresses)
    {
        bool header = Mode == AccessMode.Header;
        bool proxy = Authorization == AccessAuthorization.Proxy;
        bool tls = CertificateFile is not null;
        (bool Bad, string Message)[] rules =
        [
            (Mode == AccessMode.Tokens && TokensFile is null, "--access tokens needs --tokens-file."),
            (Mode != AccessMode.Tokens && TokensFile is not null, "--tokens-file is used with --access tokens only."),
            (header && ClientCaFile is null, "--access header needs --client-ca-file: names in headers are believed only from a proxy with a certificate of that CA."),
            (header && !proxy && BindingsFile is null, "--access header needs --bindings-file, or --authorization proxy if the proxy has decided what the caller may do."),
            ((!header || proxy) && BindingsFile is not null, "--bindings-file is used with --access header and --authorization bindings only."),
            (!header && proxy, "--authorization is used with --access header only."),
            (!header && ProxyNames.Count > 0, "--proxy-name is used with --access header only."),
            (!header && ClientCaFile is not null, "--client-ca-file is used with --access header only."),
            (tls != PrivateKeyFile is not null, "--tls-cert-file and --tls-private-key-file must both be given, or neither."),
        ];
        if (rules.FirstOrDefault(r => r.Bad).Message is { } problem)
        {
            throw new UsageException(problem);
        }

        if (!tls && addresses.FirstOrDefault(a => a.IsTls) is { } secret)
        {
            throw new UsageException($"'{secret.Url}': https needs --tls-cert-file and --tls-private-key-file.");
        }

        if (tls && !addresses.Any(a => a.IsTls))
        {
            throw new UsageException("--tls-cert-file is given, but no address in --urls is https.");
        }

        if (header && addresses.FirstOrDefault(a => !a.IsTls) is { } plain)
        {
            throw new UsageException($"'{plain.Url}': --access header needs https at every address, because the proxy shows who it is with a TLS certificate.");
        }
    }

    /// <summary>What the one who starts the server should know about an address that others reach.</summary>
    public string? Warning(ListenAddress address) => (address.IsLoopback, Mode) switch
    {
        (true, _) or (_, AccessMode.Header) => null,
        (_, AccessMode.Tokens) when address.IsTls => null,
        (_, AccessMode.Tokens) =>
            $"{address.Url} can be reached from other machines, and tokens travel over it unencrypted: use https with --tls-cert-file and --tls-private-key-file.",
        (_, AccessMode.ReadWrite) =>
            $"{address.Url} can be reached from other machines, and there is no authentication: whoever reaches it can run these functions.",
        _ => $"{address.Url} can be reached from other machines, and there is no authentication: whoever reaches it can read everything. " +
            "Nobody can change anything; --access tokens allows that to some, --access readwrite to everybody.",
    };

    /// <summary>What the banner says.</summary>
    public string Describe() => Mode switch
    {
        AccessMode.ReadOnly => "everybody may read, nobody may change anything",
        AccessMode.ReadWrite => "everybody may do everything",
        AccessMode.Tokens => $"by tokens, {TokensFile}",
        AccessMode.Header when Authorization == AccessAuthorization.Proxy => "by the proxy's headers, as the proxy decides",
        _ => $"by the proxy's headers, {BindingsFile}",
    };
}
