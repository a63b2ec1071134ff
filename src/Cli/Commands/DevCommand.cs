using System.CommandLine;
using Kontinue.Api.Access;
using Kontinue.Cli.Serving;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue dev</c>: a server for development.</summary>
internal static class DevCommand
{
    public static Command Create(CliConsole console)
    {
        var urls = new Option<string>("--urls")
        {
            Description = "Where to listen; several are separated by ';'.", DefaultValueFactory = _ => ClientOptions.DefaultServer,
        };
        var data = new Option<string>("--data") { Description = "The folder of the SQLite database and of the record of local jobs.", DefaultValueFactory = _ => "./.kontinue" };
        var postgres = new Option<string?>("--postgres") { Description = "A connection string: use PostgreSQL instead of SQLite." };
        var verbose = new Option<bool>("--verbose") { Description = "Log more, and errors whole." };
        var command = new Command("dev", "Runs a development server with the sample functions.") { urls, data, postgres, verbose };
        var access = new AccessFlags(command, AccessMode.Automatic);
        command.Serves(console, verbose, Read, Banner);
        return command;

        ServerSettings Read(ParseResult parsed)
        {
            IReadOnlyList<ListenAddress> addresses = ListenAddress.Parse(parsed.GetValue(urls)!);
            return new ServerSettings
            {
                Addresses = addresses,
                Store = StoreSelection.Of(parsed.GetValue(data)!, parsed.GetValue(postgres), "--postgres"),
                Access = access.Read(parsed, addresses),
                Verbose = parsed.GetValue(verbose),
                Samples = true,
                LocalJobs = Path.Combine(parsed.GetValue(data)!, "jobs"),
            };
        }
    }

    private static string Banner(KontinueServer server, ServerSettings settings) => $"""
        Kontinue development server
          API        {string.Join(", ", server.Urls)}
          Access     {settings.Access.Describe()}
          Store      {settings.Store.Describe()}
          Jobs       local processes, {settings.LocalJobs}
          Functions  {string.Join(", ", server.Functions)}
          Try        kontinue execute hello --wait{(server.Urls.Contains(ClientOptions.DefaultServer, StringComparer.Ordinal) ? "" : $" --server {server.Urls[0]}")}
        Press Ctrl-C to stop.
        """;
}
