using Kontinue.Engine.Hosting;
using Kontinue.Load.Measurement;

namespace Kontinue.Load.Stores;

/// <summary>The store of one run, with what was started for it.</summary>
internal abstract class StoreSession : IAsyncDisposable
{
    public static async Task<StoreSession> OpenAsync(LoadOptions options, CancellationToken cancellationToken) => options.Store switch
    {
        "sqlite" => new SqliteSession(options.Connection),
        "postgres" => await PostgresSession.OpenAsync(options.Connection, cancellationToken),
        _ => new MemorySession(),
    };

    /// <summary>How another process names the same store; null where none can.</summary>
    public virtual string? Connection => null;

    public abstract void Use(KontinueBuilder builder);

    /// <summary>What the database has done so far; null where nothing is known.</summary>
    public virtual Task<StoreReading?> ReadAsync() => Task.FromResult<StoreReading?>(null);

    /// <summary>Has the database do at once what it would do at some time after many rows were stored.</summary>
    public virtual Task SettleAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Null where nothing is committed.</summary>
    public abstract Task<MachineProbe?> OpenProbeAsync();

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>The store that was asked for cannot be used; the message says why and what would help.</summary>
internal sealed class StoreUnusableException(string message, Exception? inner = null) : Exception(message, inner);
