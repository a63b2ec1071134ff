using Kontinue.Api.Responses;
using Kontinue.Resources;

namespace Kontinue.Api.Watch;

/// <summary>What one watch has told, as far as it is needed to tell that it has ended.</summary>
internal sealed class ToldSuspensions
{
    /// <summary>How many suspensions one watch can follow. Each takes some 200 bytes.</summary>
    public const int Max = 100_000;

    private readonly Dictionary<ExecutionKey, (long Version, List<WaitReference> Waits)> _executions = [];
    private int _count;

    /// <summary>Takes note of a suspension that is known to the caller, or that is being told.</summary>
    public void Add(Suspension suspension)
    {
        var key = new ExecutionKey(suspension.Metadata.Namespace ?? ExecutionKey.DefaultNamespace, suspension.Spec.Execution);
        long version = SuspensionWatch.Number(suspension.Metadata.ResourceVersion);
        List<WaitReference> waits = _executions.TryGetValue(key, out (long Version, List<WaitReference> Waits) known) ? known.Waits : [];
        waits.Add(ToWait(suspension));
        _executions[key] = (Math.Max(version, known.Version), waits);
        Count(1);
    }

    /// <summary>What a change of an execution means for its suspensions: ended ones first.</summary>
    /// <param name="execution">The execution after the change.</param>
    /// <param name="isGone">Whether it is gone, or not selected any more.</param>
    /// <param name="version">The version of the change.</param>
    /// <param name="before">What the caller may know of besides; null when he knows what is noted here and nothing else.</param>
    public IEnumerable<(string Type, Suspension Suspension)> Change(
        Execution execution, bool isGone, long version, IReadOnlyList<Suspension>? before)
    {
        bool isKnown = _executions.TryGetValue(execution.Key, out (long Version, List<WaitReference> Waits) known);
        bool isSure = before is null;
        if (isKnown && isSure && known.Version >= version && !isGone)
        {
            return [];
        }

        IReadOnlyList<Suspension> now = isGone ? [] : execution.ToSuspensions();
        HashSet<string> names = [.. now.Select(s => s.Spec.Wait)];
        List<WaitReference> waits = known.Waits ?? [];
        HashSet<string> had = [.. waits.Select(w => w.Name)];
        List<Suspension> ended = [.. Restore(execution, waits).Concat((before ?? []).Where(s => !had.Contains(s.Spec.Wait))).Where(s => !names.Contains(s.Spec.Wait))];
        Count(now.Count - waits.Count);
        if (now.Count == 0)
        {
            _executions.Remove(execution.Key);
        }
        else
        {
            _executions[execution.Key] = (version, [.. now.Select(ToWait)]);
        }

        return
        [
            .. ended.Select(s => (WatchLine.Deleted, s)),
            .. now.Select(s => (isSure && had.Contains(s.Spec.Wait) ? WatchLine.Modified : WatchLine.Added, s)),
        ];
    }

    /// <summary>Suspensions of an execution by its waits, whatever it is doing now.</summary>
    public static IReadOnlyList<Suspension> Restore(Execution execution, IReadOnlyList<WaitReference> waits) =>
        (execution with { Status = new ExecutionStatus { Phase = ExecutionPhase.Suspended, WaitingFor = waits } }).ToSuspensions();

    private static WaitReference ToWait(Suspension suspension) =>
        new(suspension.Spec.Type, suspension.Spec.Wait, suspension.Spec.ResumeAt, suspension.Spec.Description, suspension.Metadata.CreationTimestamp);

    private void Count(int more)
    {
        _count += more;
        if (_count > Max)
        {
            throw new ApiException(StatusFactory.BadRequest(
                $"There are more than {Max:N0} suspensions to follow. Watch those of one namespace, or select by labels."));
        }
    }
}
