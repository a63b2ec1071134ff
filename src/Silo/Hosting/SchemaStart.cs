using Kontinue.Silo.Schema;
using Kontinue.Silo.Settings;
using Microsoft.Extensions.Hosting;

namespace Kontinue.Silo.Hosting;

/// <summary>
/// Makes Orleans' tables before anything of Orleans starts, which reads its statements from them. A silo alone needs none, and must not find those of a cluster that lives.
/// </summary>
internal sealed class SchemaStart(SiloSettings settings) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var schema = new OrleansSchema(settings.ConnectionString, settings.Membership.StaleAfter);
        return settings.Silo.Clustering == SiloClustering.Localhost
            ? schema.CheckAloneAsync(cancellationToken)
            : schema.EnsureAsync(settings.Silo.ServiceId, settings.Silo.ClusterId, settings.Silo.CreateSchema, cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
