using Kontinue.Engine.Clustering;
using Kontinue.Engine.Commit;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Runtime;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Hosting;

/// <summary>Which new executions run here at once, and which wait as rows.</summary>
internal sealed partial class EmbeddedHost
{
    /// <summary>
    /// Starts a new execution, here if there is a place, and answers when it is stored. The row comes without an owner, at revision 1.
    /// </summary>
    public Task<CommitOutcome> StartAsync(ExecutionRow row, StoredSpec spec)
    {
        var created = new TaskCompletionSource<CommitOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (TryAdmit(
            row, () => ExecutionRuntime.New(this, row with { Owner = Silo, Epoch = 1, WakeAt = row.CreatedAt }, spec, StoredStatus.Initial, created), out ExecutionRuntime? runtime))
        {
            _unstored.Watch(runtime!);
            runtime!.Begin();
            return created.Task;
        }

        var unit = new PendingUnit { Completion = created };
        unit.Join(null, new RowWrite { Row = row, IsInsert = true });
        Committer.Enqueue(unit);
        return AnnounceAsync(row, created.Task);
    }

    /// <summary>Looks for a place for a new execution once it is stored.</summary>
    private async Task<CommitOutcome> AnnounceAsync(ExecutionRow row, Task<CommitOutcome> stored)
    {
        CommitOutcome outcome = await stored.ConfigureAwait(false);
        if (row.Semaphores.Count > 0)
        {
            LookAt(row.Semaphores);
        }
        else
        {
            if (outcome == CommitOutcome.Applied && IsForHere(row) && Cluster.MayTake(_residents.Active))
            {
                // Once more: only from now on is it sure to be found.
                _claims.Crowd.Add(row.Key);
            }

            SignalBacklog(row.WorkerGroup);
        }

        return outcome;
    }

    public bool TryAdmit(ExecutionRow row, Func<ExecutionRuntime> create, out ExecutionRuntime? runtime)
    {
        runtime = null;
        if (!IsAccepting || !_lease.IsHeld || row.Semaphores.Count > 0 || !IsForHere(row) || _residents.Contains(row.Key))
        {
            return false;
        }

        int free = _residents.Free;

        // A child is a part of what is under way, which goes before what is new.
        if (free == 0 || (_claims.Crowd.Fills(free) && row.ParentUid is null))
        {
            _claims.Crowd.Add(row.Key);
            return false;
        }

        if (!Cluster.MayTake(_residents.Active))
        {
            return false;
        }

        runtime = create();
        if (_residents.TryAdd(runtime))
        {
            return true;
        }

        runtime = null;
        return false;
    }

    private bool IsForHere(ExecutionRow row) =>
        (row.WorkerGroup is null || string.Equals(row.WorkerGroup, Options.WorkerGroup, StringComparison.Ordinal)) &&
        Functions.TryGet(row.Function, out _);

    public void LookAt(IReadOnlyList<string> semaphores)
    {
        if (semaphores.Count > 0)
        {
            _admission.LookAt(semaphores, mayOffer: true);
            _claims.Signal();
        }
    }
}
