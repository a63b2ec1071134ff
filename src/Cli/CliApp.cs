using System.CommandLine;
using Kontinue.Cli.Commands;

namespace Kontinue.Cli;

/// <summary>The <c>kontinue</c> command.</summary>
internal static class CliApp
{
    /// <summary>Runs a command line.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(string[] args, CliConsole console, CancellationToken cancellationToken = default)
    {
        RootCommand root = Build(console);
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (string message in parsed.Errors.Select(e => e.Message).Distinct(StringComparer.Ordinal))
            {
                console.Fail(message);
            }

            string command = string.Join(' ', Path(parsed.CommandResult.Command));
            await console.Error.WriteLineAsync($"See '{command} --help'.");
            return ExitCodes.Usage;
        }

        // Signals are this program's own business: a wait has something to say about them, a server takes its time.
        var settings = new InvocationConfiguration
        {
            Output = console.Out, Error = console.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null,
        };
        return await parsed.InvokeAsync(settings, cancellationToken);
    }

    private static RootCommand Build(CliConsole console)
    {
        var root = new RootCommand("Durable executions for .NET.\n\n" + ExitCodes.Help);
        root.Subcommands.Add(DevCommand.Create(console));
        root.Subcommands.Add(ExecuteCommand.Create(console));
        root.Subcommands.Add(GetCommand.Create(console));
        root.Subcommands.Add(ResumeCommand.Create(console));
        root.Subcommands.Add(CancelCommand.Create(console));
        root.Subcommands.Add(EventCommand.Create(console));
        root.Subcommands.Add(JournalCommand.Create(console));
        return root;
    }

    private static IEnumerable<string> Path(Command command)
    {
        Command? parent = command.Parents.OfType<Command>().FirstOrDefault();
        return parent is null ? ["kontinue"] : [.. Path(parent), command.Name];
    }
}
