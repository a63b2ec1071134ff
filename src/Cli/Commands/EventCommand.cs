using System.CommandLine;
using Kontinue.Cli.Output;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue event</c>: sends an event.</summary>
internal static class EventCommand
{
    public static Command Create(CliConsole console)
    {
        var name = new Argument<string>("NAME") { Description = "The execution." };
        var @event = new Argument<string>("EVENT") { Description = "The event's name." };
        var payload = new Option<string?>("--payload") { Description = $"What comes with it: {JsonArgument.Help}" };
        var command = new Command("event", "Sends an event. It is kept until the function takes it.") { name, @event, payload };
        var options = new ClientOptions(console, command);
        command.Runs(console, options, async (parsed, cancellationToken) =>
        {
            JsonPayload value = await JsonArgument.ReadAsync("--payload", parsed.GetValue(payload), console, cancellationToken);
            ExecutionKey key = options.Key(parsed, parsed.GetValue(name)!);
            await options.Client(parsed).SendEventAsync(key, parsed.GetValue(@event)!, value, cancellationToken);
            return ActionOutput.Write(console, key, "sent the event", options.IsJson(parsed));
        });
        return command;
    }
}
