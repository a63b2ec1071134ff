using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Kontinue.Cli.Commands;
using Kontinue.Cli.Completion;

namespace Kontinue.Cli;

/// <summary>The <c>kontinue</c> command.</summary>
internal static class CliApp
{
    /// <summary>Runs a command line.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(string[] args, CliConsole console, CancellationToken cancellationToken = default)
    {
        RootCommand root = Build(console);
        if (CommandCompletion.Suggest(root, args) is { } candidates)
        {
            foreach (string candidate in candidates)
            {
                await console.Out.WriteLineAsync(candidate.AsMemory(), cancellationToken);
            }

            return ExitCodes.Ok;
        }

        // @FILE is the way to give JSON in a file; the parser must not take it for a file of options.
        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });

        // A line that is being completed is not whole yet.
        if (parsed.Errors.Count > 0 && !parsed.Tokens.Any(t => t.Type == TokenType.Directive))
        {
            string command = string.Join(' ', Path(parsed.CommandResult.Command));
            foreach (string message in ParseMistakes.Of(parsed, command))
            {
                console.Fail(message);
            }

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

    /// <summary>The commands, for whoever holds the documentation against them.</summary>
    internal static RootCommand Build(CliConsole console)
    {
        var root = new RootCommand("Durable executions for .NET.\n\n" + ExitCodes.Help);
        Command[] commands =
        [
            DevCommand.Create(console), ServerCommand.Create(console), ExecuteCommand.Create(console), GetCommand.Create(console), GetCommand.CreateWatch(console),
            DescribeCommand.Create(console), JournalCommand.Create(console), LogsCommand.Create(console), ResumeCommand.Create(console),
            EventCommand.CreateGroup(console), EventCommand.Create(console), CancelCommand.Create(console), RetryCommand.Create(console),
            SkipCommand.Create(console), ResubmitCommand.Create(console), DeleteCommand.Create(console), ArchiveCommand.Create(console),
            BenchCommand.Create(console), CompletionCommand.Create(console),
        ];
        Array.ForEach(commands, root.Subcommands.Add);

        // The other spellings are of other systems, and would be offered by completion everywhere.
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        Array.ForEach(["/h", "/?", "-?"], alias => help.Aliases.Remove(alias));
        return root;
    }

    private static IEnumerable<string> Path(Command command)
    {
        Command? parent = command.Parents.OfType<Command>().FirstOrDefault();
        return parent is null ? ["kontinue"] : [.. Path(parent), command.Name];
    }
}
