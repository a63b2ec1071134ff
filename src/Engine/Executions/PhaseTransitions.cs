namespace Kontinue.Engine.Executions;

/// <summary>Which phase may follow which, as stored. Drawn in <c>docs/state-machine.md</c>; a test compares the two.</summary>
public static class PhaseTransitions
{
    private static readonly Dictionary<ExecutionPhase, ExecutionPhase[]> Table = new()
    {
        [ExecutionPhase.Pending] =
        [
            ExecutionPhase.Executing, ExecutionPhase.Suspended, ExecutionPhase.Backoff, ExecutionPhase.Completed, ExecutionPhase.Failed,
            ExecutionPhase.Canceled, ExecutionPhase.Skipped,
        ],
        [ExecutionPhase.Executing] =
        [
            ExecutionPhase.Suspended, ExecutionPhase.Backoff, ExecutionPhase.Completed, ExecutionPhase.Failed, ExecutionPhase.Canceled,
            ExecutionPhase.Skipped,
        ],
        [ExecutionPhase.Suspended] =
        [
            ExecutionPhase.Executing, ExecutionPhase.Backoff, ExecutionPhase.Completed, ExecutionPhase.Failed, ExecutionPhase.Canceled,
            ExecutionPhase.Skipped,
        ],
        [ExecutionPhase.Backoff] =
        [
            ExecutionPhase.Executing, ExecutionPhase.Suspended, ExecutionPhase.Completed, ExecutionPhase.Failed, ExecutionPhase.Canceled,
            ExecutionPhase.Skipped,
        ],
        [ExecutionPhase.Completed] = [],
        [ExecutionPhase.Failed] = [ExecutionPhase.Pending, ExecutionPhase.Skipped],
        [ExecutionPhase.Canceled] = [ExecutionPhase.Pending],
        [ExecutionPhase.Skipped] = [],
    };

    /// <summary>For each phase the set of those that it is or may come to, as bits.</summary>
    private static readonly int[] Reached = [.. Enum.GetValues<ExecutionPhase>().Select(FindReached)];

    /// <summary>The phases that may follow, each with another name.</summary>
    public static IReadOnlyCollection<ExecutionPhase> From(ExecutionPhase phase) => Table[phase];

    /// <summary>Whether a row may go from one phase to another; staying is always allowed, save at an end.</summary>
    public static bool IsAllowed(ExecutionPhase from, ExecutionPhase to) =>
        from == to ? !from.IsTerminal() : Array.IndexOf(Table[from], to) >= 0;

    /// <summary>Whether what is in one phase may come to be in another, by whatever way; it is in its own already.</summary>
    public static bool CanLead(ExecutionPhase from, ExecutionPhase to) => (Reached[(int)from] & 1 << (int)to) != 0;

    private static int FindReached(ExecutionPhase from)
    {
        int reached = 0;
        var open = new Stack<ExecutionPhase>([from]);
        while (open.TryPop(out ExecutionPhase phase))
        {
            if ((reached & 1 << (int)phase) == 0)
            {
                reached |= 1 << (int)phase;
                Array.ForEach(Table[phase], open.Push);
            }
        }

        return reached;
    }
}
