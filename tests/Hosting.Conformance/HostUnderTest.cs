using Kontinue.Resources;

namespace Kontinue.Hosting.Conformance;

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
    /// <summary>Its name, as executions have it in their status.</summary>
    public abstract string Name { get; }

    /// <summary>How it is now.</summary>
    public abstract Task<SiloState> LookAsync();

    /// <summary>Cuts its way to the store, as if the network between them were gone.</summary>
    public abstract void CutOff();

    /// <summary>What was cut off has its way to the store again.</summary>
    public abstract void Mend();

    /// <summary>Ends it so that it can tell nobody and store nothing any more.</summary>
    public abstract Task KillAsync();

    /// <summary>Stops it cleanly.</summary>
    public abstract Task StopAsync();
}

/// <summary>How a silo is.</summary>
/// <param name="IsAccepting">Whether it takes new work.</param>
/// <param name="Residents">Executions in its memory.</param>
/// <param name="Activations">What the host itself keeps in memory for executions; 0 for a host that keeps nothing.</param>
public readonly record struct SiloState(bool IsAccepting, int Residents, int Activations);
