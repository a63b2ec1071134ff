using System.CommandLine;
using Kontinue.Cli.Output;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue cancel</c>: asks an execution to end.</summary>
internal static class CancelCommand
{
    public static Command Create(CliConsole console)
    {
        var name = new Argument<string>("NAME") { Description = "The execution." };
        var reason = new Option<string?>("--reason") { Description = "Why, for people." };
        var command = new Command("cancel", "Asks an execution to end; it may clean up first.") { name, reason };
        var options = new ClientOptions(console, command);
        command.Runs(console, options, async (parsed, cancellationToken) =>
        {
            ExecutionKey key = options.Key(parsed, parsed.GetValue(name)!);
            await options.Client(parsed).CancelAsync(key, parsed.GetValue(reason), cancellationToken);
            return ActionOutput.Write(console, key, "asked to end", options.IsJson(parsed));
        });
        return command;
    }
}
