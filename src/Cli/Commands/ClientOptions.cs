using System.CommandLine;
using Kontinue.Client;

namespace Kontinue.Cli.Commands;

/// <summary>The options of every command that talks to a server.</summary>
internal sealed class ClientOptions
{
    public const string DefaultServer = "http://127.0.0.1:8080";

    private readonly CliConsole _console;

    public ClientOptions(CliConsole console, Command command, bool hasNamespace = true)
    {
        _console = console;
        command.Options.Add(Server);
        command.Options.Add(Output);
        if (hasNamespace)
        {
            command.Options.Add(Namespace);
        }

        Output.AcceptOnlyFromAmong("table", "json");
    }

    private Option<string?> Server { get; } = new("--server")
    {
        Description = $"The server's address. Default: $KONTINUE_SERVER, else {DefaultServer}.",
    };

    private Option<string> Namespace { get; } = new("--namespace", "-n")
    {
        Description = "The namespace.", DefaultValueFactory = _ => ExecutionKey.DefaultNamespace,
    };

    private Option<string> Output { get; } = new("--output", "-o")
    {
        Description = "How to print: table or json.", DefaultValueFactory = _ => "table",
    };

    public bool IsJson(ParseResult parsed) => string.Equals(parsed.GetValue(Output), "json", StringComparison.Ordinal);

    public string NamespaceOf(ParseResult parsed) => parsed.GetValue(Namespace)!;

    public ExecutionKey Key(ParseResult parsed, string name) => new(NamespaceOf(parsed), name);

    /// <exception cref="UsageException">The address is not one.</exception>
    public Uri ServerOf(ParseResult parsed)
    {
        string text = parsed.GetValue(Server) ?? _console.Environment("KONTINUE_SERVER") ?? "";
        text = text.Length == 0 ? DefaultServer : text;
        text = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"
            ? uri!
            : throw new UsageException($"'{text}' is not a server's address. Write one such as {DefaultServer}.");
    }

    public IKontinueClient Client(ParseResult parsed) =>
        new KontinueHttpClient(KontinueHttp.Create(ServerOf(parsed)), time: _console.Time);
}
