using Orleans.Services;

namespace Kontinue.Grains.Jobs;

/// <summary>The runner of a silo, for the other silos; there is one in each silo that runs jobs.</summary>
[Alias("kontinue.runner")]
internal interface IJobRunnerService : IGrainService
{
    /// <summary>Has a job run that this silo has by the gateway's record, or reported again if it has ended.</summary>
    /// <param name="request">The request, as JSON.</param>
    /// <param name="process">The process of this silo's name that it was given to.</param>
    [Alias("start")]
    Task StartAsync([Immutable] byte[] request, Guid process);

    /// <summary>Ends a job, if it is here and runs.</summary>
    [Alias("stop")]
    Task StopAsync(Guid job, string reason);
}
