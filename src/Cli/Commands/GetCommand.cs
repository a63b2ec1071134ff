using System.CommandLine;
using Kontinue.Cli.Output;
using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue get executions</c>: one, or a list.</summary>
internal static class GetCommand
{
    public static Command Create(CliConsole console)
    {
        var get = new Command("get", "Shows resources.");
        get.Subcommands.Add(Executions(console));
        return get;
    }

    private static Command Executions(CliConsole console)
    {
        var name = new Argument<string?>("NAME") { Description = "Only this one, with what it waits for.", Arity = ArgumentArity.ZeroOrOne };
        var selector = new Option<string?>("--selector", "-l") { Description = "Only those with these labels, such as app=shop,tier=web." };
        var phase = new Option<ExecutionPhase?>("--phase") { Description = "Only those in this phase." };
        var function = new Option<string?>("--function") { Description = "Only those of this function." };
        var all = new Option<bool>("--all-namespaces", "-A") { Description = "Those of all namespaces." };
        var limit = new Option<int>("--limit") { Description = "At most so many.", DefaultValueFactory = _ => 500 };
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--limit must be at least 1.");
            }
        });
        var command = new Command("executions", "Shows executions.") { name, selector, phase, function, all, limit };
        command.Aliases.Add("execution");
        command.Aliases.Add("exec");
        var options = new ClientOptions(console, command);
        command.Runs(console, options, async (parsed, cancellationToken) =>
        {
            IKontinueClient client = options.Client(parsed);
            if (parsed.GetValue(name) is { } one)
            {
                Execution execution = await client.GetAsync(options.Key(parsed, one), cancellationToken);
                Show(console, execution, options.IsJson(parsed));
                return ExitCodes.Ok;
            }

            var query = new ListQuery
            {
                Selector = new ExecutionSelector
                {
                    Namespace = parsed.GetValue(all) ? null : options.NamespaceOf(parsed),
                    Phases = parsed.GetValue(phase) is { } selected ? new HashSet<ExecutionPhase> { selected } : null,
                    Function = parsed.GetValue(function),
                    Labels = ParseLabels(parsed.GetValue(selector)),
                },
            };
            (List<Execution> items, bool more) = await ReadAsync(client, query, parsed.GetValue(limit), cancellationToken);
            ShowAll(console, items, query, options.IsJson(parsed));
            if (more)
            {
                await console.Error.WriteLineAsync("There are more; see them with a larger --limit.");
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    private static async Task<(List<Execution> Items, bool More)> ReadAsync(
        IKontinueClient client, ListQuery query, int limit, CancellationToken cancellationToken)
    {
        var items = new List<Execution>();
        string? next = null;
        do
        {
            ListQuery page = query with { Limit = Math.Min(limit - items.Count, ListQuery.MaxLimit), Continue = next };
            ExecutionList list = await client.ListAsync(page, cancellationToken);
            items.AddRange(list.Items);
            next = list.Metadata.Continue;
        }
        while (next is not null && items.Count < limit);
        return (items, next is not null);
    }

    private static void Show(CliConsole console, Execution execution, bool json)
    {
        if (json)
        {
            JsonOutput.Write(console.Out, execution, KontinueJsonContext.Writing.Execution);
            return;
        }

        ExecutionTable.Write(console, [execution], withNamespace: false);
        ExecutionDetails.Write(console, execution);
    }

    private static void ShowAll(CliConsole console, List<Execution> items, ListQuery query, bool json)
    {
        if (json)
        {
            JsonOutput.Write(console.Out, new ExecutionList { Items = items }, KontinueJsonContext.Writing.ExecutionList);
        }
        else if (items.Count == 0)
        {
            console.Error.WriteLine(query.Selector.Namespace is null ? "No executions found." : $"No executions found in namespace {query.Selector.Namespace}.");
        }
        else
        {
            ExecutionTable.Write(console, items, withNamespace: query.Selector.Namespace is null);
        }
    }

    private static IReadOnlyList<LabelRequirement> ParseLabels(string? selector)
    {
        try
        {
            return LabelSelector.Parse(selector);
        }
        catch (FormatException e)
        {
            throw new UsageException($"--selector: {e.Message}");
        }
    }
}
