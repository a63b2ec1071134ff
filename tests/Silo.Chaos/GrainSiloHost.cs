using System.Collections.Concurrent;
using Kontinue.Chaos.Cluster;
using Kontinue.Chaos.Silos;
using Kontinue.Crash.Host;
using Kontinue.Testing.PostgreSql;

namespace Kontinue.Silo.Chaos;

/// <summary>Silos of one Orleans cluster; callers ask one of them, or the cluster by grain calls.</summary>
internal sealed class GrainSiloHost : SiloHost
{
    private const int Callers = 2;
    private const int Ports = 4;

    // One that comes back under its name has the address that it had; one with a new name has another.
    private readonly ConcurrentDictionary<string, int[]> _ports = new();

    /// <inheritdoc/>
    public override int ServerConnections => 100;

    /// <inheritdoc/>
    public override bool MayEndItself => true;

    /// <inheritdoc/>
    public override Task<HostProcess> StartAsync(SiloSettings settings) => HostProcess.StartAsync(
        "Kontinue.Silo.Chaos.dll", [.. settings.ToArguments(), .. _ports.GetOrAdd(settings.Name, _ => FreePorts.Take(Ports)).Select(port => port.ToString())]);

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<ICaller>> ConnectAsync(string connection, CancellationToken cancellationToken) =>
        await Task.WhenAll(Enumerable.Range(1, Callers).Select(i => ClusterCaller.ConnectAsync($"client-{i}", connection, cancellationToken)));
}
