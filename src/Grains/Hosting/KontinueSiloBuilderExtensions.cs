using Kontinue.Engine;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Hosting;
using Kontinue.Grains.Client.Serialization;
using Kontinue.Grains.Executions;
using Kontinue.Grains.Placement;
using Kontinue.Grains.Signals;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace Kontinue.Grains.Hosting;

/// <summary>Adds Kontinue to an Orleans silo.</summary>
public static class KontinueSiloBuilderExtensions
{
    /// <summary>
    /// Makes executions grains of this cluster: they are placed, moved and recovered by Orleans. All silos of the cluster must have the
    /// same store, one that several processes may share.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="configure">The store, the functions, the settings.</param>
    public static ISiloBuilder AddKontinue(this ISiloBuilder silo, Action<KontinueBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(silo);
        ArgumentNullException.ThrowIfNull(configure);
        IServiceCollection services = silo.Services;
        services.AddKontinue(kontinue =>
        {
            kontinue.StartWithApplication = false;
            configure(kontinue);
            kontinue.UseSignals(static provider => provider.GetRequiredService<GrainSignalBus>());
            kontinue.UseAssigner(static provider => provider.GetRequiredService<GrainAssigner>());
        });
        services.AddKontinueSerialization();
        services.AddSingleton<Activations>();
        services.AddSingleton<SiloCatalog>();
        services.AddSingleton<GrainAssigner>();
        services.AddSingleton<SignalServiceClient>();
        services.AddSingleton(static provider => new GrainSignalBus(
            provider.GetRequiredService<IGrainFactory>(), new(provider.GetRequiredService<SignalServiceClient>),
            new(provider.GetRequiredService<IClusterMembershipService>), provider.GetRequiredService<ILocalSiloDetails>(),
            provider.GetRequiredService<SiloCatalog>(), provider.GetRequiredService<Activations>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<GrainSignalBus>>()));
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SiloLifetime>();
        services.AddPlacementDirector<ExecutionPlacement, ExecutionPlacementDirector>();
        services.AddPlacementFilter<GroupFilter, GroupFilterDirector>(ServiceLifetime.Singleton);
        silo.AddGrainService<SignalService>();
        return silo.UseCards();
    }

    /// <summary>Says to the other silos what this one is and has, as its metadata.</summary>
    private static ISiloBuilder UseCards(this ISiloBuilder silo)
    {
        // Filled when it is asked for: Orleans takes it over in an action that is added after this one.
        var card = new Dictionary<string, string>(StringComparer.Ordinal);
        silo.Services.AddOptions<SiloMetadata>().Configure<ILocalSilo, FunctionRegistry, IOptions<KontinueOptions>>((_, self, functions, options) =>
        {
            card[SiloCatalog.IdKey] = self.Id.ToString();
            card[SiloCatalog.GroupKey] = options.Value.WorkerGroup;
            card[SiloCatalog.FunctionsKey] = string.Join(SiloCatalog.Separator, functions.Names);
        });
        return silo.UseSiloMetadata(card);
    }
}
