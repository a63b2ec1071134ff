using Kontinue.Client;
using Kontinue.Engine.Hosting;
using Kontinue.Load.Scenarios;
using Kontinue.Load.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kontinue.Load.Targets;

/// <summary>The engine in this process.</summary>
internal sealed class EmbeddedTarget : Target
{
    private readonly IHost _host;

    private EmbeddedTarget(IHost host)
    {
        _host = host;
        Clients = [host.Services.GetRequiredService<IKontinueClient>()];
    }

    public override IReadOnlyList<IKontinueClient> Clients { get; }

    public override bool HasEngineHere => true;

    public IServiceProvider Services => _host.Services;

    public static async Task<EmbeddedTarget> OpenAsync(StoreSession session, WakeLog wakes, CancellationToken cancellationToken)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());

        // Standard output is for the figures.
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddKontinue(kontinue =>
        {
            session.Use(kontinue);
            ScenarioRegistry.AddTo(kontinue, wakes);
        });
        IHost host = builder.Build();
        try
        {
            await host.StartAsync(cancellationToken);
            return new EmbeddedTarget(host);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
    }
}
