using System.CommandLine;
using Kontinue.Load.CommandLine;

namespace Kontinue.Load;

/// <summary>The console, for whoever brings targets of their own along.</summary>
internal static class LoadProgram
{
    public static async Task<int> RunAsync(string[] args)
    {
        var command = new LoadCommand();
        ParseResult parsed = command.Build(new LoadActions()).Parse(args);
        bool asksForHelp = parsed.Action is System.CommandLine.Help.HelpAction;
        if (!asksForHelp && command.MistakesOf(parsed) is { Count: > 0 } mistakes)
        {
            foreach (string mistake in mistakes)
            {
                await Console.Error.WriteLineAsync(mistake);
            }

            await Console.Error.WriteLineAsync("See --help.");
            return 2;
        }

        // After Ctrl-C the figures so far are still to be written, and silos and a private database to be stopped. A silo waits for the console to stop it.
        bool isSilo = parsed.CommandResult.Command.Name == LoadCommand.Silo;
        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = isSilo ? null : TimeSpan.FromSeconds(120) });
    }
}
