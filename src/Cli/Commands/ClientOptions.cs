using System.CommandLine;
using Kontinue.Cli.Connecting;
using Kontinue.Cli.Output;
using Kontinue.Client;

namespace Kontinue.Cli.Commands;

/// <summary>The options of every command that talks to a server.</summary>
internal sealed class ClientOptions
{
    public const string DefaultServer = ConnectionResolver.DefaultServer;

    private readonly CliConsole _console;
    private readonly Option<string?> _server = new("--server")
    {
        Description = $"The server's address. Default: $KONTINUE_SERVER, else the context of $KONTINUE_CONTEXT, else {DefaultServer}.",
    };

    private readonly Option<string?> _namespace = new("--namespace", "-n")
    {
        Description = $"The namespace. Default: $KONTINUE_NAMESPACE, else the context's, else {ExecutionKey.DefaultNamespace}.",
    };

    private readonly Option<string?> _context = new("--context") { Description = "The context of the kubeconfig that says server, user and namespace." };
    private readonly Option<string?> _kubeConfig = new("--kubeconfig") { Description = "The kubeconfig file. Default, when a context is asked for: $KUBECONFIG, else ~/.kube/config." };
    private readonly Option<string?> _token = new("--token") { Description = "A bearer token. Others on this machine may see it; better: $KONTINUE_TOKEN or --token-file." };
    private readonly Option<string?> _tokenFile = new("--token-file") { Description = "A file with a bearer token; read again each minute." };
    private readonly Option<string?> _authority = new("--certificate-authority") { Description = "A PEM file with the authorities that may sign the server's certificate." };
    private readonly Option<string?> _certificate = new("--client-certificate") { Description = "A PEM file with a client certificate." };
    private readonly Option<string?> _key = new("--client-key") { Description = "A PEM file with the key of the client certificate." };
    private readonly Option<bool> _insecure = new("--insecure-skip-tls-verify") { Description = "Trust any certificate: whoever is on the way can read and change everything." };
    private readonly Option<string> _output = new("--output", "-o");

    /// <param name="console">The console.</param>
    /// <param name="command">The command that gets the options.</param>
    /// <param name="outputs">What <c>-o</c> may be, the default first. Default: table and json.</param>
    public ClientOptions(CliConsole console, Command command, params string[] outputs)
    {
        _console = console;
        string[] forms = outputs.Length > 0 ? outputs : ["table", "json"];
        _output.Description = $"How to print: {string.Join(", ", forms[..^1])} or {forms[^1]}.";
        _output.DefaultValueFactory = _ => forms[0];
        _output.AcceptOnlyFromAmong(forms);
        Option[] all = [_output, _namespace, _server, _context, _kubeConfig, _token, _tokenFile, _authority, _certificate, _key, _insecure];
        Array.ForEach(all, command.Options.Add);
        Array.ForEach([_kubeConfig, _tokenFile, _authority, _certificate, _key], o => o.Arity = ArgumentArity.ExactlyOne);
    }

    public bool IsJson(ParseResult parsed) => Form(parsed) == OutputForm.Json;

    public OutputForm Form(ParseResult parsed) => Enum.Parse<OutputForm>(parsed.GetValue(_output)!, ignoreCase: true);

    public string NamespaceOf(ParseResult parsed) => Connection(parsed).Namespace;

    public ExecutionKey Key(ParseResult parsed, string name) => new(NamespaceOf(parsed), name);

    public IKontinueClient Client(ParseResult parsed, RequestLimit? limit = null) => _console.Client(Connection(parsed) with { Limit = limit });

    /// <summary>Whom the command talks to.</summary>
    /// <exception cref="UsageException">What is said of it does not fit together.</exception>
    public ServerConnection Connection(ParseResult parsed)
    {
        try
        {
            return new ConnectionResolver(_console.Environment).Resolve(new ConnectionFlags
            {
                Server = parsed.GetValue(_server),
                Namespace = parsed.GetValue(_namespace),
                Token = parsed.GetValue(_token),
                TokenFile = parsed.GetValue(_tokenFile),
                CertificateAuthority = parsed.GetValue(_authority),
                ClientCertificate = parsed.GetValue(_certificate),
                ClientKey = parsed.GetValue(_key),
                InsecureSkipTlsVerify = parsed.GetValue(_insecure),
                Context = parsed.GetValue(_context),
                KubeConfig = parsed.GetValue(_kubeConfig),
            });
        }
        catch (ConnectionException e)
        {
            throw new UsageException(e.Message);
        }
    }
}
