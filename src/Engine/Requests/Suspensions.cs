using Kontinue.Engine.Executions;
using Kontinue.Engine.Replay;
using Kontinue.Engine.Storage;
using Kontinue.Resources;

namespace Kontinue.Engine.Requests;

/// <summary>Decides whether an execution can be resumed.</summary>
internal static class Suspensions
{
    /// <summary>
    /// Finds what a resume is for. An unnamed one is given the name of the only wait there is, so that it cannot end the next one when
    /// two people answer at once; null means the wait between two attempts.
    /// </summary>
    /// <exception cref="ExecutionConflictException">It waits for nothing of that name.</exception>
    public static string? Find(ExecutionRow row, StoredStatus status, string? suspension)
    {
        if (row.Phase == ExecutionPhase.Backoff && suspension is null)
        {
            return null;
        }

        string[] waits = [.. (status.WaitingFor ?? []).Where(IsSuspension).Select(w => w.Name)];
        bool mayBeMore = status.WaitingFor?.Count >= Runtime.ExecutionRuntime.MaxDescribedWaits;
        bool matches = suspension is null ? waits.Length == 1 : waits.Contains(suspension, StringComparer.Ordinal) || mayBeMore;
        if (!matches)
        {
            throw new ExecutionConflictException(row.Key, waits.Length == 0
                ? $"Execution {row.Key} is {row.Phase} and does not wait to be resumed."
                : $"Execution {row.Key} waits for {string.Join(", ", waits.Select(w => $"'{w}'"))}. Name one of them.");
        }

        return suspension ?? waits[0];
    }

    private static bool IsSuspension(WaitReference wait) =>
        wait.Kind is nameof(OperationKind.Sleep) or nameof(OperationKind.Suspend);
}
