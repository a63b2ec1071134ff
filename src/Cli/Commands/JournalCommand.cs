using System.CommandLine;
using System.Text.Json;
using Kontinue.Cli.Output;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue journal</c>: what an execution has done, as it was recorded.</summary>
internal static class JournalCommand
{
    private const int MaxValueLength = 60;

    public static Command Create(CliConsole console)
    {
        var name = new Argument<string>("NAME") { Description = "The execution." };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the execution has ended." };
        var command = new Command("journal", "Shows what an execution has done, in order, as it was recorded.") { name, follow };
        var options = new ClientOptions(console, command);
        ServerCompletion.Executions(name, console, options);
        command.Runs(console, options, async (parsed, cancellationToken) =>
        {
            var reader = new JournalReader(console, options.Client(parsed), options.Key(parsed, parsed.GetValue(name)!));
            bool follows = parsed.GetValue(follow);
            return options.IsJson(parsed)
                ? await WriteJsonAsync(console, reader, follows, cancellationToken)
                : await WriteTableAsync(console, reader, follows, cancellationToken);
        });
        return command;
    }

    /// <summary>A whole journal is one document; one that grows has an entry in each line.</summary>
    private static async Task<int> WriteJsonAsync(CliConsole console, JournalReader reader, bool follow, CancellationToken cancellationToken)
    {
        var all = new List<JournalEntry>();
        await foreach (IReadOnlyList<JournalEntry> entries in reader.ReadAsync(follow, cancellationToken))
        {
            if (!follow)
            {
                all.AddRange(entries);
                continue;
            }

            foreach (JournalEntry entry in entries)
            {
                JsonOutput.Write(
                    console.Out, new JsonPayload(JsonSerializer.SerializeToUtf8Bytes(entry, KontinueJsonContext.Writing.JournalEntry)), indented: false);
            }

            await console.Out.FlushAsync(cancellationToken);
        }

        if (!follow)
        {
            JsonOutput.Write(console.Out, new JournalPage { Items = all }, KontinueJsonContext.Writing.JournalPage);
        }

        return ExitCodes.Ok;
    }

    private static async Task<int> WriteTableAsync(CliConsole console, JournalReader reader, bool follow, CancellationToken cancellationToken)
    {
        var table = new TextTable("SEQ", "AT", "KIND", "NAME", "VALUE");
        await foreach (IReadOnlyList<JournalEntry> entries in reader.ReadAsync(follow, cancellationToken))
        {
            foreach (JournalEntry entry in entries)
            {
                table.Add(
                    $"{entry.Sequence}", entry.At.ToString("yyyy-MM-ddTHH:mm:ss.fffZ"), entry.Kind, entry.Name ?? "",
                    ExecutionDetails.Cut(entry.Error?.Message ?? entry.Value.ToString(), MaxValueLength));
            }

            table.Write(console.Out);
            await console.Out.FlushAsync(cancellationToken);
        }

        return ExitCodes.Ok;
    }
}
