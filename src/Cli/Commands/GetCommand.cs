using System.CommandLine;
using Kontinue.Cli.Output;
using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue get</c>: one resource, or a list. <c>kontinue watch</c> is the same with <c>--watch</c>.</summary>
internal static class GetCommand
{
    public static readonly string[] Forms = ["table", "wide", "json", "yaml", "name"];

    public static Command Create(CliConsole console)
    {
        var get = new Command("get", "Shows resources.");
        get.Subcommands.Add(Executions(console, alwaysWatch: false));
        get.Subcommands.Add(GetSuspensions.Create(console, alwaysWatch: false));
        get.Subcommands.Add(GetFunctions.Create(console));
        get.Subcommands.Add(GetSilos.Create(console));
        return get;
    }

    public static Command CreateWatch(CliConsole console)
    {
        var watch = new Command("watch", "Shows resources, then each change of them, until Ctrl-C. The same as get with --watch.");
        watch.Subcommands.Add(Executions(console, alwaysWatch: true));
        watch.Subcommands.Add(GetSuspensions.Create(console, alwaysWatch: true));
        return watch;
    }

    /// <summary>The option for how many.</summary>
    public static Option<int> LimitOption()
    {
        var limit = new Option<int>("--limit") { Description = "At most so many.", DefaultValueFactory = _ => 500 };
        limit.MustBe(n => n >= 1, "--limit must be at least 1.");
        return limit;
    }

    public static Option<bool> WatchOption() => new("--watch", "-w") { Description = "Go on with each change, until Ctrl-C." };

    private static Command Executions(CliConsole console, bool alwaysWatch)
    {
        var name = new Argument<string?>("NAME") { Description = "Only this one, with what it waits for.", Arity = ArgumentArity.ZeroOrOne };
        Option<int> limit = LimitOption();
        Option<bool> watch = WatchOption();
        var command = new Command("executions", alwaysWatch ? "Shows executions and their changes." : "Shows executions.") { name, limit };
        command.Aliases.Add("execution");
        command.Aliases.Add("exec");
        if (!alwaysWatch)
        {
            command.Options.Add(watch);
        }

        var options = new ClientOptions(console, command, Forms);
        var selection = new SelectionOptions(console, command, options);
        ServerCompletion.Executions(name, console, options);
        command.Runs(console, options, async (parsed, cancellationToken) =>
        {
            IKontinueClient client = options.Client(parsed);
            OutputForm form = options.Form(parsed);
            string? one = parsed.GetValue(name);
            bool watches = alwaysWatch || parsed.GetValue(watch);
            ExecutionSelector selector = await selection.ReadAsync(parsed, client, options.NamespaceOf(parsed), cancellationToken);
            if (one is not null && (selection.IsAllNamespaces(parsed) || SelectionOptions.Narrows(selector)))
            {
                throw new UsageException("A name and a selector exclude each other.");
            }

            if (one is not null && !watches)
            {
                Show(console, await client.GetAsync(options.Key(parsed, one), cancellationToken), form);
                return ExitCodes.Ok;
            }

            selector = one is null ? selector : selector with { Name = one };
            ExecutionList list = await ExecutionPages.ReadAsync(client, selector, watches ? int.MaxValue : parsed.GetValue(limit), cancellationToken);
            if (watches)
            {
                return await new WatchingRun(console, client, selector, form).RunAsync(list, cancellationToken);
            }

            ShowAll(console, list, selector, form);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static void Show(CliConsole console, Execution execution, OutputForm form)
    {
        if (!ResourceOutput.TryWrite(console, form, execution, KontinueJsonContext.Writing.Execution, [ResourceOutput.Name(execution)]))
        {
            ExecutionTable.Write(console, [execution], withNamespace: false, wide: form == OutputForm.Wide);
            ExecutionDetails.Write(console, execution);
        }
    }

    private static void ShowAll(CliConsole console, ExecutionList list, ExecutionSelector selector, OutputForm form)
    {
        if (!ResourceOutput.TryWrite(console, form, list, KontinueJsonContext.Writing.ExecutionList, list.Items.Select(ResourceOutput.Name)))
        {
            if (list.Items.Count == 0)
            {
                console.Error.WriteLine(selector.Namespace is null ? "No executions found." : $"No executions found in namespace {selector.Namespace}.");
            }
            else
            {
                ExecutionTable.Write(console, list.Items, withNamespace: selector.Namespace is null, wide: form == OutputForm.Wide);
            }
        }

        if (list.Metadata.Continue is not null)
        {
            console.Error.WriteLine("There are more; see them with a larger --limit.");
        }
    }
}
