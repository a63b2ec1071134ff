namespace Kontinue.Engine.Jobs;

/// <summary>What a gateway tells and asks the engine. All members may be called concurrently.</summary>
public interface IJobListener
{
    /// <summary>
    /// Stores how a job ended, as a message to its execution. It may be called twice for one job; the first end counts. What is longer than
    /// <see cref="JobResult"/> allows is cut.
    /// </summary>
    /// <returns>True: it is durable. False: the execution has ended or is gone, and nobody wants to know.</returns>
    /// <exception cref="UnavailableException">The store is away, or the host is stopping: call again later.</exception>
    Task<bool> EndedAsync(JobId id, ExecutionKey execution, Guid executionUid, JobResult result, CancellationToken cancellationToken);

    /// <summary>Says whether an execution may still need its jobs.</summary>
    /// <exception cref="UnavailableException">The store is away.</exception>
    Task<JobOwner> LookUpAsync(ExecutionKey execution, Guid executionUid, CancellationToken cancellationToken);

    /// <summary>Whether a silo of this name holds a valid lease: for gateways whose jobs live and die with a silo's machine.</summary>
    /// <exception cref="UnavailableException">The store is away.</exception>
    Task<bool> IsSiloAliveAsync(string silo, CancellationToken cancellationToken);
}

/// <summary>What has become of the execution that a job belongs to.</summary>
public enum JobOwner
{
    /// <summary>It has not ended.</summary>
    Active = 0,

    /// <summary>It has ended: its jobs are not waited for, but what is left of them may stay.</summary>
    Ended = 1,

    /// <summary>It was deleted or archived: nothing of its jobs is to stay.</summary>
    Gone = 2,
}
