using System.CommandLine;
using Kontinue.Cli.Output;
using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue get silos</c>: the processes that run executions.</summary>
internal static class GetSilos
{
    public static Command Create(CliConsole console)
    {
        var name = new Argument<string?>("NAME") { Description = "Only this one.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("silos", "Shows the processes that run executions, with their load and lease.") { name };
        command.Aliases.Add("silo");
        var options = new ClientOptions(console, command, GetCommand.Forms);
        ServerCompletion.Silos(name, console, options);
        command.Runs(console, options, async (parsed, cancellationToken) =>
        {
            IKontinueClient client = options.Client(parsed);
            OutputForm form = options.Form(parsed);
            if (parsed.GetValue(name) is { } one)
            {
                Silo silo = await FindAsync(client, one, cancellationToken);
                if (!ResourceOutput.TryWrite(console, form, silo, KontinueJsonContext.Writing.Silo, ["silo/" + one]))
                {
                    SiloTable.Write(console, [silo], form == OutputForm.Wide);
                }

                return ExitCodes.Ok;
            }

            SiloList list = await client.ListSilosAsync(cancellationToken);
            if (ResourceOutput.TryWrite(console, form, list, KontinueJsonContext.Writing.SiloList, list.Items.Select(s => "silo/" + s.Metadata.Name)))
            {
                return ExitCodes.Ok;
            }

            if (list.Items.Count == 0)
            {
                await console.Error.WriteLineAsync("No silos found.");
            }
            else
            {
                SiloTable.Write(console, list.Items, form == OutputForm.Wide);
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    /// <exception cref="KontinueException">There is none of that name; the message says which there are.</exception>
    public static async Task<Silo> FindAsync(IKontinueClient client, string name, CancellationToken cancellationToken)
    {
        SiloList list = await client.ListSilosAsync(cancellationToken);
        return list.Items.FirstOrDefault(s => string.Equals(s.Metadata.Name, name, StringComparison.Ordinal)) ?? throw new KontinueException(
            ErrorKind.Validation,
            $"There is no silo '{name}'. There are: {string.Join(", ", list.Items.Take(50).Select(s => s.Metadata.Name))}.", retryable: false);
    }
}
