namespace Kontinue.Engine.Jobs;

/// <summary>Runs jobs outside of the process: as local processes, in a Kubernetes cluster, or by handing them to another gateway.</summary>
/// <remarks>
/// <para>Contract, held by one conformance suite:</para>
/// <list type="number">
/// <item><b>One id, one job.</b> <see cref="StartAsync"/> may be called again and again with the same <see cref="JobRequest.Id"/>, by this process, by the
/// same silo after a restart and by other silos, also at the same time and also after the job has ended. Never is a second job begun for it. The first
/// spec counts.</item>
/// <item><b>It begins after it is on record.</b> When <see cref="StartAsync"/> returns, the gateway knows the job durably and will run it, also when this process
/// dies then. When it throws, the job was not begun; the engine calls again, after a while, unless the exception is a
/// <see cref="KontinueException"/> that is not retryable: then the job is rejected for good.</item>
/// <item><b>Each end is reported</b> to <see cref="IJobListener.EndedAsync"/>, again and again until the listener takes it, also after a restart. Who calls
/// <see cref="StartAsync"/> for a job that has ended has its end reported once more.</item>
/// <item><b>An id is remembered</b> until its end was taken and then for its <see cref="WorkSpec.Ttl"/>, or as long as the gateway says in its settings:
/// at least a minute, so that a call that was under way does not begin it anew.</item>
/// <item><b>What is lost is said to be lost.</b> When nobody can tell any more how a job ended, or whether it still runs, because what ran it is gone, it is reported as
/// <see cref="JobOutcome.Lost"/>; it is not begun again. Whether to try again is for the function's retry to say, under another id.</item>
/// <item><b>Nothing outlives its execution.</b> From time to time the gateway asks <see cref="IJobListener.LookUpAsync"/> about the executions of its jobs. It
/// stops jobs whose execution has ended, whose stop may have been lost with a silo, and stops and removes those whose execution is gone.</item>
/// </list>
/// <para>All members may be called concurrently. Requests and results are plain values that can be sent to another process.</para>
/// </remarks>
public interface IJobGateway
{
    /// <summary>Begins to report to <paramref name="listener"/>, what ended while nobody listened first. Called once, before all else.</summary>
    /// <exception cref="InvalidOperationException">It cannot work here; the message says why. The host does not start then.</exception>
    Task AttachAsync(IJobListener listener, CancellationToken cancellationToken);

    /// <summary>Ceases to report, and to begin jobs. Those that run go on. Called once, before the host has stopped.</summary>
    Task DetachAsync(CancellationToken cancellationToken);

    /// <summary>Sees to it that a job runs: see the contract. Returns when it is on record, not when it runs; jobs may wait for room.</summary>
    /// <exception cref="UnavailableException">Not now: try again.</exception>
    Task StartAsync(JobRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Ends a job, which may take a while; its end is reported as <see cref="JobOutcome.Stopped"/>, or as what it was if it ended by itself before. One that is
    /// not known or has ended does not matter. The engine does not call it while a <see cref="StartAsync"/> of the same process is under way for that id.
    /// </summary>
    /// <param name="id">The job.</param>
    /// <param name="reason">Why, for people.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task StopAsync(JobId id, string reason, CancellationToken cancellationToken);
}
