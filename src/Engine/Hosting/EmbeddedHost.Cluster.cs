using Kontinue.Engine.Clustering;
using Kontinue.Engine.Runtime;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Hosting;

/// <summary>What this host hears of other silos, and what becomes of it when it loses its lease.</summary>
internal sealed partial class EmbeddedHost
{
    public bool HoldsLease(int term) => _lease.Holds(term);

    public ValueTask<bool> MayBeginAsync(int term) => _lease.MayBeginAsync(term);

    /// <summary>Whether an execution is in memory here.</summary>
    public bool IsHere(ExecutionKey key) => _residents.Contains(key);

    SiloId ILocalSilo.Id => Silo;

    int ILocalSilo.Residents => _residents.Total;

    void ILocalSilo.Wake(IReadOnlyList<ExecutionKey> keys, bool orTell) => _claims.Told(keys, orTell);

    int? ILocalSilo.RoomOf(SiloId silo) => silo != Silo ? Cluster.RoomOf(silo) : !_lease.IsHeld ? Cluster.Gone : _isAccepting ? _residents.Free : 0;

    void ILocalSilo.LookForWork() => _claims.Sweep();

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

    public void Closed(ExecutionRuntime runtime)
    {
        _residents.Remove(runtime);
        _assigner?.Left(runtime.Key, runtime.WakesAt);
        if (!runtime.IsHeld)
        {
            // It goes on elsewhere: whoever waits for it here asks there.
            Waiters.Hint(runtime.Key);
        }
    }

    /// <summary>
    /// Delivers what came from outside. Others may have stored something for the same execution before, of which it does not know yet, also while
    /// it is being claimed here: then all that is stored is read, in the order in which it was stored.
    /// </summary>
    private void Deliver(Message message)
    {
        if (Cluster.HasMetOthers)
        {
            _claims.Told([message.Target], tellOthers: true);
        }
        else
        {
            Route(message);
        }
    }

    private SiloLoad Load() =>
        new(_isAccepting ? _residents.Active : Options.MaxConcurrentExecutions, _residents.Total, Steps.Running);

    private void DropAll()
    {
        foreach (ExecutionRuntime runtime in _residents.Snapshot())
        {
            runtime.Post(new Input(InputKind.Drop));
        }
    }

    private void LoseAll()
    {
        DropAll();
        Waiters.HintAll();
        if (_lease.IsReplaced)
        {
            // For good: it neither tells the others anything nor listens to them.
            _ = GuardAsync(Cluster.StopAsync());
        }
    }
}
