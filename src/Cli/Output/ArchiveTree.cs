using Kontinue.Resources;

namespace Kontinue.Cli.Output;

/// <summary>Prints an archived execution with what it started below it.</summary>
internal static class ArchiveTree
{
    /// <summary>More than a person looks at; no more is held.</summary>
    private const int MaxShown = 1000;

    public static async Task WriteAsync(
        CliConsole console, IAsyncEnumerable<ArchivedTreeLine> lines, ArchivedExecution archived, CancellationToken cancellationToken)
    {
        var known = new Dictionary<Guid, Node>();
        Node? root = null;
        await foreach (ArchivedTreeLine line in lines.WithCancellation(cancellationToken))
        {
            // Of one that is there twice, the first counts. A parent comes before its children.
            if (line.Execution is not { Metadata.Uid: { } uid } execution || known.ContainsKey(uid))
            {
                continue;
            }

            var node = new Node($"{execution.Metadata.Name}   {execution.Spec.Function}   {execution.Status?.Phase}");
            known.Add(uid, node);
            root ??= node;
            if (node != root && execution.Metadata.OwnerReferences is [var parent, ..] && known.TryGetValue(parent.Uid, out Node? above))
            {
                above.Children.Add(node);
            }

            if (known.Count == MaxShown)
            {
                break;
            }
        }

        if (root is not null)
        {
            Write(console.Out, root);
        }

        if (archived.Status.Executions > known.Count)
        {
            console.Error.WriteLine($"The first {known.Count} of {archived.Status.Executions} executions; see all with -o lines.");
        }
    }

    /// <summary>However deep the tree is, the stack is not.</summary>
    private static void Write(TextWriter to, Node root)
    {
        var open = new Stack<(Node Node, string Indent, string Below)>([(root, "", "")]);
        while (open.TryPop(out (Node Node, string Indent, string Below) next))
        {
            to.WriteLine(next.Indent + next.Node.Text);
            for (int i = next.Node.Children.Count - 1; i >= 0; i--)
            {
                bool isLast = i == next.Node.Children.Count - 1;
                open.Push((next.Node.Children[i], next.Below + (isLast ? "└─ " : "├─ "), next.Below + (isLast ? "   " : "│  ")));
            }
        }
    }

    private sealed record Node(string Text)
    {
        public List<Node> Children { get; } = [];
    }
}
