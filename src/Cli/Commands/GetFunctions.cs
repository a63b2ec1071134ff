using System.CommandLine;
using Kontinue.Cli.Output;
using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue get functions</c>: what can be executed.</summary>
internal static class GetFunctions
{
    public static Command Create(CliConsole console)
    {
        var name = new Argument<string?>("NAME") { Description = "Only this one.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("functions", "Shows what can be executed.") { name };
        command.Aliases.Add("function");
        var options = new ClientOptions(console, command, GetCommand.Forms);
        ServerCompletion.Functions(name, console, options);
        command.Runs(console, options, async (parsed, cancellationToken) =>
        {
            IKontinueClient client = options.Client(parsed);
            OutputForm form = options.Form(parsed);
            if (parsed.GetValue(name) is { } one)
            {
                Function function = await FindAsync(client, one, cancellationToken);
                if (!ResourceOutput.TryWrite(console, form, function, KontinueJsonContext.Writing.Function, ["function/" + one]))
                {
                    FunctionTable.Write(console, [function], form == OutputForm.Wide);
                }

                return ExitCodes.Ok;
            }

            FunctionList list = await client.ListFunctionsAsync(cancellationToken);
            if (!ResourceOutput.TryWrite(console, form, list, KontinueJsonContext.Writing.FunctionList, list.Items.Select(f => "function/" + f.Metadata.Name)))
            {
                FunctionTable.Write(console, list.Items, form == OutputForm.Wide);
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    /// <summary>The JSON schema of a function's arguments; none when it is not known, or may not be asked for.</summary>
    public static async Task<JsonPayload> ReadSchemaAsync(IKontinueClient client, string name, CancellationToken cancellationToken)
    {
        try
        {
            FunctionList list = await client.ListFunctionsAsync(cancellationToken);
            return list.Items.FirstOrDefault(f => string.Equals(f.Metadata.Name, name, StringComparison.Ordinal))?.Spec.Arguments ?? default;
        }
        catch (KontinueException)
        {
            // What follows says what is wrong, if it is.
            return default;
        }
    }

    /// <exception cref="KontinueException">There is none of that name; the message says which there are.</exception>
    public static async Task<Function> FindAsync(IKontinueClient client, string name, CancellationToken cancellationToken)
    {
        FunctionList list = await client.ListFunctionsAsync(cancellationToken);
        return list.Items.FirstOrDefault(f => string.Equals(f.Metadata.Name, name, StringComparison.Ordinal)) ?? throw new KontinueException(
            ErrorKind.Validation,
            $"The server knows no function '{name}'. It knows: {string.Join(", ", list.Items.Take(50).Select(f => f.Metadata.Name))}.", retryable: false);
    }
}
