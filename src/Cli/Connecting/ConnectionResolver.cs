namespace Kontinue.Cli.Connecting;

/// <summary>What the command line says of the connection.</summary>
internal sealed record ConnectionFlags
{
    public string? Server { get; init; }

    public string? Namespace { get; init; }

    public string? Token { get; init; }

    public string? TokenFile { get; init; }

    public string? CertificateAuthority { get; init; }

    public string? ClientCertificate { get; init; }

    public string? ClientKey { get; init; }

    public bool InsecureSkipTlsVerify { get; init; }

    public string? Context { get; init; }

    public string? KubeConfig { get; init; }
}

/// <summary>
/// Finds out whom to talk to: from the command line, then the environment, then the default. A kubeconfig is read only when one is asked for,
/// so that the cluster of the day is not met by accident.
/// </summary>
/// <param name="environment">Reads a variable.</param>
internal sealed class ConnectionResolver(Func<string, string?> environment)
{
    public const string DefaultServer = "http://127.0.0.1:8080";

    /// <exception cref="ConnectionException">What is said does not fit together, or a file cannot be read.</exception>
    public ServerConnection Resolve(ConnectionFlags flags)
    {
        ServerConnection connection = ResolveServer(flags);
        connection = connection with
        {
            Namespace = flags.Namespace ?? Variable("KONTINUE_NAMESPACE") ?? connection.Namespace,
            CertificateAuthority = flags.CertificateAuthority is { } ca ? new PemSource(null, Path.GetFullPath(ca)) : connection.CertificateAuthority,
            InsecureSkipTlsVerify = flags.InsecureSkipTlsVerify || connection.InsecureSkipTlsVerify,
            User = ResolveUser(flags, connection.User),
        };
        if (connection.User?.Unsupported is { } unsupported)
        {
            throw new ConnectionException($"The user of the context logs in with '{unsupported}', which is not supported. Use exec, a token or a client certificate.");
        }

        if (connection is { Server: { Scheme: "http", IsLoopback: false }, User: not null, InsecureSkipTlsVerify: false })
        {
            throw new ConnectionException(
                $"{connection.Server} is plain http on another machine: whoever is on the way could read the token or password. " +
                "Use https, or --insecure-skip-tls-verify if that is what you want.");
        }

        return connection is { InsecureSkipTlsVerify: true, CertificateAuthority: not null }
            ? throw new ConnectionException("A certificate authority and --insecure-skip-tls-verify exclude each other: leave one out.")
            : connection;
    }

    private ServerConnection ResolveServer(ConnectionFlags flags)
    {
        if ((flags.Context ?? flags.KubeConfig) is not null)
        {
            return FromContext(flags.Context ?? Variable("KONTINUE_CONTEXT"), flags.KubeConfig, flags.Server);
        }

        if (flags.Server is not null)
        {
            return new ServerConnection { Server = ParseServer(flags.Server) };
        }

        string? server = Variable("KONTINUE_SERVER");
        string? context = Variable("KONTINUE_CONTEXT");
        return (server, context) switch
        {
            (not null, not null) => throw new ConnectionException("KONTINUE_SERVER and KONTINUE_CONTEXT both say whom to talk to. Unset one, or use --server or --context."),
            (null, not null) => FromContext(context, null, null),
            _ => new ServerConnection { Server = ParseServer(server ?? DefaultServer) },
        };
    }

    private ServerConnection FromContext(string? name, string? explicitFile, string? server)
    {
        string[] files = explicitFile is not null ? [explicitFile] : Files();
        KubeConfig config = KubeConfigReader.Read(files, mayBeMissing: explicitFile is null);
        (KubeContext context, KubeCluster cluster, KubeUser? user) = config.Find(name, files.Length == 1 ? files[0] : $"KUBECONFIG ({string.Join(", ", files)})");
        if (server is null && cluster.Server.Length == 0)
        {
            throw new ConnectionException($"The cluster '{context.Cluster}' of the context has no server.");
        }

        return new ServerConnection
        {
            Server = ParseServer(server ?? cluster.Server),
            Namespace = context.Namespace ?? ExecutionKey.DefaultNamespace,
            CertificateAuthority = cluster.CertificateAuthority,
            InsecureSkipTlsVerify = cluster.InsecureSkipTlsVerify,
            TlsServerName = cluster.TlsServerName,
            Proxy = cluster.ProxyUrl is { } proxy ? ParseProxy(proxy) : null,
            User = user,
        };
    }

    private string[] Files()
    {
        if (Variable("KUBECONFIG") is { } list)
        {
            string[] files = list.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
            return files.Length > 0 ? files : throw new ConnectionException($"KUBECONFIG ('{list}') names no file.");
        }

        string? home = Variable("HOME") ?? Variable("USERPROFILE");
        return home is null
            ? throw new ConnectionException("A context was asked for, but neither KUBECONFIG nor HOME is set. Name the file with --kubeconfig.")
            : [Path.Combine(home, ".kube", "config")];
    }

    private KubeUser? ResolveUser(ConnectionFlags flags, KubeUser? fromContext)
    {
        if (flags is { Token: not null, TokenFile: not null })
        {
            throw new ConnectionException("--token and --token-file exclude each other.");
        }

        if (flags.ClientCertificate is null != flags.ClientKey is null)
        {
            throw new ConnectionException("--client-certificate and --client-key belong together: give both.");
        }

        KubeUser? user = fromContext;
        if ((flags.Token ?? flags.TokenFile) is not null)
        {
            user = (user ?? new KubeUser()) with { Token = flags.Token, TokenFile = flags.TokenFile, Username = null, Password = null, Exec = null };
        }
        else if (user is null && Variable("KONTINUE_TOKEN") is { } token)
        {
            user = new KubeUser { Token = token };
        }

        return flags.ClientCertificate is null
            ? user
            : (user ?? new KubeUser()) with
            {
                ClientCertificate = new PemSource(null, Path.GetFullPath(flags.ClientCertificate)),
                ClientKey = new PemSource(null, Path.GetFullPath(flags.ClientKey!)),
            };
    }

    private static Uri ParseServer(string text)
    {
        string address = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        return Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" && uri!.UserInfo.Length == 0
            ? uri
            : throw new ConnectionException($"'{text}' is not a server's address. Write one such as {DefaultServer}.");
    }

    private static Uri ParseProxy(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" or "socks5"
            ? uri!
            : throw new ConnectionException($"The cluster's proxy-url '{text}' is not an address such as http://proxy:3128.");

    private string? Variable(string name) => environment(name) is { Length: > 0 } value ? value : null;
}
