using System.CommandLine;
using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue delete</c>: removes executions.</summary>
internal static class DeleteCommand
{
    public static Command Create(CliConsole console)
    {
        var force = new Option<bool>("--force") { Description = "At once, without a chance for its function to clean up." };
        var orphan = new Option<bool>("--orphan") { Description = "Leave alone what it started. Default: the whole tree goes." };
        var wait = new Option<bool>("--wait") { Description = "Wait until they are gone." };
        var command = new Command("delete", "Deletes executions and what they started. Those that run are canceled first, and are gone when they have ended.") { force, orphan, wait };
        var options = new ClientOptions(console, command);
        var bulk = new BulkOptions(console, command, options, new BulkAction("delete", "deleted"));
        command.Runs(console, options, (parsed, cancellationToken) =>
        {
            IKontinueClient client = options.Client(parsed);
            return bulk.RunAsync(parsed, client, async (execution, key) =>
            {
                // What was selected is what goes: not somebody of the same name who came in the meantime.
                var request = new DeleteRequest { Force = parsed.GetValue(force), Orphan = parsed.GetValue(orphan), Uid = execution?.Metadata.Uid };
                Execution last = await client.DeleteAsync(key, request, cancellationToken);
                if (last.Metadata.DeletionTimestamp is null)
                {
                    return null;
                }

                if (!parsed.GetValue(wait))
                {
                    return "asked to end; it is gone when it has";
                }

                await WaitUntilGoneAsync(client, last, cancellationToken);
                return null;
            }, cancellationToken);
        });
        return command;
    }

    private static async Task WaitUntilGoneAsync(IKontinueClient client, Execution execution, CancellationToken cancellationToken)
    {
        var query = new WatchQuery { Selector = new ExecutionSelector { Namespace = execution.Key.Namespace, Name = execution.Key.Name } };
        bool isThere = false;
        await foreach (ExecutionEvent change in client.WatchAsync(query, cancellationToken))
        {
            bool isIt = change.Execution is { } other && other.Metadata.Uid == execution.Metadata.Uid;
            isThere |= isIt && change.Type != ExecutionEventType.Deleted;
            if ((isIt && change.Type == ExecutionEventType.Deleted) || (change.IsInitialEnd && !isThere))
            {
                return;
            }
        }

        throw new UnavailableException($"The watch of {execution.Key} ended before it was gone. See it with: kontinue get executions {execution.Key.Name} -n {execution.Key.Namespace}");
    }
}
