using System.CommandLine;
using Kontinue.Cli.Output;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue events send</c>, and <c>kontinue event</c> for short: sends an event.</summary>
internal static class EventCommand
{
    public static Command Create(CliConsole console) => Sender(console, "event", "Sends an event: short for events send.");

    public static Command CreateGroup(CliConsole console)
    {
        var events = new Command("events", "Messages to executions.");
        events.Subcommands.Add(Sender(console, "send", "Sends an event. It is kept until the function takes it."));
        return events;
    }

    private static Command Sender(CliConsole console, string verb, string description)
    {
        var name = new Argument<string>("NAME") { Description = "The execution." };
        var @event = new Argument<string>("EVENT") { Description = "The event's name." };
        var payload = new Option<string?>("--payload") { Description = $"What comes with it: {JsonArgument.Help}" };
        var command = new Command(verb, description) { name, @event, payload };
        var options = new ClientOptions(console, command);
        ServerCompletion.Executions(name, console, options);
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
