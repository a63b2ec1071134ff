using System.Globalization;
using System.Net;
using Kontinue.Client;
using Kontinue.Grains.Client;
using Kontinue.Load.Measurement;
using Kontinue.Load.Scenarios;
using Kontinue.Load.Silos;
using Kontinue.Load.Stores;
using Kontinue.Load.Targets;
using Kontinue.Testing.PostgreSql;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Kontinue.Load.Orleans;

/// <summary>Silos of Orleans, each a process of its own, and a client in this one that reaches them over TCP.</summary>
internal sealed class OrleansTarget : Target
{
    private readonly IReadOnlyList<SiloProcess> _silos;
    private readonly IHost _client;

    private OrleansTarget(IReadOnlyList<SiloProcess> silos, IHost client)
    {
        _silos = silos;
        _client = client;
        Clients = [client.Services.GetRequiredService<IKontinueClient>()];
    }

    public override IReadOnlyList<IKontinueClient> Clients { get; }

    public static async Task<Target> StartAsync(LoadOptions options, StoreSession session, WakeLog wakes, CancellationToken cancellationToken)
    {
        if (options.Silos > 1 && options.Store != "postgres")
        {
            throw new TargetUnusableException("Several silos share one PostgreSQL: with --target orleans and --silos above 1 use --store postgres.");
        }

        var silos = new List<SiloProcess>();
        IHost? client = null;
        try
        {
            int[] ports = FreePorts.Take(options.Silos * 2);
            for (int i = 0; i < options.Silos; i++)
            {
                // One after the other: the first is the one that knows the others.
                string name = string.Create(CultureInfo.InvariantCulture, $"load-silo-{i + 1}");
                var place = new SiloPlace(name, ports[2 * i], ports[(2 * i) + 1], ports[0]);
                silos.Add(await SiloProcess.StartAsync(name, typeof(OrleansTarget).Assembly.Location, OrleansSilo.Arguments(place, options, session), cancellationToken));
            }

            client = BuildClient([.. silos.Select(silo => new IPEndPoint(IPAddress.Loopback, silo.Address.Port))]);
            await client.StartAsync(cancellationToken);
            return new OrleansTarget(silos, client);
        }
        catch
        {
            await StopAsync(client, silos);
            throw;
        }
    }

    public override async Task<IReadOnlyList<ProcessReading>> ReadSilosAsync(bool afterCollection = false) =>
        await Task.WhenAll(_silos.Select(silo => silo.ReadAsync(afterCollection)));

    public override ValueTask DisposeAsync() => StopAsync(_client, _silos);

    private static IHost BuildClient(IPEndPoint[] gateways)
    {
        HostApplicationBuilder builder = OrleansSilo.NewHost();
        builder.UseOrleansClient(client => client.UseStaticClustering(gateways).Configure<global::Orleans.Configuration.ClusterOptions>(
            o => (o.ClusterId, o.ServiceId) = (OrleansSilo.Cluster, OrleansSilo.Cluster)));
        builder.Services.AddKontinueGrainClient();
        return builder.Build();
    }

    private static async ValueTask StopAsync(IHost? client, IReadOnlyList<SiloProcess> silos)
    {
        if (client is not null)
        {
            await client.StopAsync(CancellationToken.None);
            client.Dispose();
        }

        // All at once, but not the first, which the others know each other by.
        await Task.WhenAll(silos.Skip(1).Select(silo => silo.DisposeAsync().AsTask()));
        foreach (SiloProcess first in silos.Take(1))
        {
            await first.DisposeAsync();
        }
    }
}
