using Kontinue.Client;
using Kontinue.Grains.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace Kontinue.Silo.Tests.Support;

/// <summary>The client over grain calls, of this version, in this process.</summary>
internal sealed class GrainCaller : IAsyncDisposable
{
    private readonly IHost _host;

    private GrainCaller(IHost host) => _host = host;

    /// <summary>The cluster itself.</summary>
    public IClusterClient Cluster => _host.Services.GetRequiredService<IClusterClient>();

    public IKontinueClient Client => _host.Services.GetRequiredService<IKontinueClient>();

    public static Task<GrainCaller> StartAsync(string connectionString, Action<ClusterOptions>? cluster = null, Action<GrainClientOptions>? client = null) =>
        StartAsync(orleans => orleans.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = ("Npgsql", connectionString)), cluster, client);

    public static async Task<GrainCaller> StartAsync(Action<IClientBuilder> find, Action<ClusterOptions>? cluster = null, Action<GrainClientOptions>? client = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleansClient(orleans =>
        {
            find(orleans);
            orleans.Configure<ClusterOptions>(o =>
            {
                (o.ClusterId, o.ServiceId) = ("kontinue", "kontinue");
                cluster?.Invoke(o);
            });
        });
        builder.Services.AddKontinueGrainClient(client);
        IHost host = builder.Build();
        try
        {
            await host.StartAsync();
            return new GrainCaller(host);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
