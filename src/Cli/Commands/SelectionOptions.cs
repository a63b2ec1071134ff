using System.CommandLine;
using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary>The options that select executions.</summary>
internal sealed class SelectionOptions
{
    private readonly Option<string?> _labels = new("--selector", "-l") { Description = "Only those with these labels, such as app=shop,tier in (web,db),!old." };
    private readonly Option<string?> _fields = new("--field-selector") { Description = $"Only those with these fields, such as status.phase=Failed,spec.function=deploy. Fields: {FieldSelector.Known}." };
    private readonly Option<ExecutionPhase[]> _phases = new("--phase") { Description = "Only those in this phase; may be given several times." };
    private readonly Option<string?> _function = new("--function") { Description = "Only those of this function." };
    private readonly Option<string?> _parent = new("--parent") { Description = "Only children of this execution." };
    private readonly Option<bool> _all = new("--all-namespaces", "-A") { Description = "Those of all namespaces." };

    public SelectionOptions(CliConsole console, Command command, ClientOptions options)
    {
        Option[] all = [_labels, _fields, _phases, _function, _parent, _all];
        Array.ForEach(all, command.Options.Add);
        _phases.CompletionSources.Add(Enum.GetNames<ExecutionPhase>());
        ServerCompletion.Functions(_function, console, options);
    }

    public bool IsAllNamespaces(ParseResult parsed) => parsed.GetValue(_all);

    /// <summary>Whether a filter narrows the executions of a namespace; the namespace itself is none.</summary>
    public static bool Narrows(ExecutionSelector selector) =>
        selector.Name is not null || selector.Phases is not null || selector.Function is not null || selector.ParentUid is not null || selector.Labels is { Count: > 0 };

    /// <exception cref="UsageException">A selector cannot be understood.</exception>
    /// <exception cref="ExecutionNotFoundException">The parent is not there.</exception>
    public async Task<ExecutionSelector> ReadAsync(ParseResult parsed, IKontinueClient client, string ns, CancellationToken cancellationToken)
    {
        var selector = new ExecutionSelector { Namespace = parsed.GetValue(_all) ? null : ns, Labels = Labels(parsed.GetValue(_labels)) };
        selector = FieldSelector.Apply(selector, parsed.GetValue(_fields));
        if (parsed.GetValue(_phases) is { Length: > 0 } phases)
        {
            selector = selector with { Phases = Both(selector.Phases, phases) };
        }

        if (parsed.GetValue(_function) is { } function)
        {
            selector = selector.Function is { } other && !string.Equals(other, function, StringComparison.Ordinal)
                ? throw new UsageException($"--function {function} and the field selector's {other} exclude each other.")
                : selector with { Function = function };
        }

        if (parsed.GetValue(_parent) is not { } parent)
        {
            return selector;
        }

        Execution found = await client.GetAsync(new ExecutionKey(ns, parent), cancellationToken);
        return selector with { ParentUid = found.Metadata.Uid };
    }

    private static HashSet<ExecutionPhase> Both(IReadOnlySet<ExecutionPhase>? fields, ExecutionPhase[] phases)
    {
        HashSet<ExecutionPhase> both = [.. phases.Where(p => fields?.Contains(p) ?? true)];
        return both.Count > 0 ? both : throw new UsageException("--phase and the field selector's status.phase exclude each other.");
    }

    private static IReadOnlyList<LabelRequirement> Labels(string? selector)
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
