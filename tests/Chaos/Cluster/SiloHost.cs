using Kontinue.Chaos.Silos;
using Kontinue.Crash.Host;

namespace Kontinue.Chaos.Cluster;

/// <summary>What kind of silos a run is made with. This one: those that have nothing but the database between them.</summary>
internal class SiloHost
{
    /// <summary>What the server lets in: few enough to be filled in a moment, enough for the silos and the harness.</summary>
    public virtual int ServerConnections => 60;

    /// <summary>Whether a silo ends its own process when the others have given it up, and is started again then as a supervisor would.</summary>
    public virtual bool MayEndItself => false;

    /// <summary>Starts a process, and returns when it takes requests.</summary>
    public virtual Task<HostProcess> StartAsync(SiloSettings settings) => HostProcess.StartAsync("Kontinue.Chaos.dll", settings.ToArguments());

    /// <summary>Connects callers that do not ask one silo, but the cluster; called when silos run.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<IReadOnlyList<ICaller>> ConnectAsync(string connection, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ICaller>>([]);
}

/// <summary>A way to the cluster that finds a silo by itself.</summary>
internal interface ICaller : IAsyncDisposable
{
    /// <summary>What its answers go by.</summary>
    string Name { get; }

    /// <summary>Has a request answered; a failure is an answer.</summary>
    Task<HostResponse> SendAsync(HostRequest request);
}
