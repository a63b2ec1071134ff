using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Kontinue.Engine.Hosting;

/// <summary>Adds Kontinue to an application.</summary>
public static class KontinueServiceCollectionExtensions
{
    /// <summary>
    /// Adds a host that runs executions in this process, and an <see cref="Client.IKontinueClient"/> to start them with. The host starts
    /// and stops with the application.
    /// </summary>
    public static IServiceCollection AddKontinue(this IServiceCollection services, Action<KontinueBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        var builder = new KontinueBuilder(services);
        services.AddOptions<KontinueOptions>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<KontinueOptions>, KontinueOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => builder.BuildRegistry(provider.GetRequiredService<IOptions<KontinueOptions>>().Value));
        configure(builder);
        return services;
    }
}
