using Kontinue.Client;
using Kontinue.Grains.Client.Calling;
using Kontinue.Grains.Client.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Kontinue.Grains.Client;

/// <summary>Adds the client of a cluster of Kontinue silos to an application.</summary>
public static class GrainClientServiceCollectionExtensions
{
    /// <summary>How often the list of silos is read: Orleans' minute is too long for the silo of a call to be dead.</summary>
    private static readonly TimeSpan GatewayRefresh = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Adds an <see cref="IKontinueClient"/> that calls the grains of a cluster, over the <see cref="IClusterClient"/> that is added by
    /// <c>UseOrleansClient(...)</c>, before or after. Clustering, cluster id and service id are set up there, the same way as at the silos.
    /// A silo needs no such client, for it has one of its own.
    /// </summary>
    /// <param name="services">Where to.</param>
    /// <param name="configure">Changes settings. They are checked when the application starts.</param>
    public static IServiceCollection AddKontinueGrainClient(this IServiceCollection services, Action<GrainClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<GrainClientOptions>, GrainClientOptionsValidator>());
        OptionsBuilder<GrainClientOptions> options = services.AddOptions<GrainClientOptions>().ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        if (services.Any(service => service.ServiceType == typeof(GatewayWatch)))
        {
            return services;
        }

        services.AddKontinueSerialization();
        services.AddSingleton<GatewayWatch>();
        services.AddSingleton<IClusterConnectionStatusObserver>(static provider => provider.GetRequiredService<GatewayWatch>());
        services.AddStartPatience();
        services.AddSingleton<ILifecycleParticipant<IClusterClientLifecycle>, GatewayFollower>();
        services.Configure<GatewayOptions>(static gateways => gateways.GatewayListRefreshPeriod = GatewayRefresh);
        return services.AddSingleton<IKontinueClient>(static provider => new GrainKontinueClient(
            provider.GetRequiredService<IClusterClient>(), provider.GetRequiredService<GatewayWatch>(),
            provider.GetRequiredService<IOptions<GrainClientOptions>>(), provider.GetRequiredService<IOptions<ClusterOptions>>(),
            provider.GetRequiredService<TimeProvider>(), isSilo: provider.GetService<ILocalSiloDetails>() is not null));
    }

    /// <summary>In the place of Orleans' default, before or after that is added, and not of what the application has set.</summary>
    private static void AddStartPatience(this IServiceCollection services)
    {
        ServiceDescriptor? set = services.LastOrDefault(static service => service.ServiceType == typeof(IClientConnectionRetryFilter));
        if (set is null || set.ImplementationType?.Assembly == typeof(IClientConnectionRetryFilter).Assembly)
        {
            services.AddSingleton<IClientConnectionRetryFilter, StartPatience>();
        }
    }
}
