using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Hosting;

/// <summary>What this host hears of other silos, and what becomes of it when it loses its lease.</summary>
internal sealed partial class EmbeddedHost
{
    public bool HoldsLease(int term) => term == _lease.Term && _lease.IsHeld;

    /// <summary>Whether an execution is in memory here.</summary>
    public bool IsHere(ExecutionKey key) => _residents.Contains(key);

    void IClusterListener.Told(IReadOnlyList<ExecutionKey> keys) => _claims.Told(keys);

    void IClusterListener.Backlog() => _claims.SignalBacklog();

    void IClusterListener.Freed(IReadOnlyList<string> semaphores)
    {
        _admission.LookAt(semaphores, mayOffer: false);
        _claims.Signal();
    }

    void IClusterListener.EndedElsewhere(ExecutionKey key) => Waiters.Hint(key);

    void IClusterListener.Missed()
    {
        Waiters.HintAll();
        _claims.Sweep();
    }

    private SiloLoad Load() => new(_residents.Active, _residents.Total, Steps.Running);

    private void LoseAll()
    {
        DropAll();
        if (_lease.IsReplaced)
        {
            // For good: it neither tells the others anything nor listens to them.
            _ = GuardAsync(Cluster.StopAsync());
        }
    }
}
