using System.CommandLine;
using System.Text.Json;
using Kontinue.Cli.Output;
using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue get suspensions</c>: what waits for a time or for somebody.</summary>
internal static class GetSuspensions
{
    public static Command Create(CliConsole console, bool alwaysWatch)
    {
        var name = new Argument<string?>("EXECUTION") { Description = "Only those of this execution.", Arity = ArgumentArity.ZeroOrOne };
        Option<int> limit = GetCommand.LimitOption();
        Option<bool> watch = GetCommand.WatchOption();
        var command = new Command("suspensions", alwaysWatch ? "Shows suspensions, and new ones as they come." : "Shows what waits for a time or for somebody.") { name, limit };
        command.Aliases.Add("suspension");
        if (!alwaysWatch)
        {
            command.Options.Add(watch);
        }

        var options = new ClientOptions(console, command, GetCommand.Forms);
        var selection = new SelectionOptions(console, command, options);
        ServerCompletion.Executions(name, console, options);
        command.Runs(console, options, async (parsed, cancellationToken) =>
        {
            IKontinueClient client = options.Client(parsed);
            OutputForm form = options.Form(parsed);
            ExecutionSelector selector = await selection.ReadAsync(parsed, client, options.NamespaceOf(parsed), cancellationToken);
            selector = parsed.GetValue(name) is { } one ? selector with { Name = one } : selector;
            if (alwaysWatch || parsed.GetValue(watch))
            {
                return await WatchAsync(console, client, selector, form, cancellationToken);
            }

            Show(console, await ExecutionPages.ReadSuspensionsAsync(client, selector, parsed.GetValue(limit), cancellationToken), selector, form);
            return ExitCodes.Ok;
        });
        return command;
    }

    /// <summary>
    /// A suspension begins when its execution changes, so the changes of executions say when to look; each suspension is printed once.
    /// Only those of the executions that wait now are remembered.
    /// </summary>
    private static async Task<int> WatchAsync(
        CliConsole console, IKontinueClient client, ExecutionSelector selector, OutputForm form, CancellationToken cancellationToken)
    {
        TextTable table = SuspensionTable.Create(selector.Namespace is null, form == OutputForm.Wide);
        var known = new Dictionary<ExecutionKey, HashSet<string>>();
        await foreach (ExecutionEvent change in client.WatchAsync(new WatchQuery { Selector = selector }, cancellationToken))
        {
            if (change.Execution is not { } execution)
            {
                continue;
            }

            if (change.Type == ExecutionEventType.Deleted || execution.Status?.Phase is not ExecutionPhase.Suspended)
            {
                known.Remove(execution.Key);
                continue;
            }

            var one = new ExecutionSelector { Namespace = execution.Key.Namespace, Name = execution.Key.Name };
            SuspensionList list = await ExecutionPages.ReadSuspensionsAsync(client, one, ListQuery.MaxLimit, cancellationToken);
            HashSet<string> before = known.GetValueOrDefault(execution.Key) ?? [];
            known[execution.Key] = [.. list.Items.Select(s => s.Spec.Wait)];
            foreach (Suspension suspension in list.Items.Where(s => !before.Contains(s.Spec.Wait)))
            {
                ShowNext(console, suspension, table, selector, form);
            }
        }

        return ExitCodes.Ok;
    }

    private static void ShowNext(CliConsole console, Suspension suspension, TextTable table, ExecutionSelector selector, OutputForm form)
    {
        switch (form)
        {
            case OutputForm.Json:
                JsonOutput.Write(
                    console.Out, new JsonPayload(JsonSerializer.SerializeToUtf8Bytes(suspension, KontinueJsonContext.Writing.Suspension)), indented: false);
                break;
            case OutputForm.Yaml:
                console.Out.WriteLine("---");
                YamlOutput.Write(console.Out, suspension, KontinueJsonContext.Writing.Suspension);
                break;
            case OutputForm.Name:
                console.Out.WriteLine("suspension/" + suspension.Metadata.Name);
                break;
            default:
                table.Add(SuspensionTable.Row(console, suspension, selector.Namespace is null, form == OutputForm.Wide));
                table.Write(console.Out);
                break;
        }

        console.Out.Flush();
    }

    private static void Show(CliConsole console, SuspensionList list, ExecutionSelector selector, OutputForm form)
    {
        if (!ResourceOutput.TryWrite(
            console, form, list, KontinueJsonContext.Writing.SuspensionList, list.Items.Select(s => "suspension/" + s.Metadata.Name)))
        {
            TextTable table = SuspensionTable.Create(selector.Namespace is null, form == OutputForm.Wide);
            foreach (Suspension item in list.Items)
            {
                table.Add(SuspensionTable.Row(console, item, selector.Namespace is null, form == OutputForm.Wide));
            }

            if (list.Items.Count == 0)
            {
                console.Error.WriteLine("No suspensions found.");
            }
            else
            {
                table.Write(console.Out);
            }
        }

        if (list.Metadata.Continue is not null)
        {
            console.Error.WriteLine("There are more; see them with a larger --limit.");
        }
    }
}
