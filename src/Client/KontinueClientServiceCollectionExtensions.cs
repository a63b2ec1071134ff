using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Kontinue.Client;

/// <summary>Adds the client to an application.</summary>
/// <remarks>
/// A client is a singleton with connections of its own, which it keeps, renews and shares among all callers: nothing that a factory of
/// short-lived <see cref="HttpClient"/>s could add. Whoever needs one all the same passes its client to <see cref="KontinueHttpClient"/>.
/// </remarks>
public static class KontinueClientServiceCollectionExtensions
{
    /// <summary>Adds an <see cref="IKontinueClient"/> for a server.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="server">The server's address, such as <c>http://127.0.0.1:8080</c>.</param>
    /// <param name="configure">Changes settings. They are checked when the application starts.</param>
    public static IServiceCollection AddKontinueClient(this IServiceCollection services, Uri server, Action<KontinueClientOptions>? configure = null)
    {
        AddOptions(services, Options.DefaultName, server, configure);
        return services.AddSingleton<IKontinueClient>(provider => Create(provider, Options.DefaultName, server));
    }

    /// <summary>Adds one of several clients: the <see cref="IKontinueClient"/> with the service key <paramref name="name"/>.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="name">The service key, and the name of the client's options.</param>
    /// <param name="server">The server's address, such as <c>http://127.0.0.1:8080</c>.</param>
    /// <param name="configure">Changes settings. They are checked when the application starts.</param>
    public static IServiceCollection AddKontinueClient(
        this IServiceCollection services, string name, Uri server, Action<KontinueClientOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        AddOptions(services, name, server, configure);
        return services.AddKeyedSingleton<IKontinueClient>(name, (provider, _) => Create(provider, name, server));
    }

    private static void AddOptions(IServiceCollection services, string name, Uri server, Action<KontinueClientOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(server);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<KontinueClientOptions>, KontinueClientOptionsValidator>());
        OptionsBuilder<KontinueClientOptions> options = services.AddOptions<KontinueClientOptions>(name).ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }
    }

    private static KontinueHttpClient Create(IServiceProvider provider, string name, Uri server) => new(
        server, provider.GetRequiredService<IOptionsMonitor<KontinueClientOptions>>().Get(name), provider.GetRequiredService<TimeProvider>());
}
