using Kontinue.Client;
using Kontinue.Engine.Clustering;
using Kontinue.Engine.Commit;
using Kontinue.Engine.Feed;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Requests;
using Kontinue.Engine.Signals;
using Kontinue.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kontinue.Engine.Hosting;

/// <summary>Adds Kontinue to an application.</summary>
public static class KontinueServiceCollectionExtensions
{
    /// <summary>
    /// Adds a host that runs executions in this process, and an <see cref="IKontinueClient"/> to start them with. The host starts
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
        services.AddSingleton(provider => new StoreClock(provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<ISignalBus, NullSignalBus>();
        services.AddSingleton(provider => builder.BuildRegistry(provider.GetRequiredService<IOptions<KontinueOptions>>().Value));
        services.AddSingleton(provider => new RequestGate(provider.GetRequiredService<IOptions<KontinueOptions>>().Value));
        services.AddSingleton(provider => new RequestValidator(
            provider.GetRequiredService<FunctionRegistry>(), provider.GetRequiredService<IOptions<KontinueOptions>>().Value));
        services.AddSingleton<StoreHealth>();
        services.AddSingleton<IHostHealth>(provider => provider.GetRequiredService<StoreHealth>());
        services.AddSingleton<ResultWaiters>();
        services.AddSingleton(provider => new GroupCommitter(
            RequireStore(provider), provider.GetRequiredService<IOptions<KontinueOptions>>().Value, provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<StoreHealth>(), provider.GetRequiredService<ILogger<GroupCommitter>>()));
        services.AddSingleton(CreateFeed);
        services.AddSingleton(provider => new FunctionCatalog(
            provider.GetRequiredService<FunctionRegistry>(), provider.GetRequiredService<IOptions<KontinueOptions>>().Value,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new KnownFunctions(
            RequireStore(provider), provider.GetRequiredService<FunctionRegistry>(), provider.GetRequiredService<FunctionCatalog>(),
            provider.GetRequiredService<IOptions<KontinueOptions>>().Value, provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<KnownFunctions>>()));
        services.AddSingleton<EmbeddedHost>();
        services.AddSingleton<ILocalSilo>(provider => provider.GetRequiredService<EmbeddedHost>());
        services.AddSingleton<IKontinueClient, InProcessClient>();
        configure(builder);
        if (builder.StartWithApplication)
        {
            services.AddHostedService(provider => provider.GetRequiredService<EmbeddedHost>());
        }

        return services;
    }

    private static ChangeFeed CreateFeed(IServiceProvider provider)
    {
        var feed = new ChangeFeed(
            RequireStore(provider), provider.GetRequiredService<IOptions<KontinueOptions>>().Value, provider.GetRequiredService<StoreClock>(),
            provider.GetRequiredService<ILogger<ChangeFeed>>());
        provider.GetRequiredService<GroupCommitter>().Committed = feed.Signal;

        // Before the servers stop, which wait for the connections that watches keep open.
        provider.GetService<IHostApplicationLifetime>()?.ApplicationStopping.Register(feed.Stop);
        return feed;
    }

    private static IExecutionStore RequireStore(IServiceProvider provider) =>
        provider.GetService<IExecutionStore>() ?? throw new InvalidOperationException(
            "Kontinue has no store. Call UseSqlite(\"kontinue.db\") or UsePostgreSql(connectionString) within AddKontinue.");
}
