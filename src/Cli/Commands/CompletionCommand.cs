using System.CommandLine;
using Kontinue.Cli.Completion;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue completion</c>: prints a script that teaches a shell to complete.</summary>
internal static class CompletionCommand
{
    public static Command Create(CliConsole console)
    {
        string[] shells = [.. CompletionScript.All.Keys];
        var shell = new Argument<string>("SHELL") { Description = $"The shell: {string.Join(", ", shells)}." };
        shell.AcceptOnlyFromAmong(shells);
        var command = new Command("completion", "Prints a script that completes commands, options and the names of executions and functions. Its first lines say how to load it.") { shell };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await console.Out.WriteLineAsync(CompletionScript.All[parsed.GetValue(shell)!].ReplaceLineEndings("\n").AsMemory(), cancellationToken);
            return ExitCodes.Ok;
        });
        return command;
    }
}
