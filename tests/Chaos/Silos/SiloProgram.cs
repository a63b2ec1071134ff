using Kontinue.Client;
using Kontinue.Crash.Host;
using Kontinue.Engine.Hosting;
using Kontinue.Storage.PostgreSql;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kontinue.Chaos.Silos;

/// <summary>A silo that takes its requests from standard input, and ends when that ends.</summary>
internal static class SiloProgram
{
    // Three silos and the harness together stay below what the server has, so that only the fault fills it.
    private const int MaxConnections = 12;
    private static readonly TimeSpan ShutdownGrace = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(SiloSettings settings)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        // Standard output belongs to the protocol.
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.Services.AddKontinue(kontinue =>
        {
            kontinue.UsePostgreSql(settings.Connection, store => store.MaxConnections = MaxConnections);
            new SiloFunctions(new BodyLog(settings)).AddTo(kontinue);
            kontinue.Configure(options =>
            {
                options.SiloName = settings.Name;
                options.Lease = settings.Lease;
                options.ShutdownGrace = ShutdownGrace;
                // Short, so that executions leave memory and come back during a run.
                options.SuspendedResidency = TimeSpan.FromMilliseconds(200);
                options.SweepInterval = TimeSpan.FromMilliseconds(200);
                options.RequestTimeout = TimeSpan.FromSeconds(3);
            });
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownGrace + TimeSpan.FromSeconds(10));

        using IHost host = builder.Build();
        try
        {
            await host.StartAsync();
        }
        catch (Exception failure)
        {
            await Console.Error.WriteLineAsync($"Cannot start: {failure.Message}");
            return 3;
        }

        var requests = new RequestLoop(host.Services.GetRequiredService<IKontinueClient>(), Console.In, Console.Out);
        _ = Task.Run(async () =>
        {
            await requests.RunAsync(CancellationToken.None);
            // Nobody is there any more.
            host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        });
        await host.WaitForShutdownAsync();
        return 0;
    }
}
