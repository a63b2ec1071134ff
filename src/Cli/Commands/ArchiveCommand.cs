using System.CommandLine;
using System.Text.Json;
using Kontinue.Cli.Output;
using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue archive</c>: what has ended long ago and was archived.</summary>
internal static class ArchiveCommand
{
    private static readonly string[] Forms = ["table", "wide", "json", "yaml", "tree", "lines", "name"];

    public static Command Create(CliConsole console)
    {
        var archive = new Command("archive", "Executions that have been archived: spec.ttl.archiveAfter says when that is.");
        archive.Subcommands.Add(Get(console));
        archive.Subcommands.Add(Delete(console));
        return archive;
    }

    private static Command Get(CliConsole console)
    {
        var name = new Argument<string?>("NAME")
        {
            Description = "Only this one: the root's name, for the youngest of that name, or NAME.UID. See UIDs with -o wide.", Arity = ArgumentArity.ZeroOrOne,
        };
        Option<int> limit = GetCommand.LimitOption();
        var all = new Option<bool>("--all-namespaces", "-A") { Description = "Those of all namespaces." };
        var labels = new Option<string?>("--selector", "-l") { Description = "Only those whose labels are such, as in app=shop,tier!=web." };
        var command = new Command("get", "Shows archived executions. With a NAME, -o tree shows what it started, and -o lines all there is, journals included.")
        {
            name, limit, all, labels,
        };
        var options = new ClientOptions(console, command, Forms);
        command.Runs(console, options, async (parsed, cancellationToken) =>
        {
            IKontinueClient client = options.Client(parsed);
            OutputForm form = options.Form(parsed);
            if (parsed.GetValue(name) is { } one)
            {
                if (parsed.GetValue(all) || parsed.GetValue(labels) is not null)
                {
                    throw new UsageException("NAME and --all-namespaces or --selector exclude each other.");
                }

                (string execution, Guid? uid) = ArchivedExecution.ParseName(one);
                await ShowAsync(console, client, options.Key(parsed, execution), uid, form, cancellationToken);
                return ExitCodes.Ok;
            }

            if (form is OutputForm.Tree or OutputForm.Lines)
            {
                throw new UsageException($"-o {form.ToString().ToLowerInvariant()} shows one archived execution: give its NAME.");
            }

            string? ns = parsed.GetValue(all) ? null : options.NamespaceOf(parsed);
            var selector = new ExecutionSelector { Namespace = ns, Labels = Parse(parsed.GetValue(labels)) };
            Show(console, await ExecutionPages.ReadArchivesAsync(client, selector, parsed.GetValue(limit), cancellationToken), ns, form);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command Delete(CliConsole console)
    {
        var names = new Argument<string[]>("NAME")
        {
            Description = "The root's name, for the youngest of that name, or NAME.UID.", Arity = ArgumentArity.OneOrMore,
        };
        var command = new Command("delete", "Deletes archived executions for good, each with all that it started.") { names };
        var options = new ClientOptions(console, command);
        command.Runs(console, options, async (parsed, cancellationToken) =>
        {
            IKontinueClient client = options.Client(parsed);
            foreach (string name in parsed.GetValue(names)!)
            {
                (string execution, Guid? uid) = ArchivedExecution.ParseName(name);
                ExecutionKey key = options.Key(parsed, execution);
                await Found(name, client.DeleteArchiveAsync(key, uid, cancellationToken));
                ActionOutput.Write(console, key, "deleted from the archive", options.IsJson(parsed));
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    private static IReadOnlyList<LabelRequirement>? Parse(string? selector)
    {
        try
        {
            return string.IsNullOrWhiteSpace(selector) ? null : LabelSelector.Parse(selector);
        }
        catch (FormatException e)
        {
            throw new UsageException($"--selector cannot be understood: {e.Message}");
        }
    }

    private static void Show(CliConsole console, ArchivedExecutionList list, string? ns, OutputForm form)
    {
        if (!ResourceOutput.TryWrite(console, form, list, KontinueJsonContext.Writing.ArchivedExecutionList, list.Items.Select(ArchiveTable.Name)))
        {
            if (list.Items.Count == 0)
            {
                console.Error.WriteLine(ns is null ? "No archived executions found." : $"No archived executions found in namespace {ns}.");
            }
            else
            {
                ArchiveTable.Write(console, list.Items, ns is null, form == OutputForm.Wide);
            }
        }

        if (list.Metadata.Continue is not null)
        {
            console.Error.WriteLine("There are more; see them with a larger --limit.");
        }
    }

    private static async Task ShowAsync(
        CliConsole console, IKontinueClient client, ExecutionKey key, Guid? uid, OutputForm form, CancellationToken cancellationToken)
    {
        ArchivedExecution one = await Found(uid is { } u ? ArchivedExecution.NameOf(key.Name, u) : key.Name, client.GetArchiveAsync(key, uid, cancellationToken));

        // The one that was found, and not one that gets the name meanwhile.
        IAsyncEnumerable<ArchivedTreeLine> lines = client.ReadArchiveAsync(key, one.Metadata.Uid, cancellationToken);
        switch (form)
        {
            case OutputForm.Tree:
                await ArchiveTree.WriteAsync(console, lines, one, cancellationToken);
                break;
            case OutputForm.Lines:
                await foreach (ArchivedTreeLine line in lines)
                {
                    JsonOutput.Write(
                        console.Out, new JsonPayload(JsonSerializer.SerializeToUtf8Bytes(line, KontinueJsonContext.Writing.ArchivedTreeLine)), indented: false);
                }

                break;
            default:
                if (!ResourceOutput.TryWrite(console, form, one, KontinueJsonContext.Writing.ArchivedExecution, [ArchiveTable.Name(one)]))
                {
                    ArchiveTable.Write(console, [one], withNamespace: false, form == OutputForm.Wide);
                }

                break;
        }
    }

    /// <summary>Says that the archive has none, for there may well be an execution of that name.</summary>
    private static async Task<T> Found<T>(string name, Task<T> call)
    {
        try
        {
            return await call;
        }
        catch (ExecutionNotFoundException e)
        {
            throw new KontinueException(
                ErrorKind.Validation,
                $"There is no archived execution {e.Key.Namespace}/{name}. See what there is with: kontinue archive get -n {e.Key.Namespace}", retryable: false);
        }
    }

    private static Task<bool> Found(string name, Task call) => Found(name, Task.Run(async () =>
    {
        await call;
        return true;
    }));
}
