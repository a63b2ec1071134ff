using Kontinue.Engine.Hosting;
using Kontinue.Grains.Client.Serialization;
using Kontinue.Grains.Executions;
using Kontinue.Grains.Jobs;
using Kontinue.Grains.Membership;
using Kontinue.Grains.Placement;
using Kontinue.Grains.Signals;
using Kontinue.Grains.Sleeping;
using Kontinue.Grains.Sweeping;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
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
    /// <param name="grains">Settings of the Orleans host.</param>
    public static ISiloBuilder AddKontinue(this ISiloBuilder silo, Action<KontinueBuilder> configure, Action<GrainOptions>? grains = null)
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
        services.AddOptions<GrainOptions>().Configure(options => grains?.Invoke(options)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<GrainOptions>, GrainOptionsValidator>());
        services.AddSingleton<Activations>();
        services.AddSingleton<Draining>();
        services.AddSingleton<SelfEnd>();
        services.AddSingleton<SiloSelf>();
        services.AddSingleton<SiloCatalog>();
        services.AddSingleton<SiloChoice>();
        services.AddSingleton<SleepReminders>();
        services.AddSingleton<GrainAssigner>();
        services.AddSingleton<SignalServiceClient>();
        services.AddSingleton<GrainSignalBus>();
        services.AddSingleton<MembershipFollower>();
        services.AddSingleton<SweepKeeper>();
        services.AddLater<ILocalSilo>();
        services.AddLater<SignalServiceClient>();
        services.AddLater<IClusterMembershipService>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SiloLifetime>();
        services.AddPlacementDirector<ExecutionPlacement, ExecutionPlacementDirector>();
        services.AddPlacementDirector<DoorPlacement, DoorPlacementDirector>();
        services.AddPlacementFilter<GroupFilter, GroupFilterDirector>(ServiceLifetime.Singleton);
        services.AddPlacementFilter<JobSiloFilter, JobSiloFilterDirector>(ServiceLifetime.Singleton);
        silo.AddGrainService<SignalService>();
        return silo.UseCards();
    }

    /// <summary>Says to the other silos what this one is and has, as its metadata.</summary>
    private static ISiloBuilder UseCards(this ISiloBuilder silo)
    {
        // Filled when it is asked for: Orleans takes it over in an action that is added after this one.
        var card = new Dictionary<string, string>(StringComparer.Ordinal);
        silo.Services.AddOptions<SiloMetadata>().Configure<SiloSelf>((_, self) =>
        {
            foreach ((string key, string value) in self.Describe())
            {
                card[key] = value;
            }
        });
        return silo.UseSiloMetadata(card);
    }

    /// <summary>The parts know each other in a circle: some get others when they first need them.</summary>
    private static void AddLater<T>(this IServiceCollection services)
        where T : notnull => services.AddSingleton(static provider => new Lazy<T>(provider.GetRequiredService<T>));
}
