namespace Kontinue.Cli.Connecting;

/// <summary>What is asked for in kubeconfig files, merged the way kubectl merges them: of several entries of one name, the first counts.</summary>
internal sealed class KubeConfig
{
    /// <summary>The context that the first file with one calls current.</summary>
    public string? CurrentContext { get; set; }

    public Dictionary<string, KubeContext> Contexts { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, KubeCluster> Clusters { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, KubeUser> Users { get; } = new(StringComparer.Ordinal);

    /// <summary>Finds a context with its cluster and user.</summary>
    /// <param name="name">Its name; null: the current one.</param>
    /// <param name="source">The files, for messages.</param>
    /// <exception cref="ConnectionException">There is none, or what it names is missing.</exception>
    public (KubeContext Context, KubeCluster Cluster, KubeUser? User) Find(string? name, string source)
    {
        name ??= CurrentContext;
        if (string.IsNullOrEmpty(name))
        {
            throw new ConnectionException($"{source} has no current-context. Choose one with --context: {Names(Contexts.Keys)}.");
        }

        if (!Contexts.TryGetValue(name, out KubeContext? context))
        {
            throw new ConnectionException($"{source} has no context '{name}'. It has: {Names(Contexts.Keys)}.");
        }

        if (!Clusters.TryGetValue(context.Cluster, out KubeCluster? cluster))
        {
            throw new ConnectionException($"{source}: the context '{name}' names the cluster '{context.Cluster}', which is not there. There are: {Names(Clusters.Keys)}.");
        }

        KubeUser? user = null;
        if (context.User is { Length: > 0 } userName && !Users.TryGetValue(userName, out user))
        {
            throw new ConnectionException($"{source}: the context '{name}' names the user '{userName}', which is not there. There are: {Names(Users.Keys)}.");
        }

        return (context, cluster, user);
    }

    private static string Names(IReadOnlyCollection<string> names) =>
        names.Count == 0 ? "none" : string.Join(", ", names.Order(StringComparer.Ordinal).Take(50));
}

/// <summary>Which cluster and user belong together.</summary>
internal sealed record KubeContext(string Cluster, string? User, string? Namespace);

/// <summary>Where a server is and how it is trusted.</summary>
internal sealed record KubeCluster
{
    public required string Server { get; init; }

    public PemSource? CertificateAuthority { get; init; }

    public bool InsecureSkipTlsVerify { get; init; }

    public string? TlsServerName { get; init; }

    public string? ProxyUrl { get; init; }
}

/// <summary>Who asks.</summary>
internal sealed record KubeUser
{
    public string? Token { get; init; }

    public string? TokenFile { get; init; }

    public PemSource? ClientCertificate { get; init; }

    public PemSource? ClientKey { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    public ExecPlugin? Exec { get; init; }

    /// <summary>A way to log in that is not understood here, if one is written.</summary>
    public string? Unsupported { get; init; }
}

/// <summary>A program that knows how to log in.</summary>
/// <param name="ApiVersion">What it speaks.</param>
/// <param name="Command">The program; a path with separators is taken from the file's folder.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Environment">Added to the environment.</param>
/// <param name="InstallHint">What to do when it is not there.</param>
/// <param name="InteractiveMode">Never, IfAvailable or Always: whether it may ask on the terminal.</param>
/// <param name="ProvideClusterInfo">Whether it is told of the cluster.</param>
internal sealed record ExecPlugin(
    string ApiVersion, string Command, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment,
    string? InstallHint, string? InteractiveMode, bool ProvideClusterInfo);

/// <summary>A certificate or key: within the configuration or in a file.</summary>
/// <param name="Data">The PEM text, or null.</param>
/// <param name="File">The file's path, or null.</param>
internal sealed record PemSource(string? Data, string? File)
{
    /// <exception cref="ConnectionException">The file cannot be read.</exception>
    public string Read()
    {
        if (Data is not null)
        {
            return Data;
        }

        try
        {
            return System.IO.File.ReadAllText(File!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ConnectionException($"The file '{File}' cannot be read: {e.Message}");
        }
    }
}

/// <summary>It cannot be found out whom to talk to or how; nothing was sent.</summary>
internal sealed class ConnectionException(string message, Exception? inner = null) : Exception(message, inner);
