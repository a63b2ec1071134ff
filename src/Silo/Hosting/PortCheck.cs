using System.Net;
using System.Net.Sockets;
using Kontinue.Silo.Settings;
using Microsoft.Extensions.Hosting;

namespace Kontinue.Silo.Hosting;

/// <summary>
/// Tries all ports before anything starts: what later finds one taken does not say which, and a silo that got half way would have joined its cluster.
/// </summary>
internal sealed class PortCheck(KontinueSiloOptions options) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        (string Name, int Port)[] ports =
        [
            (nameof(options.SiloPort), options.SiloPort), (nameof(options.GatewayPort), options.GatewayPort), (nameof(options.ApiPort), options.ApiPort),
            (nameof(options.TlsPort), options.TlsPort), (nameof(options.HealthPort), options.HealthPort),
        ];
        string[] taken = [.. ports.Where(p => p.Port != 0 && IsTaken(p.Port)).Select(p => $"{KontinueSiloOptions.Section}:{p.Name} {p.Port}")];
        return taken.Length == 0 ? Task.CompletedTask : throw new SiloStartException(
            $"In use by another process, or not allowed to this one: {string.Join(", ", taken)}. Stop that process, or choose other ports.");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private bool IsTaken(int port)
    {
        bool local = options.ListenAddress is not "*" && IPAddress.IsLoopback(IPAddress.Parse(options.ListenAddress));
        using var probe = new TcpListener(local ? IPAddress.Loopback : IPAddress.Any, port);
        try
        {
            probe.Start();
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
