using Kontinue.Chaos.Cluster;
using Kontinue.Client;
using Kontinue.Crash.Host;
using Kontinue.Grains.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orleans.Configuration;

namespace Kontinue.Silo.Chaos;

/// <summary>A client by grain calls, which finds the silos in the database.</summary>
internal sealed class ClusterCaller : ICaller
{
    /// <summary>Below the time in which the harness wants its answers, so that it hears what became of a call.</summary>
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(4);

    private readonly IHost _host;
    private readonly RequestLoop _requests;

    private ClusterCaller(string name, IHost host)
    {
        Name = name;
        _host = host;
        _requests = new RequestLoop(host.Services.GetRequiredService<IKontinueClient>(), TextReader.Null, TextWriter.Null);
    }

    public string Name { get; }

    public static async Task<ICaller> ConnectAsync(string name, string connection, CancellationToken cancellationToken)
    {
        string own = new NpgsqlConnectionStringBuilder(connection) { MaxPoolSize = 4, ApplicationName = name }.ConnectionString;
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.UseOrleansClient(client => client
            .UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = ("Npgsql", own))
            .Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (GrainSiloProgram.Cluster, GrainSiloProgram.Cluster)));
        builder.Services.AddKontinueGrainClient(o => o.RequestTimeout = RequestTimeout);
        IHost host = builder.Build();
        await host.StartAsync(cancellationToken);
        return new ClusterCaller(name, host);
    }

    public Task<HostResponse> SendAsync(HostRequest request) => _requests.AnswerAsync(request);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
