using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kontinue.Cli.Connecting;

/// <summary>Reads kubeconfig files. Paths in a file are relative to its folder; fields that are not known are passed over.</summary>
internal static class KubeConfigReader
{
    /// <summary>No kubeconfig is nearly that large.</summary>
    private const long MaxFileBytes = 16 * 1024 * 1024;

    /// <summary>Reads and merges files.</summary>
    /// <param name="paths">In order: the first that says something counts.</param>
    /// <param name="mayBeMissing">Whether files that are not there are passed over, as in <c>KUBECONFIG</c>.</param>
    /// <exception cref="ConnectionException">A file cannot be read or understood.</exception>
    public static KubeConfig Read(IReadOnlyList<string> paths, bool mayBeMissing)
    {
        var config = new KubeConfig();
        foreach (string path in paths)
        {
            if (!mayBeMissing || File.Exists(path))
            {
                Merge(config, Path.GetFullPath(path));
            }
        }

        return config;
    }

    private static void Merge(KubeConfig config, string path)
    {
        YamlMappingNode? root = Load(path);
        if (root is null)
        {
            return;
        }

        string folder = Path.GetDirectoryName(path)!;
        config.CurrentContext = config.CurrentContext is { Length: > 0 } known ? known : Text(root, "current-context");
        Each(root, "contexts", "context", path, (name, node) => config.Contexts.TryAdd(
            name, new KubeContext(Text(node, "cluster") ?? "", Text(node, "user"), Text(node, "namespace"))));
        Each(root, "clusters", "cluster", path, (name, node) => config.Clusters.TryAdd(name, Cluster(node, folder, $"{path}: cluster '{name}'")));
        Each(root, "users", "user", path, (name, node) => config.Users.TryAdd(name, User(node, folder, $"{path}: user '{name}'")));
    }

    private static YamlMappingNode? Load(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxFileBytes)
            {
                throw new ConnectionException($"{path} is larger than {MaxFileBytes / 1024 / 1024} MiB; that is no kubeconfig.");
            }

            var stream = new YamlStream();
            using (var reader = new StreamReader(path))
            {
                stream.Load(reader);
            }

            return stream.Documents.Count == 0 || IsEmpty(stream.Documents[0].RootNode)
                ? null
                : stream.Documents[0].RootNode as YamlMappingNode ?? throw new ConnectionException($"{path} is no kubeconfig: it is not a mapping.");
        }
        catch (YamlException e)
        {
            throw new ConnectionException($"{path} is not YAML (line {e.Start.Line}, column {e.Start.Column}): {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            // Some input meets an assertion of the parser, which is an InvalidOperationException.
            throw new ConnectionException($"The kubeconfig '{path}' cannot be read: {e.Message}", e);
        }
    }

    private static void Each(YamlMappingNode root, string list, string item, string path, Action<string, YamlMappingNode> add)
    {
        YamlNode? node = Child(root, list);
        if (node is null || IsEmpty(node))
        {
            return;
        }

        foreach (YamlNode entry in (node as YamlSequenceNode ?? throw new ConnectionException($"{path}: '{list}' is not a list.")).Children)
        {
            if (entry is not YamlMappingNode mapping || Text(mapping, "name") is not { Length: > 0 } name)
            {
                throw new ConnectionException($"{path}: an entry of '{list}' (line {entry.Start.Line}) has no name.");
            }

            add(name, Child(mapping, item) as YamlMappingNode ?? new YamlMappingNode());
        }
    }

    private static KubeCluster Cluster(YamlMappingNode node, string folder, string where) => new()
    {
        Server = Text(node, "server") ?? "",
        CertificateAuthority = Pem(node, "certificate-authority", folder, where),
        InsecureSkipTlsVerify = Flag(node, "insecure-skip-tls-verify"),
        TlsServerName = Text(node, "tls-server-name"),
        ProxyUrl = Text(node, "proxy-url"),
    };

    private static KubeUser User(YamlMappingNode node, string folder, string where) => new()
    {
        Token = Text(node, "token"),
        TokenFile = FilePath(Text(node, "tokenFile"), folder),
        ClientCertificate = Pem(node, "client-certificate", folder, where),
        ClientKey = Pem(node, "client-key", folder, where),
        Username = Text(node, "username"),
        Password = Text(node, "password"),
        Exec = Child(node, "exec") is YamlMappingNode exec ? Exec(exec, folder, where) : null,
        Unsupported = Array.Find(["auth-provider", "as", "as-uid", "as-groups", "as-user-extra"], key => Child(node, key) is { } child && !IsEmpty(child)),
    };

    private static ExecPlugin Exec(YamlMappingNode node, string folder, string where)
    {
        string command = Text(node, "command") is { Length: > 0 } text ? text : throw new ConnectionException($"{where}: exec has no command.");
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (YamlMappingNode pair in (Child(node, "env") as YamlSequenceNode)?.Children.OfType<YamlMappingNode>() ?? [])
        {
            environment[Text(pair, "name") ?? ""] = Text(pair, "value") ?? "";
        }

        environment.Remove("");
        return new ExecPlugin(
            Text(node, "apiVersion") ?? "",
            command.Contains('/', StringComparison.Ordinal) || command.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) ? FilePath(command, folder)! : command,
            [.. (Child(node, "args") as YamlSequenceNode)?.Children.OfType<YamlScalarNode>().Select(s => s.Value ?? "") ?? []],
            environment, Text(node, "installHint"), Text(node, "interactiveMode"), Flag(node, "provideClusterInfo"));
    }

    /// <summary>The data wins over the file, as with kubectl.</summary>
    private static PemSource? Pem(YamlMappingNode node, string key, string folder, string where)
    {
        if (Text(node, key + "-data") is not { Length: > 0 } data)
        {
            return FilePath(Text(node, key), folder) is { } file ? new PemSource(null, file) : null;
        }

        try
        {
            return new PemSource(Encoding.UTF8.GetString(Convert.FromBase64String(data)), null);
        }
        catch (FormatException e)
        {
            throw new ConnectionException($"{where}: {key}-data is not base64.", e);
        }
    }

    private static string? FilePath(string? path, string folder) => string.IsNullOrEmpty(path) ? null : Path.GetFullPath(path, folder);

    private static bool Flag(YamlMappingNode node, string key) => string.Equals(Text(node, key), "true", StringComparison.OrdinalIgnoreCase);

    private static string? Text(YamlMappingNode node, string key) => Child(node, key) is YamlScalarNode scalar && !IsEmpty(scalar) ? scalar.Value : null;

    private static YamlNode? Child(YamlMappingNode node, string key) => node.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? child) ? child : null;

    private static bool IsEmpty(YamlNode node) =>
        node is YamlScalarNode { Style: ScalarStyle.Plain or ScalarStyle.Any, Value: null or "" or "null" or "~" };
}
