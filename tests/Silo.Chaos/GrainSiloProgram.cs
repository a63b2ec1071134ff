using Kontinue.Chaos.Silos;
using Kontinue.Client;
using Kontinue.Crash.Host;
using Kontinue.Grains.Membership;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kontinue.Silo.Chaos;

/// <summary>
/// The silo that operators run, with the functions of the harness. It takes its requests from standard input, as its API would, and ends when that ends.
/// </summary>
internal static class GrainSiloProgram
{
    /// <summary>The cluster and the service.</summary>
    public const string Cluster = "chaos";

    public static async Task<int> RunAsync(string[] args)
    {
        SiloSettings settings = SiloSettings.Parse(args[..5]);
        KontinueSiloBuilder builder = KontinueSilo.CreateBuilder([.. Arguments(settings, args[5..]).Select(setting => $"--Kontinue:{setting}")])
            .Configure(kontinue => new SiloFunctions(new BodyLog(settings)).AddTo(kontinue));
        // Standard output belongs to the protocol.
        builder.Logging.ClearProviders()
            .AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss.fff "))
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        await using WebApplication app = builder.Build();
        try
        {
            await app.StartAsync();
        }
        catch (Exception failure)
        {
            await Console.Error.WriteLineAsync($"Cannot start: {failure.GetBaseException().Message}");
            return 3;
        }

        var requests = new RequestLoop(app.Services.GetRequiredService<IKontinueClient>(), Console.In, Console.Out);
        _ = Task.Run(async () =>
        {
            await requests.RunAsync(CancellationToken.None);
            // Nobody is there any more.
            app.Lifetime.StopApplication();
        });
        await app.WaitForShutdownAsync();
        return app.Services.GetRequiredService<SelfEnd>().Reason is null ? 0 : 1;
    }

    private static string[] Arguments(SiloSettings settings, string[] ports) =>
    [
        $"Silo:ClusterId={Cluster}", $"Silo:ServiceId={Cluster}", $"Silo:ConnectionString={settings.Connection}",
        $"Silo:SiloPort={ports[0]}", $"Silo:GatewayPort={ports[1]}", $"Silo:ApiPort={ports[2]}", $"Silo:HealthPort={ports[3]}",
        "Silo:ListenAddress=127.0.0.1", "Silo:AdvertisedAddress=127.0.0.1",
        // Three silos and the harness together stay below what the server has, so that only the fault fills it.
        "PostgreSql:MaxConnections=12",
        $"Engine:SiloName={settings.Name}", $"Engine:Lease={settings.Lease}", "Engine:ShutdownGrace=00:00:05", "Engine:RequestTimeout=00:00:03",
        // Short, so that executions leave memory and come back during a run.
        "Engine:SuspendedResidency=00:00:00.2", "Engine:SweepInterval=00:00:00.2",
    ];
}
