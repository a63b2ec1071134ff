using System.Net;
using Kontinue.Grains.Jobs;
using Kontinue.Silo.Settings;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans.Configuration;
using Orleans.Dashboard;

namespace Kontinue.Silo.Hosting;

/// <summary>Sets Orleans up as the settings say.</summary>
internal static class OrleansSetup
{
    private const string Invariant = "Npgsql";

    /// <summary>Connections of a silo for membership, reminders and grain state together.</summary>
    private const int MaxConnections = 10;

    public static void Apply(ISiloBuilder silo, SiloSettings settings, string siloName)
    {
        KontinueSiloOptions options = settings.Silo;
        if (options.Clustering == SiloClustering.Localhost)
        {
            silo.UseLocalhostClustering(options.SiloPort, options.GatewayPort, primarySiloEndpoint: null, options.ServiceId, options.ClusterId);
            if (settings.Grains.Reminders)
            {
                silo.UseInMemoryReminderService();
            }

            // One silo alone: what it runs is found in its own folder after a restart.
            silo.AddMemoryGrainStorage(JobGatewayExtensions.StorageName);
        }
        else
        {
            UseDatabase(silo, settings);
        }

        silo.Services.AddHostedService(_ => new SchemaStart(settings));

        // After Kubernetes' own, which take names and ids from elsewhere.
        silo.Configure<SiloOptions>(o => o.SiloName = siloName);
        silo.Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (options.ClusterId, options.ServiceId));
        silo.Configure<ClusterMembershipOptions>(settings.Membership.Apply);

        // A silo of the next version must be able to answer those of this one, and calls go to either: so a rolling upgrade has no order.
        silo.Configure<GrainVersioningOptions>(o =>
        {
            o.DefaultCompatibilityStrategy = nameof(Orleans.Versions.Compatibility.BackwardCompatible);
            o.DefaultVersionSelectorStrategy = nameof(Orleans.Versions.Selector.AllCompatibleVersions);
        });
        if (options.OtlpEndpoint is not null)
        {
            // Without it there are no activities of grain calls, and a call from elsewhere does not go on with the trace of its caller.
            silo.AddActivityPropagation();
        }

        if (options.Dashboard)
        {
            silo.AddDashboard();
        }
    }

    private static void UseDatabase(ISiloBuilder silo, SiloSettings settings)
    {
        KontinueSiloOptions options = settings.Silo;
        string connection = new NpgsqlConnectionStringBuilder(settings.ConnectionString)
        {
            MaxPoolSize = MaxConnections, ApplicationName = $"kontinue-orleans-{options.ClusterId}", Timeout = 5, CommandTimeout = 10,
        }.ConnectionString;
        silo.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = (Invariant, connection));
        if (settings.Grains.Reminders)
        {
            silo.UseAdoNetReminderService(o => (o.Invariant, o.ConnectionString) = (Invariant, connection));
        }

        silo.AddAdoNetGrainStorage(JobGatewayExtensions.StorageName, (AdoNetGrainStorageOptions o) => (o.Invariant, o.ConnectionString) = (Invariant, connection));
        if (options.Clustering == SiloClustering.Kubernetes)
        {
            silo.UseKubernetesHosting();
        }

        silo.Configure<EndpointOptions>(o =>
        {
            o.SiloPort = options.SiloPort;
            o.GatewayPort = options.GatewayPort;
            IPAddress all = IPAddress.Any;
            if (options.AdvertisedAddress is { } address)
            {
                o.AdvertisedIPAddress = IPAddress.Parse(address);
                all = o.AdvertisedIPAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;
            }

            // On all addresses, unless only this machine is to reach it.
            IPAddress listen = o.AdvertisedIPAddress is { } own && IPAddress.IsLoopback(own) ? own : all;
            o.SiloListeningEndpoint = new IPEndPoint(listen, options.SiloPort);
            o.GatewayListeningEndpoint = options.GatewayPort == 0 ? null : new IPEndPoint(listen, options.GatewayPort);
        });
    }
}
