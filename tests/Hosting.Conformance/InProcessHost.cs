using Kontinue.Engine;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;

namespace Kontinue.Hosting.Conformance;

/// <summary>What a host in this process is to run.</summary>
/// <param name="Code">Its functions.</param>
/// <param name="Options">Settings that a rule needs.</param>
public sealed record HostSetup(Action<KontinueBuilder> Code, Action<KontinueOptions>? Options = null)
{
    /// <summary>The store that all silos share, and that outlives them.</summary>
    public IExecutionStore Store { get; init; } = new InMemoryStore(TimeProvider.System);

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

/// <summary>A silo of this process, into which a test can look.</summary>
public abstract class InProcessSilo : SiloUnderTest
{
    public abstract ILocalSilo Engine { get; }

    /// <summary>Its own way to the store.</summary>
    public abstract CutStore Store { get; }

    /// <inheritdoc cref="SiloState.Activations"/>
    public abstract int Activations { get; }

    /// <inheritdoc cref="SiloState.Residents"/>
    public int Residents => Engine.Residents;

    /// <inheritdoc/>
    public override Task<SiloState> LookAsync() => Task.FromResult(new SiloState(Engine.IsAccepting, Residents, Activations));

    /// <inheritdoc/>
    public override void CutOff() => Store.Cut();

    /// <inheritdoc/>
    public override void Mend() => Store.Mend();
}

/// <summary>The rules for a host whose silos are in this process.</summary>
public abstract class InProcessHostConformance : HostConformance
{
    // A rule that starts its host again does so on the same one.
    private readonly InMemoryStore _store = new(TimeProvider.System);

    /// <inheritdoc/>
    protected sealed override Task<HostUnderTest> StartAsync(RuleSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return StartAsync(new HostSetup(new RuleFunctions(Ledger).AddTo, settings.ApplyTo) { Store = _store });
    }

    /// <summary>Starts a host as the one under test is commonly used.</summary>
    protected abstract Task<HostUnderTest> StartAsync(HostSetup setup);
}
