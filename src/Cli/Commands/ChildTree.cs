using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary>An execution with what it started.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Function">Its function.</param>
/// <param name="Phase">Its phase.</param>
/// <param name="Took">How long it has run; null when it has not begun, or was not asked.</param>
/// <param name="Children">What it started, as far as it is shown.</param>
/// <param name="Hidden">How many more children it has.</param>
internal sealed record ChildTree(string Name, string Function, ExecutionPhase Phase, TimeSpan? Took, IReadOnlyList<ChildTree> Children, int Hidden)
{
    private const int MaxDepth = 5;
    private const int MaxChildren = 20;
    private const int MaxRequests = 100;

    /// <summary>Reads a tree, as deep and wide as a person can look at.</summary>
    public static async Task<ChildTree> ReadAsync(IKontinueClient client, Execution root, CancellationToken cancellationToken)
    {
        int left = MaxRequests;
        return await Grow(root, depth: 0);

        async Task<ChildTree> Grow(Execution execution, int depth)
        {
            IReadOnlyList<ChildReference> references = execution.Status?.Children ?? [];
            var children = new List<ChildTree>();
            foreach (ChildReference reference in references.Take(MaxChildren))
            {
                Execution? child = depth < MaxDepth && left-- > 0 ? await TryGet(new ExecutionKey(execution.Key.Namespace, reference.Name)) : null;
                children.Add(child is null ? new ChildTree(reference.Name, reference.Function, reference.Phase, null, [], 0) : await Grow(child, depth + 1));
            }

            return Of(execution, children, references.Count - children.Count);
        }

        async Task<Execution?> TryGet(ExecutionKey key)
        {
            try
            {
                return await client.GetAsync(key, cancellationToken);
            }
            catch (ExecutionNotFoundException)
            {
                return null;
            }
        }
    }

    private static ChildTree Of(Execution execution, IReadOnlyList<ChildTree> children, int hidden)
    {
        ExecutionStatus status = execution.Status ?? new ExecutionStatus();
        return new ChildTree(
            execution.Metadata.Name ?? "", execution.Spec.Function, status.Phase,
            status is { StartedAt: { } started, FinishedAt: { } finished } ? finished - started : null, children, hidden);
    }
}
