using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using Kontinue.Client;
using Kontinue.Grains.Hosting;
using Kontinue.Load.Scenarios;
using Kontinue.Load.Silos;
using Kontinue.Load.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kontinue.Load.Orleans;

/// <summary>Where a silo listens.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Port">For the other silos.</param>
/// <param name="Gateway">For clients.</param>
/// <param name="Primary">The port of the first silo, which knows the others.</param>
internal sealed record SiloPlace(string Name, int Port, int Gateway, int Primary);

/// <summary>A silo with the functions of the load console, as a process that the console has started. It stops when its input ends.</summary>
internal static class OrleansSilo
{
    /// <summary>The first argument of a process that is a silo; not for people.</summary>
    public const string Command = "orleans-silo";

    public const string Cluster = "kontinue-load";

    /// <summary>The command line that makes a process this silo: what <see cref="RunAsync"/> reads.</summary>
    public static string[] Arguments(SiloPlace place, LoadOptions options, StoreSession session) =>
    [
        Command, place.Name, Text(place.Port), Text(place.Gateway), Text(place.Primary), options.Store,
        .. session.Connection is { } connection ? new[] { connection } : [],
    ];

    public static async Task<int> RunAsync(string[] arguments)
    {
        // Ctrl-C reaches all processes of a terminal; it is the console's to end the run, and then its silos.
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        var place = new SiloPlace(arguments[1], Number(arguments[2]), Number(arguments[3]), Number(arguments[4]));
        var options = new LoadOptions
        {
            Target = "orleans", Store = arguments[5], Connection = arguments.Length > 6 ? arguments[6] : null, Scenario = "noop", Concurrency = 1, Count = 0,
            Duration = TimeSpan.Zero, Warmup = TimeSpan.Zero,
        };
        await using StoreSession session = await StoreSession.OpenAsync(options, CancellationToken.None);
        using IHost host = Build(place, session);
        await host.StartAsync();
        await SiloServer.RunAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"tcp://127.0.0.1:{place.Gateway}")), host.Services.GetRequiredService<IKontinueClient>());
        await host.StopAsync();
        return 0;
    }

    public static HostApplicationBuilder NewHost()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());

        // Standard output is for the figures.
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
        return builder;
    }

    private static IHost Build(SiloPlace place, StoreSession session)
    {
        HostApplicationBuilder builder = NewHost();
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering(place.Port, place.Gateway, new IPEndPoint(IPAddress.Loopback, place.Primary), Cluster, Cluster)
            .AddKontinue(kontinue =>
            {
                session.Use(kontinue);
                ScenarioRegistry.AddTo(kontinue, new WakeLog());
                kontinue.Configure(o => o.SiloName = place.Name);
            }));
        return builder.Build();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
