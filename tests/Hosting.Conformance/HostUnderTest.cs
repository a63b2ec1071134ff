using Kontinue.Engine;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Resources;

namespace Kontinue.Hosting.Conformance;

/// <summary>What a host is to run.</summary>
/// <param name="Code">Its functions.</param>
/// <param name="Options">Settings that a rule needs.</param>
public sealed record HostSetup(Action<KontinueBuilder> Code, Action<KontinueOptions>? Options = null)
{
    /// <summary>The store that all silos share, and that outlives them.</summary>
    public IExecutionStore Store { get; } = new InMemoryStore(TimeProvider.System);

    /// <summary>Makes a silo's own connection to a database, which is there instead of <see cref="Store"/>; null: there is none.</summary>
    public Func<IExecutionStore>? NewConnection { get; init; }

    /// <summary>How long a silo that nobody has heard of keeps what it has.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Makes a silo's way to the store.</summary>
    public CutStore Connect() => CutStore.To(NewConnection?.Invoke() ?? Store);

    /// <summary>Sets a silo up; what hosts do differently they set before.</summary>
    public void Apply(KontinueBuilder kontinue, CutStore store, string name)
    {
        ArgumentNullException.ThrowIfNull(kontinue);
        kontinue.UseStore(_ => store.Store).Configure(options =>
        {
            options.SiloName = name;
            options.Lease = Lease;
            options.SweepInterval = TimeSpan.FromMilliseconds(100);
            options.ShutdownGrace = TimeSpan.FromSeconds(5);
            Options?.Invoke(options);
        });
        Code(kontinue);
    }
}

/// <summary>One or more silos over one store, and the way that callers have to them.</summary>
public abstract class HostUnderTest : IAsyncDisposable
{
    /// <summary>The silos that are alive; a host has at least one after its start.</summary>
    public abstract IReadOnlyList<SiloUnderTest> Silos { get; }

    /// <summary>Starts one more silo, under a name that no living one has.</summary>
    public abstract Task StartSiloAsync();

    /// <summary>Creates an execution, as the host's callers do.</summary>
    public abstract Task<Execution> CreateAsync(Execution execution, TimeSpan wait);

    public abstract Task<Execution> GetAsync(ExecutionKey key);

    public abstract Task<Execution> WaitAsync(ExecutionKey key, TimeSpan wait);

    public abstract Task SendEventAsync(ExecutionKey key, string name, JsonPayload payload);

    public abstract Task ResumeAsync(ExecutionKey key, JsonPayload payload);

    public abstract Task CancelAsync(ExecutionKey key);

    public abstract Task RetryAsync(ExecutionKey key);

    public abstract ValueTask DisposeAsync();
}

/// <summary>One silo of a host.</summary>
public abstract class SiloUnderTest
{
    public abstract ILocalSilo Engine { get; }

    /// <summary>Its own way to the store.</summary>
    public abstract CutStore Store { get; }

    /// <summary>Executions in its memory.</summary>
    public int Residents => Engine.Residents;

    /// <summary>What the host itself keeps in memory for executions; 0 for a host that keeps nothing.</summary>
    public abstract int Activations { get; }

    /// <summary>Ends it so that it can tell nobody and store nothing any more.</summary>
    public abstract Task KillAsync();

    /// <summary>Stops it cleanly.</summary>
    public abstract Task StopAsync();
}
