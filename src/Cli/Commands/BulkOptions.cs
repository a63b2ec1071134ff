using System.CommandLine;
using Kontinue.Cli.Output;
using Kontinue.Client;
using Kontinue.Resources;
using Spectre.Console;

namespace Kontinue.Cli.Commands;

/// <summary>What a command does to each of several executions.</summary>
/// <param name="Verb">For questions, such as <c>cancel</c>.</param>
/// <param name="Done">For answers, such as <c>asked to end</c>.</param>
/// <param name="Phases">Which phases a selector without one means; null: all.</param>
internal sealed record BulkAction(string Verb, string Done, IReadOnlySet<ExecutionPhase>? Phases = null);

/// <summary>
/// Acts on executions that are named, or on those that a selector selects: after a question, and never on all because a filter was empty.
/// </summary>
internal sealed class BulkOptions
{
    /// <summary>More than that is no slip of the hand; it wants to be narrowed, or done in parts.</summary>
    private const int MaxSelected = 10_000;

    private const int AtOnce = 8;
    private const int Shown = 20;

    private readonly CliConsole _console;
    private readonly BulkAction _action;
    private readonly ClientOptions _options;
    private readonly SelectionOptions _selection;
    private readonly Argument<string[]> _names = new("NAME") { Description = "The executions.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only say which executions it would be." };
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Do not ask before acting on what a selector selects." };

    public BulkOptions(CliConsole console, Command command, ClientOptions options, BulkAction action)
    {
        _console = console;
        _options = options;
        _action = action;
        command.Arguments.Add(_names);
        ServerCompletion.Executions(_names, console, options);
        _selection = new SelectionOptions(console, command, options);
        command.Options.Add(_dryRun);
        command.Options.Add(_yes);
    }

    /// <summary>Acts on each.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="client">The client.</param>
    /// <param name="act">Does it; returns what was done, or null for the usual.</param>
    /// <param name="cancellationToken">Stops between two.</param>
    public async Task<int> RunAsync(ParseResult parsed, IKontinueClient client, Func<Execution?, ExecutionKey, Task<string?>> act, CancellationToken cancellationToken)
    {
        IReadOnlyList<(ExecutionKey Key, Execution? Execution)>? targets = await FindAsync(parsed, client, cancellationToken);
        if (targets is null)
        {
            return ExitCodes.Error;
        }

        var outcomes = new List<BulkOutcome>();
        foreach ((ExecutionKey Key, Execution? Execution)[] some in targets.Chunk(AtOnce))
        {
            cancellationToken.ThrowIfCancellationRequested();
            BulkOutcome[] done = await Task.WhenAll(some.Select(t => OneAsync(t.Key, t.Execution)));
            Array.ForEach(done, Tell);
            outcomes.AddRange(done);
        }

        if (_options.IsJson(parsed))
        {
            BulkOutcome.WriteJson(_console, outcomes);
        }

        return outcomes.TrueForAll(o => o.Error is null) ? ExitCodes.Ok : ExitCodes.Error;

        void Tell(BulkOutcome outcome)
        {
            if (outcome.Error is { } error)
            {
                _console.Fail(error);
            }
            else if (!_options.IsJson(parsed))
            {
                _console.Out.WriteLine($"execution {outcome.Key.Name} {outcome.Done}");
            }
        }

        async Task<BulkOutcome> OneAsync(ExecutionKey key, Execution? execution)
        {
            if (parsed.GetValue(_dryRun))
            {
                return new BulkOutcome(key, $"would be {_action.Done} (dry run)", null);
            }

            try
            {
                return new BulkOutcome(key, await act(execution, key) ?? _action.Done, null);
            }
            catch (KontinueException e)
            {
                return new BulkOutcome(key, "", CommandRunner.Explain(e, _options.Connection(parsed).Server));
            }
        }
    }

    /// <returns>Null: somebody said no.</returns>
    private async Task<IReadOnlyList<(ExecutionKey, Execution?)>?> FindAsync(ParseResult parsed, IKontinueClient client, CancellationToken cancellationToken)
    {
        string[] names = parsed.GetValue(_names) ?? [];
        string ns = _options.NamespaceOf(parsed);
        ExecutionSelector selector = await _selection.ReadAsync(parsed, client, ns, cancellationToken);
        bool narrows = SelectionOptions.Narrows(selector);
        if (names.Length > 0)
        {
            return narrows || _selection.IsAllNamespaces(parsed)
                ? throw new UsageException("Names and a selector exclude each other.")
                : [.. names.Distinct(StringComparer.Ordinal).Select(n => (new ExecutionKey(ns, n), (Execution?)null))];
        }

        if (!narrows)
        {
            throw new UsageException($"Name the executions to {_action.Verb}, or select them with -l, --field-selector, --phase, --function or --parent. An empty selector does not mean all.");
        }

        selector = selector.Phases is null ? selector with { Phases = _action.Phases } : selector;
        ExecutionList list = await ExecutionPages.ReadAsync(client, selector, MaxSelected, cancellationToken);
        if (list.Metadata.Continue is not null)
        {
            throw new UsageException($"That selects more than {MaxSelected:N0} executions. Narrow it, and {_action.Verb} them in parts.");
        }

        if (list.Items.Count == 0)
        {
            await _console.Error.WriteLineAsync("No executions found.");
            return [];
        }

        return parsed.GetValue(_dryRun) || parsed.GetValue(_yes) || await AskAsync(list.Items, cancellationToken)
            ? [.. list.Items.Select(e => (e.Key, (Execution?)e))]
            : null;
    }

    private async Task<bool> AskAsync(IReadOnlyList<Execution> items, CancellationToken cancellationToken)
    {
        IAnsiConsole prompt = _console.Prompt($"Give --yes to {_action.Verb} {Plural.Executions(items.Count)} without a question, or see them with --dry-run.");
        foreach (Execution item in items.Take(Shown))
        {
            prompt.WriteLine($"  {item.Key} ({item.Spec.Function}) {item.Status?.Phase}");
        }

        if (items.Count > Shown)
        {
            prompt.WriteLine($"  and {items.Count - Shown:N0} more");
        }

        string question = Markup.Escape($"{char.ToUpperInvariant(_action.Verb[0])}{_action.Verb[1..]} {Plural.Executions(items.Count)}?");
        bool yes = await new ConfirmationPrompt(question) { DefaultValue = false }.ShowAsync(prompt, cancellationToken);
        if (!yes)
        {
            await _console.Error.WriteLineAsync("Nothing was done.");
        }

        return yes;
    }
}
