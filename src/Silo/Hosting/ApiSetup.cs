using System.Net;
using Kontinue.Api.Access;
using Kontinue.Silo.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Kontinue.Silo.Hosting;

/// <summary>The silo's HTTP side: where it listens, and what is served where.</summary>
internal static class ApiSetup
{
    /// <summary>Where the dashboard is.</summary>
    public const string DashboardPath = "/dashboard";

    public static void Listen(KestrelServerOptions kestrel, KontinueSiloOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.UseKontinueLimits();
        if (options.ApiPort != 0)
        {
            Listen(kestrel, options, options.ApiPort, static _ => { });
        }

        if (options.TlsPort != 0)
        {
            Listen(kestrel, options, options.TlsPort, static listen => listen.UseKontinueTls());
        }

        Listen(kestrel, options, options.HealthPort, static _ => { });
    }

    /// <summary>Keeps all but probes away from the port for probes, which is http whatever the API is.</summary>
    public static void UseHealthPort(WebApplication app, int port) => app.Use(next => context =>
    {
        if (context.Connection.LocalPort == port && context.Request.Path.Value is not ("/healthz" or "/livez" or "/readyz"))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        return next(context);
    });

    private static void Listen(KestrelServerOptions kestrel, KontinueSiloOptions options, int port, Action<ListenOptions> configure)
    {
        if (options.ListenAddress is "*")
        {
            kestrel.ListenAnyIP(port, configure);
        }
        else
        {
            kestrel.Listen(IPAddress.Parse(options.ListenAddress), port, configure);
        }
    }
}
