using Kontinue.Client;
using Kontinue.Load.Driving;
using Kontinue.Load.Measurement;
using Kontinue.Load.Scenarios;
using Kontinue.Load.Stores;

namespace Kontinue.Load.Targets;

/// <summary>What is measured: the way from a caller to the engine.</summary>
internal abstract class Target : IAsyncDisposable
{
    /// <summary>What callers call; several are several silos. At least one.</summary>
    public abstract IReadOnlyList<IKontinueClient> Clients { get; }

    /// <summary>Whether executions run in this process.</summary>
    public virtual bool HasEngineHere => false;

    public static async Task<Target> OpenAsync(LoadOptions options, StoreSession session, WakeLog wakes, CancellationToken cancellationToken) => options.Target switch
    {
        "http" => await HttpTarget.OpenAsync(options, session, cancellationToken),
        "cluster" => await ClusterTarget.OpenAsync(options, session, cancellationToken),
        _ when OtherTarget.Find(options.Target) is { } other => await other.OpenAsync(options, session, wakes, cancellationToken),
        _ => await EmbeddedTarget.OpenAsync(session, wakes, cancellationToken),
    };

    /// <summary>Reads what each process that runs executions has used, when it is not this one and was started for this run.</summary>
    /// <param name="afterCollection">Whether each frees what can be freed before.</param>
    public virtual Task<IReadOnlyList<ProcessReading>> ReadSilosAsync(bool afterCollection = false) => Task.FromResult<IReadOnlyList<ProcessReading>>([]);

    /// <summary>Runs a loop where the callers are: here, unless a target knows better.</summary>
    public virtual Task<LoopResult> RunLoopAsync(LoopPlan plan, LoopScenario scenario, ILoopObserver observer, CancellationToken stop) =>
        LoadLoop.Create(Clients, plan, scenario.RunOnceAsync, TimeProvider.System).RunAsync(observer, stop);

    public abstract ValueTask DisposeAsync();
}

/// <summary>The target that was asked for cannot be used; the message says why and what would help.</summary>
internal sealed class TargetUnusableException(string message, Exception? inner = null) : Exception(message, inner);
