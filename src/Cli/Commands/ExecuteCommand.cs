using System.CommandLine;
using Kontinue.Cli.Output;
using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue execute</c>: starts a function.</summary>
internal static class ExecuteCommand
{
    public static Command Create(CliConsole console)
    {
        var function = new Argument<string>("FUNCTION") { Description = "The function's name." };
        var args = new Option<string?>("--args") { Description = $"The arguments, a JSON object: {JsonArgument.Help}" };
        Option<string[]> parameters = ParameterOption.Create();
        var interactive = new Option<bool>("--interactive", "-i") { Description = "Ask for the arguments that are not given, as the function's schema has them." };
        var name = new Option<string?>("--name") { Description = "The execution's name. Default: the function's name and a random ending." };
        var wait = new Option<bool>("--wait") { Description = "Wait for the end, and print the result. The exit code says how it ended: 0 Completed, 3 Failed, 4 Canceled or Skipped, 5 not yet." };
        Option<TimeSpan?> timeout = DurationArgument.Option("--timeout", "How long to wait, such as 30s. Default: as long as it takes. Needs --wait.");
        var queueing = new QueueingOptions();
        var command = new Command("execute", "Starts a function.") { function, args, parameters, interactive, name, wait, timeout };
        queueing.AddTo(command);
        var options = new ClientOptions(console, command);
        ServerCompletion.Functions(function, console, options);
        command.Runs(console, options, async (parsed, cancellationToken) =>
        {
            bool waits = parsed.GetValue(wait);
            TimeSpan? limit = parsed.GetValue(timeout);
            if (limit is not null && !waits)
            {
                throw new UsageException("--timeout says how long to wait, so it needs --wait.");
            }

            JsonPayload payload = await JsonArgument.ReadAsync("--args", parsed.GetValue(args), console, cancellationToken);
            IKontinueClient client = options.Client(parsed);
            payload = await ParameterOption.JoinAsync(
                payload, parsed.GetValue(parameters), () => GetFunctions.ReadSchemaAsync(client, parsed.GetValue(function)!, cancellationToken));
            if (parsed.GetValue(interactive))
            {
                var prompt = new ArgumentPrompt(console.Prompt("Give the arguments with --args or -p."));
                Function known = await GetFunctions.FindAsync(client, parsed.GetValue(function)!, cancellationToken);
                payload = await prompt.AskAsync(known.Spec.Arguments, payload, cancellationToken);
            }

            Execution wanted = Describe(parsed.GetValue(function)!, payload, parsed.GetValue(name), options.NamespaceOf(parsed));
            wanted = wanted with { Spec = queueing.Apply(parsed, wanted.Spec) };
            bool json = options.IsJson(parsed);
            return waits
                ? await new WaitingRun(console, client).RunAsync(wanted, limit, json, cancellationToken)
                : ActionOutput.WriteCreated(console, await client.CreateAsync(wanted, cancellationToken: cancellationToken), json);
        });
        return command;
    }

    /// <summary>An execution as it is asked for.</summary>
    public static Execution Describe(string function, JsonPayload arguments, string? name, string ns) => new()
    {
        Metadata = name is null
            ? new ObjectMetadata { Namespace = ns, GenerateName = function + "-" }
            : new ObjectMetadata { Namespace = ns, Name = name },
        Spec = new ExecutionSpec { Function = function, Arguments = arguments },
    };
}
