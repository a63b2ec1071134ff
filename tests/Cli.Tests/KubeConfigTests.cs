using Kontinue.Cli.Connecting;
using Xunit;

namespace Kontinue.Cli.Tests;

public sealed class KubeConfigTests : IDisposable
{
    private const string One = """
        apiVersion: v1
        kind: Config
        current-context: first
        contexts:
        - name: first
          context: {cluster: a, user: u, namespace: team}
        clusters:
        - name: a
          cluster:
            server: https://one.example:6443
            certificate-authority: ca.pem
            tls-server-name: inner
        users:
        - name: u
          user: {token: secret}
        """;

    private const string Two = """
        current-context: second
        contexts:
        - name: first
          context: {cluster: b, user: v}
        - name: second
          context: {cluster: b, user: v}
        - name: broken
          context: {cluster: nowhere}
        clusters:
        - name: b
          cluster: {server: "http://127.0.0.1:9", insecure-skip-tls-verify: true}
        - name: a
          cluster: {server: "https://two.example"}
        users:
        - name: v
          user:
            client-certificate: certs/c.pem
            client-key-data: S0VZ
            exec:
              apiVersion: client.authentication.k8s.io/v1
              command: ./login
              args: [--now]
              env: [{name: A, value: b}]
              provideClusterInfo: true
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("kontinue-kube-").FullName;
    private readonly Dictionary<string, string> _variables = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void NoContextAskedFor_ReadsNoFile()
    {
        _variables["KUBECONFIG"] = "/does/not/exist";
        Assert.Equal(new Uri("http://127.0.0.1:8080"), Resolve().Server);
        _variables["KONTINUE_SERVER"] = "example:80";
        Assert.Equal(new Uri("http://example:80"), Resolve().Server);
        Assert.Equal(new Uri("https://flag"), Resolve(new ConnectionFlags { Server = "https://flag" }).Server);
    }

    [Fact]
    public void Namespace_FlagThenVariableThenContext()
    {
        _variables["KUBECONFIG"] = Write("one", One);
        var flags = new ConnectionFlags { Context = "first" };
        Assert.Equal("team", Resolve(flags).Namespace);
        _variables["KONTINUE_NAMESPACE"] = "env";
        Assert.Equal("env", Resolve(flags).Namespace);
        Assert.Equal("flag", Resolve(flags with { Namespace = "flag" }).Namespace);
    }

    [Fact]
    public void Files_AreMerged_TheFirstCounts()
    {
        _variables["KUBECONFIG"] = string.Join(Path.PathSeparator, Write("one", One), Path.Combine(_folder, "missing"), Write("sub/two", Two));
        ServerConnection first = Resolve(new ConnectionFlags { Context = "first" });
        Assert.Equal((new Uri("https://one.example:6443"), "inner", "secret"), (first.Server, first.TlsServerName, first.User!.Token));
        Assert.Equal(Path.Combine(_folder, "ca.pem"), first.CertificateAuthority!.File);

        _variables["KONTINUE_CONTEXT"] = "second";
        ServerConnection second = Resolve();
        Assert.Equal(new Uri("http://127.0.0.1:9"), second.Server);
        Assert.True(second.InsecureSkipTlsVerify);
        Assert.Equal(Path.Combine(_folder, "sub", "certs", "c.pem"), second.User!.ClientCertificate!.File);
        Assert.Equal("KEY", second.User.ClientKey!.Read());
        ExecPlugin exec = second.User.Exec!;
        Assert.Equal((Path.Combine(_folder, "sub", "login"), "--now", "b", true), (exec.Command, exec.Arguments[0], exec.Environment["A"], exec.ProvideClusterInfo));
    }

    [Fact]
    public void ExplicitFile_IsTheOnlyOne_AndItsCurrentContextCounts()
    {
        _variables["KUBECONFIG"] = Write("one", One);
        Assert.Equal(new Uri("http://127.0.0.1:9"), Resolve(new ConnectionFlags { KubeConfig = Write("two", Two) }).Server);
    }

    [Fact]
    public void Home_IsTheDefault()
    {
        _variables["HOME"] = _folder;
        Write(".kube/config", One);
        Assert.Equal(new Uri("https://one.example:6443"), Resolve(new ConnectionFlags { Context = "first" }).Server);
    }

    [Theory]
    [InlineData("third", "has no context 'third'. It has: broken, first, second.")]
    [InlineData("broken", "names the cluster 'nowhere', which is not there. There are: a, b.")]
    public void WhatIsMissing_IsNamedWithWhatThereIs(string context, string message)
    {
        ConnectionException e = Assert.Throws<ConnectionException>(() => Resolve(new ConnectionFlags { Context = context, KubeConfig = Write("two", Two) }));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a: [", "is not YAML (line ")]
    [InlineData("- a", "not a mapping")]
    [InlineData("clusters: 3", "'clusters' is not a list")]
    [InlineData("clusters: [{cluster: {}}]", "has no name")]
    [InlineData("users: [{name: u, user: {client-key-data: '?'}}]", "client-key-data is not base64")]
    [InlineData("contexts: []", "has no current-context")]
    [InlineData("current-context: c\ncontexts: [{name: c, context: {cluster: k}}]\nclusters: [{name: k}]", "has no server")]
    [InlineData("current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]\nclusters: [{name: k, cluster: {server: http://localhost}}]\nusers: [{name: u, user: {auth-provider: {name: gcp}}}]", "'auth-provider', which is not supported")]
    public void WrongFiles_SayWhatIsWrong(string text, string message)
    {
        ConnectionException e = Assert.Throws<ConnectionException>(() => Resolve(new ConnectionFlags { KubeConfig = Write("x", text) }));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatContradictsItself_IsRefused()
    {
        Refused(new ConnectionFlags { KubeConfig = Path.Combine(_folder, "missing") }, "cannot be read");
        Refused(new ConnectionFlags { Token = "a", TokenFile = "b" }, "exclude each other");
        Refused(new ConnectionFlags { ClientKey = "a" }, "belong together");
        Refused(new ConnectionFlags { CertificateAuthority = "a", InsecureSkipTlsVerify = true }, "exclude each other");
        Refused(new ConnectionFlags { Server = "ftp://x" }, "not a server's address");
        Refused(new ConnectionFlags { Server = "http://far.example", Token = "t" }, "plain http");
        _variables["KONTINUE_SERVER"] = "a";
        _variables["KONTINUE_CONTEXT"] = "b";
        Refused(new ConnectionFlags(), "both say whom to talk to");
    }

    [Fact]
    public void Credentials_OfAContextAreNotReplacedByTheVariable()
    {
        _variables["KONTINUE_TOKEN"] = "env";
        Assert.Equal("env", Resolve().User!.Token);
        var flags = new ConnectionFlags { KubeConfig = Write("one", One) };
        Assert.Equal("secret", Resolve(flags).User!.Token);
        Assert.Equal("flag", Resolve(flags with { Token = "flag" }).User!.Token);
    }

    private void Refused(ConnectionFlags flags, string message) =>
        Assert.Contains(message, Assert.Throws<ConnectionException>(() => Resolve(flags)).Message, StringComparison.Ordinal);

    private ServerConnection Resolve(ConnectionFlags? flags = null) =>
        new ConnectionResolver(name => _variables.GetValueOrDefault(name)).Resolve(flags ?? new ConnectionFlags());

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
