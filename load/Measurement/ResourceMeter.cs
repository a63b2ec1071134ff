using Kontinue.Load.Stores;
using Kontinue.Load.Targets;

namespace Kontinue.Load.Measurement;

/// <summary>What all processes of a run use between two moments: this one, those that run executions, and the database.</summary>
internal sealed class ResourceMeter
{
    private readonly Target _target;
    private readonly StoreSession? _session;
    private readonly ProcessReading _console;
    private readonly IReadOnlyList<ProcessReading> _silos;
    private readonly StoreReading? _store;

    private ResourceMeter(Target target, StoreSession? session, ProcessReading console, IReadOnlyList<ProcessReading> silos, StoreReading? store)
    {
        _target = target;
        _session = session;
        _console = console;
        _silos = silos;
        _store = store;
    }

    /// <param name="target">The processes that run executions.</param>
    /// <param name="session">The database; null: something else keeps it busy, so that its figures would say nothing of executions.</param>
    public static async Task<ResourceMeter> StartAsync(Target target, StoreSession? session)
    {
        StoreReading? store = session is null ? null : await session.ReadAsync();
        IReadOnlyList<ProcessReading> silos = await target.ReadSilosAsync();
        return new ResourceMeter(target, session, ProcessReading.Now(), silos, store);
    }

    public async Task<Usage> StopAsync()
    {
        ProcessReading console = ProcessReading.Now().Since(_console);
        IReadOnlyList<ProcessReading> silos = await _target.ReadSilosAsync();
        StoreReading? store = _store is null ? null : (await _session!.ReadAsync())?.Since(_store);
        ProcessReading[] used = [.. silos.Zip(_silos, (now, then) => now.Since(then))];

        // SQLite writes within the process that runs executions.
        store = store is { WrittenBytes: null } ? store with { WrittenBytes = (used is [var only] ? only : _target.HasEngineHere ? console : null)?.WrittenBytes } : store;
        return new Usage(console, used, store, _target.HasEngineHere);
    }
}

/// <summary>What a run used.</summary>
/// <param name="Console">This process: the callers, unless they are in the silos, and the engine, if it is embedded.</param>
/// <param name="Silos">Each other process that runs executions.</param>
/// <param name="Database">Null: not known.</param>
/// <param name="HasEngineHere">Whether executions run in this process.</param>
internal sealed record Usage(ProcessReading Console, IReadOnlyList<ProcessReading> Silos, StoreReading? Database, bool HasEngineHere)
{
    /// <summary>The processes that run executions; empty: they are not known, for somebody else has started them.</summary>
    public IReadOnlyList<ProcessReading> Engines => HasEngineHere ? [Console] : Silos;
}
