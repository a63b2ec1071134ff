using System.CommandLine;
using Kontinue.Cli.Output;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue resume</c>: ends a suspension.</summary>
internal static class ResumeCommand
{
    public static Command Create(CliConsole console)
    {
        var name = new Argument<string>("NAME") { Description = "The execution." };
        var suspension = new Option<string?>("--suspension") { Description = "Which suspension, such as approval. Default: the only one there is." };
        var payload = new Option<string?>("--payload") { Description = $"What the suspension returns: {JsonArgument.Help}" };
        var command = new Command("resume", "Ends a sleep or a wait for a person.") { name, suspension, payload };
        var options = new ClientOptions(console, command);
        ServerCompletion.Executions(name, console, options);
        command.Runs(console, options, async (parsed, cancellationToken) =>
        {
            JsonPayload value = await JsonArgument.ReadAsync("--payload", parsed.GetValue(payload), console, cancellationToken);
            ExecutionKey key = options.Key(parsed, parsed.GetValue(name)!);
            await options.Client(parsed).ResumeAsync(key, parsed.GetValue(suspension), value, cancellationToken);
            return ActionOutput.Write(console, key, "resumed", options.IsJson(parsed));
        });
        return command;
    }
}
