using System.CommandLine;
using Kontinue.Cli.Output;
using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue describe</c>: all there is to know of an execution.</summary>
internal static class DescribeCommand
{
    private const int LastEntries = 20;

    public static Command Create(CliConsole console)
    {
        var describe = new Command("describe", "Shows all there is to know.");
        describe.Subcommands.Add(Execution(console));
        describe.Subcommands.Add(SiloCommand(console));
        return describe;
    }

    private static Command Execution(CliConsole console)
    {
        var name = new Argument<string>("NAME") { Description = "The execution." };
        var command = new Command("execution", "Shows all of an execution: spec, status, waits, the tree of its children, and its last journal entries.") { name };
        command.Aliases.Add("executions");
        command.Aliases.Add("exec");
        var options = new ClientOptions(console, command, "table");
        ServerCompletion.Executions(name, console, options);
        command.Runs(console, options, async (parsed, cancellationToken) =>
        {
            IKontinueClient client = options.Client(parsed);
            Execution execution = await client.GetAsync(options.Key(parsed, parsed.GetValue(name)!), cancellationToken);
            var tree = await ChildTree.ReadAsync(client, execution, cancellationToken);
            (IReadOnlyList<JournalEntry> last, long count) = await LastAsync(console, client, execution.Key, cancellationToken);
            ExecutionDescription.Write(console, execution, tree, last, count);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command SiloCommand(CliConsole console)
    {
        var name = new Argument<string>("NAME") { Description = "The silo." };
        var command = new Command("silo", "Shows all of a silo: what it is, its load, its lease, and the functions of its worker group.") { name };
        command.Aliases.Add("silos");
        var options = new ClientOptions(console, command, "table");
        ServerCompletion.Silos(name, console, options);
        command.Runs(console, options, async (parsed, cancellationToken) =>
        {
            IKontinueClient client = options.Client(parsed);
            Silo silo = await GetSilos.FindAsync(client, parsed.GetValue(name)!, cancellationToken);
            SiloDescription.Write(console, silo, (await client.ListFunctionsAsync(cancellationToken)).Items);
            return ExitCodes.Ok;
        });
        return command;
    }

    /// <summary>A journal can only be read from its beginning; what is kept of it is bounded.</summary>
    private static async Task<(IReadOnlyList<JournalEntry> Last, long Count)> LastAsync(
        CliConsole console, IKontinueClient client, ExecutionKey key, CancellationToken cancellationToken)
    {
        var last = new Queue<JournalEntry>(LastEntries);
        long count = 0;
        await foreach (IReadOnlyList<JournalEntry> entries in new JournalReader(console, client, key).ReadAsync(follow: false, cancellationToken))
        {
            count += entries.Count;
            foreach (JournalEntry entry in entries.TakeLast(LastEntries))
            {
                if (last.Count == LastEntries)
                {
                    last.Dequeue();
                }

                last.Enqueue(entry);
            }
        }

        return ([.. last], count);
    }
}
