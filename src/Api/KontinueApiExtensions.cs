using Kontinue.Api.Access;
using Kontinue.Api.Discovery;
using Kontinue.Api.Endpoints;
using Kontinue.Api.Limits;
using Kontinue.Api.OpenApi;
using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Kontinue.Api.Watch;
using Kontinue.Client;
using Kontinue.Engine;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kontinue.Api;

/// <summary>Adds the HTTP API to an application.</summary>
public static class KontinueApiExtensions
{
    /// <summary>Adds what the API needs. An <see cref="IKontinueClient"/> must be there too: <c>AddKontinue</c> brings one.</summary>
    public static IServiceCollection AddKontinueApi(this IServiceCollection services, Action<KontinueApiOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddRouting();
        services.AddOptions<KontinueApiOptions>().ValidateOnStart();
        services.AddOptions<KontinueOptions>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<KontinueApiOptions>, KontinueApiOptionsValidator>());
        services.TryAddSingleton(s => new RequestLimits(s.GetRequiredService<IOptions<KontinueApiOptions>>().Value.Limits));
        services.TryAddSingleton(s => new TlsFiles(
            s.GetRequiredService<IOptions<KontinueApiOptions>>().Value.Tls, s.GetService<TimeProvider>() ?? TimeProvider.System,
            s.GetRequiredService<ILoggerFactory>().CreateLogger("Kontinue.Api.Access")));
        if (configure is not null)
        {
            services.Configure(configure);
        }

        return services;
    }

    /// <summary>Maps the API below <c>/apis</c>, and <c>/healthz</c>, <c>/livez</c> and <c>/readyz</c>.</summary>
    /// <exception cref="InvalidOperationException">
    /// <c>AddKontinueApi</c> or <c>AddKontinue</c> was not called, or a file that <see cref="KontinueApiOptions.Access"/> or
    /// <see cref="KontinueApiOptions.Tls"/> names cannot be used.
    /// </exception>
    public static IEndpointRouteBuilder MapKontinueApi(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        IServiceProvider services = endpoints.ServiceProvider;
        KontinueApiOptions options = services.GetRequiredService<IOptions<KontinueApiOptions>>().Value;
        IKontinueClient client = services.GetService<IKontinueClient>()
            ?? throw new InvalidOperationException("There is no IKontinueClient. Call services.AddKontinue(...) before MapKontinueApi().");

        var group = new ApiGroup(options.Group);
        var statuses = new StatusFactory(group, services.GetRequiredService<ILoggerFactory>().CreateLogger("Kontinue.Api"));
        var pipeline = new ApiPipeline(endpoints, RequestGuards.Create(services, options, group), statuses);
        int maxBytes = services.GetRequiredService<IOptions<KontinueOptions>>().Value.MaxPayloadBytes + options.BodyHeadroomBytes;
        var bodies = new BodyReader(maxBytes);
        var waits = new Waits(services.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None);

        MapResources(pipeline, client, group, statuses, bodies, maxBytes, waits, services.GetService<TimeProvider>() ?? TimeProvider.System);
        new DiscoveryEndpoints(group).Map(pipeline);
        new OpenApiEndpoints(group).Map(pipeline);
        new HealthEndpoints(services.GetService<IHostHealth>()).Map(pipeline);
        pipeline.MapUnknown("/apis/{**rest}");
        if (options.AnswerUnknownPaths)
        {
            pipeline.MapUnknown("/{**rest}");
        }

        return endpoints;
    }

    private static void MapResources(
        ApiPipeline pipeline, IKontinueClient client, ApiGroup group, StatusFactory statuses, BodyReader bodies, int maxBytes, Waits waits, TimeProvider time)
    {
        var resolver = new SelectorResolver(client);
        var encoder = new EventEncoder(group);
        var responder = new WatchResponder(statuses, waits, time);
        var creation = new CreateHandler(client, group, statuses, waits, bodies);
        new ExecutionEndpoints(client, group, waits, resolver, responder, new ExecutionWatch(client, encoder, resolver)).Map(
            pipeline,
            creation,
            new ChangeHandler(client, group, bodies, creation, maxBytes),
            new DeleteHandler(client, group, statuses, resolver, bodies));
        new ActionEndpoints(client, group, bodies).Map(pipeline);
        new ReadEndpoints(client, group, waits).Map(pipeline);
        new SuspensionEndpoints(client, group, bodies, responder, new SuspensionWatch(client, encoder)).Map(pipeline);
        new ArchiveEndpoints(client, group, bodies).Map(pipeline);
        new FunctionEndpoints(client, group, responder, encoder, time).Map(pipeline);
        new SiloEndpoints(client, group, responder, encoder, time).Map(pipeline);
    }
}
