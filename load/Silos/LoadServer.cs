using System.Runtime.InteropServices;
using Kontinue.Api;
using Kontinue.Engine.Hosting;
using Kontinue.Load.Scenarios;
using Kontinue.Load.Stores;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kontinue.Load.Silos;

/// <summary>A server with the functions of the load console. It prints where it listens, and stops when its input ends or on a signal.</summary>
internal static class LoadServer
{
    public static async Task RunAsync(LoadOptions options, string? name, Uri address, CancellationToken cancellationToken)
    {
        await using StoreSession session = await StoreSession.OpenAsync(options, cancellationToken);
        await using WebApplication app = Build(options, name, session, address);
        await app.StartAsync(cancellationToken);
        await Console.Out.WriteLineAsync(app.Urls.First());
        await Console.Out.FlushAsync(cancellationToken);
        await WaitForEndAsync(app.Lifetime, cancellationToken);
        await app.StopAsync(CancellationToken.None);
    }

    /// <param name="options">Only the lease is taken from it.</param>
    /// <param name="name">The silo's name; null: the engine's default.</param>
    /// <param name="session">Its store.</param>
    /// <param name="address">Where it listens.</param>
    public static WebApplication Build(LoadOptions options, string? name, StoreSession session, Uri address)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(address.ToString());
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddKontinue(kontinue =>
        {
            session.Use(kontinue);
            ScenarioRegistry.AddTo(kontinue, new WakeLog());
            kontinue.Configure(silo =>
            {
                silo.SiloName = name ?? silo.SiloName;
                silo.Lease = options.Lease ?? silo.Lease;
            });
        });
        builder.Services.AddKontinueApi();
        WebApplication app = builder.Build();
        app.MapKontinueApi();
        return app;
    }

    private static async Task WaitForEndAsync(IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            ended.TrySetResult();
        });
        await using CancellationTokenRegistration canceled = cancellationToken.Register(() => ended.TrySetResult());
        await using CancellationTokenRegistration stopping = lifetime.ApplicationStopping.Register(() => ended.TrySetResult());
        _ = Console.In.ReadToEndAsync(CancellationToken.None).ContinueWith(_ => ended.TrySetResult(), TaskScheduler.Default);
        await ended.Task;
    }
}
