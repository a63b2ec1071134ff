using Kontinue.Cli.Output;
using Kontinue.Resources;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Kontinue.Cli.Commands;

/// <summary>What is known of an execution and what it started, as somebody watches it. Safe for concurrent use.</summary>
internal sealed class ProgressTree(Execution root, TimeProvider time)
{
    /// <summary>More than that no terminal shows.</summary>
    private const int MaxNodes = 200;

    private const int MaxShown = 15;

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, Node> _nodes = [];
    private Node _root = new() { Execution = root };

    /// <summary>The root, with its state and what it waits for; the state that is known stays when none is told.</summary>
    public void UpdateRoot(Execution execution)
    {
        lock (_gate)
        {
            _root.Execution = execution.Status is { State: null } status
                ? execution with { Status = status with { State = _root.Execution.Status?.State } }
                : execution;
        }
    }

    /// <summary>Something that an execution started.</summary>
    /// <param name="child">It, as it is now.</param>
    /// <param name="parent">The uid of what started it: the root's, or one that was told before.</param>
    public void Update(Execution child, Guid parent)
    {
        lock (_gate)
        {
            if (child.Metadata.Uid is not { } uid)
            {
                return;
            }

            if (_nodes.TryGetValue(uid, out Node? node))
            {
                node.Execution = child;
            }
            else if (_nodes.Count < MaxNodes && (parent == _root.Execution.Metadata.Uid ? _root : _nodes.GetValueOrDefault(parent)) is { } above)
            {
                above.Children.Add(_nodes[uid] = new Node { Execution = child });
            }
        }
    }

    /// <summary>The tree as it is now.</summary>
    public IRenderable Render()
    {
        lock (_gate)
        {
            var tree = new Tree(Label(_root.Execution)) { Guide = TreeGuide.Line };
            AddSteps(tree, _root.Execution.Status ?? new ExecutionStatus());
            AddChildren(tree, _root);
            return tree;
        }
    }

    private static void AddSteps(Tree tree, ExecutionStatus status)
    {
        IReadOnlyCollection<string> done = status.State is { } state ? [.. state.Keys] : [];
        if (done.Count > MaxShown)
        {
            tree.AddNode(Quiet($"{done.Count - MaxShown} more steps"));
        }

        foreach (string step in done.TakeLast(MaxShown))
        {
            tree.AddNode(new Markup($"[green]done[/] {Markup.Escape(step)}"));
        }

        // Children show themselves.
        foreach (WaitReference wait in (status.WaitingFor ?? []).Where(w => w.Kind is not "Child").Take(MaxShown))
        {
            string until = wait.Until is { } due ? $" until {due.UtcDateTime:HH:mm:ss}Z" : "";
            tree.AddNode(new Markup($"[yellow]{Markup.Escape(wait.Kind.ToLowerInvariant())}[/] {Markup.Escape(wait.Name + until + (wait.Description is null ? "" : $": {wait.Description}"))}"));
        }

        foreach (Condition condition in (status.Conditions ?? []).Take(MaxShown))
        {
            tree.AddNode(new Markup($"[red]{Markup.Escape(condition.Type)}[/] {Markup.Escape(condition.Message)}"));
        }
    }

    private void AddChildren(IHasTreeNodes to, Node node)
    {
        // Those that go on are worth more room than those that have ended.
        Node[] shown = [.. node.Children.OrderBy(c => HasEnded(c.Execution)).Take(MaxShown)];
        foreach (Node child in shown)
        {
            TreeNode below = to.AddNode(Label(child.Execution));
            if (!HasEnded(child.Execution))
            {
                AddChildren(below, child);
            }
        }

        if (node.Children.Count > shown.Length)
        {
            IEnumerable<string> counts = node.Children.Except(shown).GroupBy(c => c.Execution.Status?.Phase ?? ExecutionPhase.Pending)
                .OrderBy(g => g.Key).Select(g => $"{g.Count()} {g.Key}");
            to.AddNode(Quiet("and " + string.Join(", ", counts)));
        }
    }

    private static bool HasEnded(Execution execution) => execution.Status?.Phase.IsTerminal() is true;

    private static Markup Quiet(string text) => new($"[grey]{Markup.Escape(text)}[/]");

    private Markup Label(Execution execution)
    {
        ExecutionStatus status = execution.Status ?? new ExecutionStatus();
        string took = status.StartedAt is { } started ? " " + ExecutionTable.Short(TimeSpan.FromSeconds(Math.Floor(((status.FinishedAt ?? time.GetUtcNow()) - started).TotalSeconds))) : "";
        string color = status.Phase switch
        {
            ExecutionPhase.Completed => "green",
            ExecutionPhase.Failed => "red",
            ExecutionPhase.Backoff => "yellow",
            ExecutionPhase.Canceled or ExecutionPhase.Skipped => "grey",
            _ => "aqua",
        };
        string error = status is { Error: { } last, Phase: not ExecutionPhase.Completed } ? $" [red]{Markup.Escape(last.Message.ReplaceLineEndings(" "))}[/]" : "";
        return new Markup($"[{color}]{status.Phase}[/] {Markup.Escape(execution.Metadata.Name ?? "")} [grey]{Markup.Escape(execution.Spec.Function)}{took}[/]{error}");
    }

    private sealed class Node
    {
        public required Execution Execution { get; set; }

        public List<Node> Children { get; } = [];
    }
}
