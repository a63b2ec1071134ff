using System.Runtime.InteropServices;
using Kontinue.Api;
using Kontinue.Engine.Hosting;
using Kontinue.Load.Stores;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kontinue.Load.Targets;

/// <summary>A server with the functions of the load console. It prints where it listens, and stops when its input ends or on a signal.</summary>
internal static class LoadServer
{
    public static async Task RunAsync(LoadOptions options, Uri address, CancellationToken cancellationToken)
    {
        await using StoreSession session = await StoreSession.OpenAsync(options, cancellationToken);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(address.ToString());
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddKontinue(kontinue =>
        {
            session.Use(kontinue);
            LoadFunctions.AddTo(kontinue, new WakeLog());
        });
        builder.Services.AddKontinueApi();
        await using WebApplication app = builder.Build();
        app.MapKontinueApi();
        await app.StartAsync(cancellationToken);
        await Console.Out.WriteLineAsync(app.Urls.First());
        await Console.Out.FlushAsync(cancellationToken);
        await WaitForEndAsync(app.Lifetime, cancellationToken);
        await app.StopAsync(CancellationToken.None);
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
