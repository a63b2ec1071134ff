using Kontinue.Client;
using Kontinue.Grains.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace Kontinue.Silo.Tests.Support;

/// <summary>A client by grain calls, set up as an application would: it finds the silos in the database.</summary>
internal sealed class GrainCaller : IAsyncDisposable
{
    private readonly IHost _host;

    private GrainCaller(IHost host) => _host = host;

    public IKontinueClient Client => _host.Services.GetRequiredService<IKontinueClient>();

    /// <summary>Connects to silos that run.</summary>
    public static async Task<GrainCaller> ConnectAsync(string connectionString)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.UseOrleansClient(client => client
            .UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = ("Npgsql", connectionString))
            .Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = ("kontinue", "kontinue")));
        builder.Services.AddKontinueGrainClient();
        IHost host = builder.Build();
        await host.StartAsync();
        return new GrainCaller(host);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
