using System.CommandLine;
using Kontinue.Cli.Output;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue skip</c>: passes over an execution.</summary>
internal static class SkipCommand
{
    public static Command Create(CliConsole console)
    {
        var name = new Argument<string>("NAME") { Description = "The execution." };
        var result = new Option<string?>("--result") { Description = $"What its parent gets: {JsonArgument.Help} Default: null." };
        var reason = new Option<string?>("--reason") { Description = "Why, for people." };
        var command = new Command("skip", "Passes over an execution that waits or has failed: its parent goes on.") { name, result, reason };
        var options = new ClientOptions(console, command);
        ServerCompletion.Executions(name, console, options);
        command.Runs(console, options, async (parsed, cancellationToken) =>
        {
            JsonPayload value = await JsonArgument.ReadAsync("--result", parsed.GetValue(result), console, cancellationToken);
            ExecutionKey key = options.Key(parsed, parsed.GetValue(name)!);
            await options.Client(parsed).SkipAsync(key, value, parsed.GetValue(reason), cancellationToken);
            return ActionOutput.Write(console, key, "skipped", options.IsJson(parsed));
        });
        return command;
    }
}
