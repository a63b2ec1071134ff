using System.CommandLine;
using Kontinue.Cli.Output;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue journal</c>: what an execution has done.</summary>
internal static class JournalCommand
{
    private const int MaxValueLength = 60;

    public static Command Create(CliConsole console)
    {
        var name = new Argument<string>("NAME") { Description = "The execution." };
        var command = new Command("journal", "Shows what an execution has done, in order.") { name };
        var options = new ClientOptions(console, command);
        command.Runs(console, options, async (parsed, cancellationToken) =>
        {
            JournalPage page = await options.Client(parsed).ReadJournalAsync(options.Key(parsed, parsed.GetValue(name)!), cancellationToken: cancellationToken);
            if (options.IsJson(parsed))
            {
                JsonOutput.Write(console.Out, page, KontinueJsonContext.Writing.JournalPage);
                return ExitCodes.Ok;
            }

            var table = new TextTable("SEQ", "AT", "KIND", "NAME", "VALUE");
            foreach (JournalEntry entry in page.Items)
            {
                string value = entry.Error?.Message ?? entry.Value.ToString();
                table.Add(
                    $"{entry.Sequence}", entry.At.ToString("yyyy-MM-ddTHH:mm:ss.fffZ"), entry.Kind, entry.Name ?? "",
                    value.Length <= MaxValueLength ? value : value[..(MaxValueLength - 3)] + "...");
            }

            table.Write(console.Out);
            return ExitCodes.Ok;
        });
        return command;
    }
}
