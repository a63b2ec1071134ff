using System.Net;
using System.Net.Sockets;
using Kontinue.Client;
using Kontinue.Grains.Client;
using Kontinue.Grains.Hosting;
using Kontinue.Load.Scenarios;
using Kontinue.Load.Stores;
using Kontinue.Load.Targets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kontinue.Load.Orleans;

/// <summary>
/// Silos of Orleans in this process, each with an engine of its own, and a client that reaches them over TCP only, as from another process.
/// </summary>
internal sealed class OrleansTarget : Target
{
    private const string Cluster = "kontinue-load";

    private readonly IReadOnlyList<IHost> _silos;
    private readonly IHost _client;

    private OrleansTarget(IReadOnlyList<IHost> silos, IHost client)
    {
        _silos = silos;
        _client = client;
        Clients = [client.Services.GetRequiredService<IKontinueClient>()];
    }

    public override IReadOnlyList<IKontinueClient> Clients { get; }

    public override bool HasEngineHere => true;

    public static async Task<Target> StartAsync(LoadOptions options, StoreSession session, WakeLog wakes, CancellationToken cancellationToken)
    {
        if (options.Silos > 1 && options.Store != "postgres")
        {
            throw new TargetUnusableException("Several silos share one PostgreSQL: with --target orleans and --silos above 1 use --store postgres.");
        }

        var silos = new List<IHost>();
        IHost? client = null;
        try
        {
            int[] ports = FreePorts(options.Silos * 2);
            var primary = new IPEndPoint(IPAddress.Loopback, ports[0]);
            for (int i = 0; i < options.Silos; i++)
            {
                silos.Add(BuildSilo($"load-silo-{i + 1}", ports[2 * i], ports[(2 * i) + 1], primary, session, wakes));
                await silos[i].StartAsync(cancellationToken);
            }

            client = BuildClient([.. Enumerable.Range(0, options.Silos).Select(i => new IPEndPoint(IPAddress.Loopback, ports[(2 * i) + 1]))]);
            await client.StartAsync(cancellationToken);
            return new OrleansTarget(silos, client);
        }
        catch
        {
            await StopAsync(client is null ? silos : [client, .. silos]);
            throw;
        }
    }

    public override ValueTask DisposeAsync() => StopAsync([_client, .. _silos.Reverse()]);

    private static IHost BuildSilo(string name, int port, int gateway, IPEndPoint primary, StoreSession session, WakeLog wakes)
    {
        HostApplicationBuilder builder = New();
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering(port, gateway, primary, Cluster, Cluster)
            .AddKontinue(kontinue =>
            {
                session.Use(kontinue);
                ScenarioRegistry.AddTo(kontinue, wakes);
                kontinue.Configure(o => o.SiloName = name);
            }));
        return builder.Build();
    }

    private static IHost BuildClient(IPEndPoint[] gateways)
    {
        HostApplicationBuilder builder = New();
        builder.UseOrleansClient(client => client.UseStaticClustering(gateways).Configure<global::Orleans.Configuration.ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (Cluster, Cluster)));
        builder.Services.AddKontinueGrainClient();
        return builder.Build();
    }

    private static HostApplicationBuilder New()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());

        // Standard output is for the figures.
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
        return builder;
    }

    /// <summary>All are held until the last one is known, so that none comes twice.</summary>
    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners)
        {
            listener.Start();
        }

        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (TcpListener listener in listeners)
        {
            listener.Dispose();
        }

        return ports;
    }

    private static async ValueTask StopAsync(IEnumerable<IHost> hosts)
    {
        foreach (IHost host in hosts)
        {
            await host.StopAsync(CancellationToken.None);
            host.Dispose();
        }
    }
}
