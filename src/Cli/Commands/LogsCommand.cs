using System.CommandLine;
using Kontinue.Cli.Output;
using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue logs</c>: what an execution has done, in sentences.</summary>
internal static class LogsCommand
{
    public static Command Create(CliConsole console)
    {
        var name = new Argument<string>("NAME") { Description = "The execution." };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the execution has ended; the exit code then says how: 0 Completed, 3 Failed, 4 Canceled or Skipped." };
        var command = new Command(
            "logs",
            "Tells what an execution has done: its steps, waits, children and attempts with times and errors, as its journal has them. " +
            "What functions write to their logger is in the log of the server that ran them.") { name, follow };
        var options = new ClientOptions(console, command, "table");
        ServerCompletion.Executions(name, console, options);
        command.Runs(console, options, async (parsed, cancellationToken) =>
        {
            bool follows = parsed.GetValue(follow);
            IKontinueClient client = options.Client(parsed);
            ExecutionKey key = options.Key(parsed, parsed.GetValue(name)!);

            // Asked before the journal is read, so that nothing is missing between its entries and the end.
            Execution? known = follows ? null : await client.GetAsync(key, cancellationToken);
            var reader = new JournalReader(console, client, key);
            await foreach (IReadOnlyList<JournalEntry> entries in reader.ReadAsync(follows, cancellationToken))
            {
                foreach (JournalEntry entry in entries)
                {
                    await console.Out.WriteLineAsync(JournalSentence.Of(entry, console.ColorsOut));
                }

                await console.Out.FlushAsync(cancellationToken);
            }

            // The journal has what happened on the way; the end is in the status.
            if ((reader.Execution ?? known) is { } execution && JournalSentence.End(execution, console.ColorsOut) is { } end)
            {
                await console.Out.WriteLineAsync(end);
            }

            return reader.Execution?.Status is { } status ? ExitCodes.Of(status.Phase) : ExitCodes.Ok;
        });
        return command;
    }
}
