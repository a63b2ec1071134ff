using System.CommandLine;
using Kontinue.Api.Access;
using Kontinue.Cli.Serving;
using Kontinue.Engine;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue server</c>: a server for production; any number of them share one PostgreSQL.</summary>
internal static class ServerCommand
{
    /// <summary>The variable with the connection string: whatever stands on a command line, all users of the machine can read.</summary>
    public const string PostgresVariable = "KONTINUE_POSTGRES";

    private static readonly TimeSpan ShortestLease = TimeSpan.FromSeconds(1);

    public static Command Create(CliConsole console)
    {
        var defaults = new KontinueOptions();
        var postgres = new Option<string?>("--postgres")
        {
            Description = $"The connection string of a PostgreSQL database, which any number of servers may share. Default, and better for passwords: ${PostgresVariable}.",
        };
        var data = new Option<string?>("--data") { Description = "Use SQLite instead, in this folder: for one server alone." };
        var group = new Option<string>("--group")
        {
            Description = "The worker group: all servers of a group have the same functions.", DefaultValueFactory = _ => defaults.WorkerGroup,
        };
        var name = new Option<string?>("--name")
        {
            Description = "The silo's name: no other server of the database has it, and it stays the same over restarts. Default: the machine's name.",
        };
        Option<TimeSpan?> lease = DurationArgument.Option("--lease", "How long the server keeps its executions when it is not heard of: at least 1s. Default: 40s.");
        var urls = new Option<string>("--urls")
        {
            Description = "Where to listen; several are separated by ';'.", DefaultValueFactory = _ => ClientOptions.DefaultServer,
        };
        var executions = new Option<int>("--max-concurrent-executions")
        {
            Description = "Executions that run at once, those that wait not counted.", DefaultValueFactory = _ => defaults.MaxConcurrentExecutions,
        };
        executions.MustBe(n => n >= 1, "--max-concurrent-executions must be at least 1.");
        var samples = new Option<bool>("--samples") { Description = "Have the sample functions." };
        var verbose = new Option<bool>("--verbose") { Description = "Log more, and errors whole." };
        var command = new Command("server", "Runs a server. Those that share one PostgreSQL share the work.")
        {
            postgres, data, group, name, lease, urls, executions, samples, verbose,
        };
        var access = new AccessFlags(command, AccessMode.ReadOnly);
        command.Serves(console, verbose, Read, Banner);
        return command;

        ServerSettings Read(ParseResult parsed)
        {
            IReadOnlyList<ListenAddress> addresses = ListenAddress.Parse(parsed.GetValue(urls)!);
            return new ServerSettings
            {
                Addresses = addresses,
                Store = Store(parsed.GetValue(postgres), parsed.GetValue(data), console.Environment(PostgresVariable)),
                Access = access.Read(parsed, addresses),
                Verbose = parsed.GetValue(verbose),
                Samples = parsed.GetValue(samples),
                Silo = new SiloSettings(
                    SiloName(parsed.GetValue(name), defaults.SiloName), Group(parsed.GetValue(group)!), Lease(parsed.GetValue(lease) ?? defaults.Lease),
                    parsed.GetValue(executions)),
            };
        }
    }

    private static StoreSelection Store(string? postgres, string? data, string? variable)
    {
        (string? connection, string source) = postgres is not null ? (postgres, "--postgres") : (variable, "$" + PostgresVariable);
        if (data is null)
        {
            return connection is null
                ? throw new UsageException($"Name the store: --postgres or ${PostgresVariable} for PostgreSQL, or --data for SQLite.")
                : StoreSelection.Of("", connection, source);
        }

        return connection is not null
            ? throw new UsageException($"--data and {source} name two stores. Give one of them.")
            : string.IsNullOrWhiteSpace(data) ? throw new UsageException("--data is empty. Name a folder.")
            : new StoreSelection(data, PostgreSql: null);
    }

    private static string SiloName(string? given, string machine) => given is null && !Names.IsNamespace(machine)
        ? throw new UsageException($"This machine's name, '{machine}', cannot be a silo's. Give one with --name. {Names.NamespaceRule}")
        : Names.IsNamespace(given ?? machine) ? given ?? machine
        : throw new UsageException($"--name: '{given}' is not the name of a silo. {Names.NamespaceRule}");

    private static string Group(string given) => Names.IsNamespace(given)
        ? given
        : throw new UsageException($"--group: '{given}' is not the name of a worker group. {Names.NamespaceRule}");

    private static TimeSpan Lease(TimeSpan given) => given >= ShortestLease
        ? given
        : throw new UsageException($"--lease: {Duration.Format(given)} is too short: it must be at least {Duration.Format(ShortestLease)}.");

    private static string Banner(KontinueServer server, ServerSettings settings) => $"""
        Kontinue server
          API        {string.Join(", ", server.Urls)}
          Access     {settings.Access.Describe()}
          Store      {settings.Store.Describe()}
          Silo       {server.Options.SiloName} of group {server.Options.WorkerGroup}, version {server.Options.Version}
          Lease      {Duration.Format(server.Options.Lease)}
          Capacity   {server.Options.MaxConcurrentExecutions} executions at once
          Functions  {(server.Functions.Count == 0 ? "none; executions are left to silos that have theirs" : string.Join(", ", server.Functions))}
        Press Ctrl-C to stop.
        """;
}
