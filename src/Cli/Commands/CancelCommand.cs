using System.CommandLine;
using Kontinue.Client;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue cancel</c>: asks executions to end.</summary>
internal static class CancelCommand
{
    private static readonly HashSet<ExecutionPhase> Cancelable =
        [ExecutionPhase.Pending, ExecutionPhase.Executing, ExecutionPhase.Suspended, ExecutionPhase.Backoff];

    public static Command Create(CliConsole console)
    {
        var reason = new Option<string?>("--reason") { Description = "Why, for people." };
        var command = new Command("cancel", "Asks executions to end; they may clean up first. A selector without a phase means those that have not ended.") { reason };
        var options = new ClientOptions(console, command);
        var bulk = new BulkOptions(console, command, options, new BulkAction("cancel", "asked to end", Cancelable));
        command.Runs(console, options, (parsed, cancellationToken) =>
        {
            IKontinueClient client = options.Client(parsed);
            return bulk.RunAsync(parsed, client, async (_, key) =>
            {
                await client.CancelAsync(key, parsed.GetValue(reason), cancellationToken);
                return null;
            }, cancellationToken);
        });
        return command;
    }
}
