using System.CommandLine;
using Kontinue.Api.Access;
using Kontinue.Cli.Commands;

namespace Kontinue.Cli.Serving;

/// <summary>The flags of every command that serves the API: who may do what, TLS, and the audit trail.</summary>
internal sealed class AccessFlags
{
    private readonly Option<string?> _access = new("--access");
    private readonly AccessMode _default;
    private readonly Option<string?> _tokens = new("--tokens-file") { Description = "With --access tokens: hashes of tokens, and what each may do (JSON)." };
    private readonly Option<string?> _bindings = new("--bindings-file") { Description = "With --access header: what users and groups may do (JSON)." };

    private readonly Option<string?> _authorization = new("--authorization")
    {
        Description = "With --access header: who decides, bindings (default) or proxy (it has decided already, as kube-apiserver does).",
    };

    private readonly Option<string[]> _proxyNames = new("--proxy-name")
    {
        Description = "With --access header: a common name that the proxy's certificate may have; may be repeated. Default: any of the CA.",
    };

    private readonly Option<string?> _certificate = new("--tls-cert-file") { Description = "The certificate for https, with those between it and the root (PEM)." };
    private readonly Option<string?> _key = new("--tls-private-key-file") { Description = "The certificate's private key (PEM)." };
    private readonly Option<string?> _clientCa = new("--client-ca-file") { Description = "With --access header: the CA of the proxy's client certificate (PEM)." };
    private readonly Option<bool> _audit = new("--audit") { Description = "Print a line for each change and each refusal to standard error." };
    private readonly Option<string?> _auditLog = new("--audit-log") { Description = "Append a line of JSON for each change and each refusal to this file." };

    /// <param name="command">The command that gets the flags.</param>
    /// <param name="default">What counts without <c>--access</c>.</param>
    public AccessFlags(Command command, AccessMode @default)
    {
        _default = @default;
        _access.Description = "Who may do what: readonly, readwrite, header (a proxy says who asks) or tokens. Default: " +
            (@default == AccessMode.Automatic ? "readwrite on loopback, else readonly." : "readonly.");
        _access.AcceptOnlyFromAmong("readonly", "readwrite", "header", "tokens");
        _authorization.AcceptOnlyFromAmong("bindings", "proxy");
        foreach (Option option in (Option[])[_access, _tokens, _bindings, _authorization, _proxyNames, _certificate, _key, _clientCa, _audit, _auditLog])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Reads the flags.</summary>
    /// <exception cref="UsageException">They do not fit together, or not to the addresses.</exception>
    public ServerAccess Read(ParseResult parsed, IReadOnlyList<ListenAddress> addresses)
    {
        var access = new ServerAccess
        {
            Mode = parsed.GetValue(_access) switch
            {
                "readonly" => AccessMode.ReadOnly,
                "readwrite" => AccessMode.ReadWrite,
                "header" => AccessMode.Header,
                "tokens" => AccessMode.Tokens,
                _ when _default != AccessMode.Automatic => _default,
                _ => addresses.All(a => a.IsLoopback) ? AccessMode.ReadWrite : AccessMode.ReadOnly,
            },
            TokensFile = parsed.GetValue(_tokens),
            BindingsFile = parsed.GetValue(_bindings),
            Authorization = parsed.GetValue(_authorization) is "proxy" ? AccessAuthorization.Proxy : AccessAuthorization.Bindings,
            ProxyNames = parsed.GetValue(_proxyNames) ?? [],
            CertificateFile = parsed.GetValue(_certificate),
            PrivateKeyFile = parsed.GetValue(_key),
            ClientCaFile = parsed.GetValue(_clientCa),
            Audit = parsed.GetValue(_audit),
            AuditLog = parsed.GetValue(_auditLog),
        };
        access.Check(addresses);
        return access;
    }
}
