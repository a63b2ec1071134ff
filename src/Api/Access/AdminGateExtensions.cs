using Kontinue.Api.Responses;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kontinue.Api.Access;

/// <summary>Guards pages beside the API that are for administrators, such as dashboards, by the API's own access mode.</summary>
public static class AdminGateExtensions
{
    private const string ProxyHelp = "the proxy decides about the API only, and this page is none of it";

    /// <summary>What proxies add to requests that they pass on.</summary>
    private static readonly string[] Forwarding =
        ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Client-Cert", "X-Real-IP", "X-Envoy-Attempt-Count"];

    /// <summary>
    /// Lets only those reach a path, and all below it, who may do everything by <see cref="KontinueApiOptions.Access"/>: everybody in
    /// <see cref="AccessMode.ReadWrite"/>, admins of all namespaces where callers say who they are. Where nobody says so and nobody may change
    /// anything, those whose connection comes from this machine, as <c>kubectl port-forward</c> makes it, and was not passed on by a proxy. Others get 401
    /// or 403. Where a proxy decides (<see cref="AccessAuthorization.Proxy"/>) nobody is let in: it has decided about the API and not about these pages.
    /// </summary>
    /// <exception cref="InvalidOperationException"><c>AddKontinueApi</c> was not called, or a file that the options name cannot be used.</exception>
    public static IApplicationBuilder UseKontinueAdminGate(this IApplicationBuilder app, PathString path)
    {
        ArgumentNullException.ThrowIfNull(app);
        IServiceProvider services = app.ApplicationServices;
        KontinueApiOptions options = services.GetRequiredService<IOptions<KontinueApiOptions>>().Value;
        var group = new ApiGroup(options.Group);
        RequestGuards guards = RequestGuards.Create(services, options, group);
        var statuses = new StatusFactory(group, services.GetRequiredService<ILoggerFactory>().CreateLogger("Kontinue.Api"));
        return app.Use(next => context => context.Request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase)
            ? PassAsync(context, guards, statuses, next)
            : next(context));
    }

    private static async Task PassAsync(HttpContext context, RequestGuards guards, StatusFactory statuses, RequestDelegate next)
    {
        // What cannot be told to be less is for admins.
        RequestAttributes request = RequestTarget.Unclassified.Describe(context.Request);
        long begun = guards.Audit.Begin();
        Caller? caller = null;
        try
        {
            guards.Origins.Check(context);
            caller = guards.Access.Authenticate(context, request);
            if (caller.IsAuthorizedByProxy)
            {
                guards.Access.Authorize(context, new Caller(caller.Name, caller.Groups, []), request, ProxyHelp);
            }

            if (!ReferenceEquals(caller, Caller.AnonymousReader) || !IsLocal(context))
            {
                guards.Access.Authorize(context, caller, request);
            }
        }
        catch (ApiException e)
        {
            await Answer.StatusAsync(context, statuses.From(e, context));
            guards.Audit.Record(context, request, caller, begun, context.Response.StatusCode);
            return;
        }

        await next(context);
    }

    /// <summary>What comes through a proxy on this machine, such as that of a mesh, has its address, and is somebody else's.</summary>
    private static bool IsLocal(HttpContext context) => !Array.Exists(Forwarding, context.Request.Headers.ContainsKey) && context.Connection.RemoteIpAddress is { } remote &&
        System.Net.IPAddress.IsLoopback(remote.IsIPv4MappedToIPv6 ? remote.MapToIPv4() : remote);
}
