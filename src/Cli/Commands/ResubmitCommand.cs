using System.CommandLine;
using Kontinue.Cli.Output;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue resubmit</c>: the same once more.</summary>
internal static class ResubmitCommand
{
    public static Command Create(CliConsole console)
    {
        var name = new Argument<string>("NAME") { Description = "The execution to repeat." };
        var newName = new Option<string?>("--name") { Description = "The new execution's name. Default: made from the old one's." };
        var command = new Command("resubmit", "Starts a new execution with the spec and the labels of another one, whatever became of that.") { name, newName };
        var options = new ClientOptions(console, command);
        ServerCompletion.Executions(name, console, options);
        command.Runs(console, options, async (parsed, cancellationToken) =>
        {
            Execution created = await options.Client(parsed).ResubmitAsync(
                options.Key(parsed, parsed.GetValue(name)!), parsed.GetValue(newName), cancellationToken);
            return ActionOutput.WriteCreated(console, created, options.IsJson(parsed));
        });
        return command;
    }
}
