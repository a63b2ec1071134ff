using System.Text.Json;
using Kontinue.Engine.Jobs;
using Microsoft.Extensions.Logging;

namespace Kontinue.Grains.Jobs;

/// <summary>Hands what other silos ask for to the runner of its silo.</summary>
internal sealed class JobRunnerService(GrainId id, Silo silo, ILoggerFactory loggers, GrainJobGateway gateway)
    : GrainService(id, silo, loggers), IJobRunnerService
{
    public Task StartAsync(byte[] request, Guid process) =>
        gateway.StartHereAsync(JsonSerializer.Deserialize<JobRequest>(request, KontinueJson.Options)!, process, CancellationToken.None);

    public Task StopAsync(Guid job, string reason) => gateway.StopHereAsync(new JobId(job), reason, CancellationToken.None);
}

/// <summary>The way to the runners of the other silos.</summary>
internal sealed class JobRunnerClient(IServiceProvider services) : Orleans.Runtime.Services.GrainServiceClient<IJobRunnerService>(services)
{
    public IJobRunnerService Of(SiloAddress silo) => GetGrainService(silo);
}
