using System.CommandLine;
using Kontinue.Client;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue retry</c>: starts another attempt.</summary>
internal static class RetryCommand
{
    private static readonly HashSet<ExecutionPhase> Retryable = [ExecutionPhase.Failed, ExecutionPhase.Canceled, ExecutionPhase.Backoff];

    public static Command Create(CliConsole console)
    {
        var policy = new Option<ChildPolicy?>("--child-policy")
        {
            Description = "What becomes of children that failed or were canceled: RetryFailed runs them again, None keeps them as they are. Default: RetryFailed.",
        };
        var command = new Command(
            "retry",
            "Starts another attempt of executions that failed or were canceled, or at once of those in backoff. Finished steps keep their results. " +
            "A selector without a phase means these three.") { policy };
        var options = new ClientOptions(console, command);
        var bulk = new BulkOptions(console, command, options, new BulkAction("retry", "retried", Retryable));
        command.Runs(console, options, (parsed, cancellationToken) =>
        {
            IKontinueClient client = options.Client(parsed);
            return bulk.RunAsync(parsed, client, async (_, key) =>
            {
                await client.RetryAsync(key, parsed.GetValue(policy), cancellationToken);
                return null;
            }, cancellationToken);
        });
        return command;
    }
}
