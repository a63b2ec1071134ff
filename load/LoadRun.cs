using Kontinue.Client;
using Kontinue.Engine.Hosting;
using Kontinue.Load.Measurement;
using Kontinue.Load.Scenarios;
using Kontinue.Load.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kontinue.Load;

/// <summary>One run: the store, the machine's own rate on it, a host, a scenario.</summary>
internal static class LoadRun
{
    private static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(1.5);

    public static async Task<Report> RunAsync(LoadOptions options, CancellationToken cancellationToken)
    {
        await using StoreSession session = await StoreSession.OpenAsync(options, cancellationToken);
        await using MachineProbe? probe = await session.OpenProbeAsync();
        MachineRates? machine = probe is null ? null : await MeasureAsync(probe, cancellationToken);

        var wakes = new WakeLog();
        using IHost host = BuildHost(session, wakes);
        await host.StartAsync(cancellationToken);
        try
        {
            var context = new ScenarioContext(options, host.Services.GetRequiredService<IKontinueClient>(), probe, wakes, session.ServerProcessId);
            ScenarioResult result = await RunAsync(context, cancellationToken);
            return Report.From(options, result, machine, cancellationToken.IsCancellationRequested);
        }
        finally
        {
            await host.StopAsync(CancellationToken.None);
        }
    }

    private static async Task<MachineRates> MeasureAsync(MachineProbe probe, CancellationToken cancellationToken)
    {
        double single = await MachineProbe.RateAsync(probe.CommitSingleAsync, ProbeTime, cancellationToken);
        double batches = await MachineProbe.RateAsync(probe.CommitBatchAsync, ProbeTime, cancellationToken);
        return new MachineRates(single, batches * MachineProbe.BatchRows);
    }

    private static IHost BuildHost(StoreSession session, WakeLog wakes)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        // Standard output is for the figures.
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddKontinue(kontinue =>
        {
            session.Use(kontinue);
            LoadFunctions.AddTo(kontinue, wakes);
        });
        return builder.Build();
    }

    private static Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken) => context.Options.Scenario switch
    {
        "noop" => ClosedLoop.RunAsync(context, LoadFunctions.Noop, cancellationToken),
        "steps3" => ClosedLoop.RunAsync(context, LoadFunctions.Steps3, cancellationToken),
        "children5" => ClosedLoop.RunAsync(context, LoadFunctions.Children5, cancellationToken),
        "sleep" => SleepScenario.RunAsync(context, cancellationToken),
        "long" => LongScenario.RunAsync(context, cancellationToken),
        "suspended" => SuspendedScenario.RunAsync(context, cancellationToken),
        string other => throw new ArgumentException($"There is no scenario '{other}'."),
    };
}
