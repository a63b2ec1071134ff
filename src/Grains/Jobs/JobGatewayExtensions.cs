using Kontinue.Engine.Hosting;
using Kontinue.Engine.Jobs;
using Kontinue.Grains.Placement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Kontinue.Grains.Jobs;

/// <summary>Adds the job gateway to a silo of Orleans.</summary>
public static class JobGatewayExtensions
{
    /// <summary>The name of the grain storage in which the gateway keeps its record; each silo with the gateway has it.</summary>
    public const string StorageName = "kontinue";

    /// <summary>The storage has states by this name and a number.</summary>
    internal const string StateName = "kontinue.jobs";

    private const string RunnerKey = "kontinue.runner";

    /// <summary>
    /// Has the cluster keep on record which silo runs which job. What runs jobs in this silo was set before, such as with <c>UseLocalJobs()</c>; each job is run by one silo, and the
    /// others know which. To be called within <c>AddKontinue</c> of an Orleans silo that has a grain storage <see cref="StorageName"/>, on all silos of the cluster that run jobs.
    /// </summary>
    /// <exception cref="InvalidOperationException">Nothing runs jobs: there is no runner yet.</exception>
    public static KontinueBuilder UseJobGatewayGrain(this KontinueBuilder builder, Action<JobGatewayOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        IServiceCollection services = builder.Services;
        ServiceDescriptor runner = services.LastOrDefault(static s => s.ServiceType == typeof(IJobGateway) && !s.IsKeyedService)
            ?? throw new InvalidOperationException(
                $"{nameof(UseJobGatewayGrain)} needs something that runs jobs: call UseLocalJobs() of Kontinue.Jobs, or UseJobs(...) with a runner of your own, before it.");
        services.AddKeyedSingleton(RunnerKey, (provider, _) => Make(runner, provider));
        services.AddOptions<JobGatewayOptions>().Configure(options => configure?.Invoke(options)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<JobGatewayOptions>, JobGatewayOptionsValidator>());
        services.AddSingleton(new CardEntry(SiloCatalog.JobsKey, ""));
        services.AddSingleton<JobSilos>();
        services.AddSingleton<JobRunnerClient>();
        services.AddSingleton(static provider => new Lazy<JobRunnerClient>(provider.GetRequiredService<JobRunnerClient>));
        services.AddSingleton(static provider =>
            ActivatorUtilities.CreateInstance<GrainJobGateway>(provider, provider.GetRequiredKeyedService<IJobGateway>(RunnerKey)));
        services.AddGrainService<JobRunnerService>();
        return builder.UseJobs(static provider => provider.GetRequiredService<GrainJobGateway>());
    }

    private static IJobGateway Make(ServiceDescriptor runner, IServiceProvider provider) => (IJobGateway)(
        runner.ImplementationInstance ?? runner.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, runner.ImplementationType!));
}
