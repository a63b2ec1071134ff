using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Kontinue.Client;

/// <summary>Adds the client to an application.</summary>
public static class KontinueClientServiceCollectionExtensions
{
    /// <summary>Adds an <see cref="IKontinueClient"/> for a server.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="server">The server's address, such as <c>http://127.0.0.1:8080</c>.</param>
    /// <param name="configure">Changes settings.</param>
    public static IServiceCollection AddKontinueClient(this IServiceCollection services, Uri server, Action<KontinueClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(server);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IKontinueClient>(provider =>
        {
            var options = new KontinueClientOptions();
            configure?.Invoke(options);
            return new KontinueHttpClient(KontinueHttp.Create(server), options, provider.GetRequiredService<TimeProvider>());
        });
        return services;
    }
}
