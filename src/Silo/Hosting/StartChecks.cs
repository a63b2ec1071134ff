using System.Net;
using System.Net.Sockets;
using Kontinue.Jobs;
using Kontinue.Silo.Settings;
using Microsoft.Extensions.Hosting;

namespace Kontinue.Silo.Hosting;

/// <summary>
/// Tries all ports, and the folder of local jobs, before anything starts: what later finds one taken does not say which, and a silo that got half way would have joined its cluster.
/// </summary>
internal sealed class StartChecks(SiloSettings settings) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        CheckPorts();
        if (settings.Jobs.Runner == SiloJobRunner.Local)
        {
            CheckStateDirectory();
        }

        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void CheckPorts()
    {
        KontinueSiloOptions options = settings.Silo;
        (string Name, int Port)[] ports =
        [
            (nameof(options.SiloPort), options.SiloPort), (nameof(options.GatewayPort), options.GatewayPort), (nameof(options.ApiPort), options.ApiPort),
            (nameof(options.TlsPort), options.TlsPort), (nameof(options.HealthPort), options.HealthPort),
        ];
        string[] taken = [.. ports.Where(p => p.Port != 0 && IsTaken(p.Port)).Select(p => $"{KontinueSiloOptions.Section}:{p.Name} {p.Port}")];
        if (taken.Length > 0)
        {
            throw new SiloStartException(
                $"In use by another process, or not allowed to this one: {string.Join(", ", taken)}. Stop that process, or choose other ports.");
        }
    }

    private void CheckStateDirectory()
    {
        var options = new LocalJobsOptions();
        settings.Apply(options);
        try
        {
            LocalProcessRunner.CheckStateDirectory(options);
        }
        catch (InvalidOperationException e)
        {
            throw new SiloStartException(e.Message, e);
        }
    }

    private bool IsTaken(int port)
    {
        bool local = settings.Silo.ListenAddress is not "*" && IPAddress.IsLoopback(IPAddress.Parse(settings.Silo.ListenAddress));
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
