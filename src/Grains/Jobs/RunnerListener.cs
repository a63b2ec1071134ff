using Kontinue.Engine.Jobs;

namespace Kontinue.Grains.Jobs;

/// <summary>
/// Hears what a silo's runner reports: an end becomes a message in the store, by the engine of this silo whichever silo has the execution, and then is noted with the
/// gateway. If that fails, the runner reports again.
/// </summary>
internal sealed class RunnerListener(IJobListener engine, GrainJobGateway gateway) : IJobListener
{
    public async Task<bool> EndedAsync(JobId id, ExecutionKey execution, Guid executionUid, JobResult result, CancellationToken cancellationToken)
    {
        bool isWanted = await engine.EndedAsync(id, execution, executionUid, result, cancellationToken).ConfigureAwait(false);
        await gateway.NoteEndAsync(id, cancellationToken).ConfigureAwait(false);
        return isWanted;
    }

    public Task<JobOwner> LookUpAsync(ExecutionKey execution, Guid executionUid, CancellationToken cancellationToken) =>
        engine.LookUpAsync(execution, executionUid, cancellationToken);

    public Task<bool> IsSiloAliveAsync(string silo, CancellationToken cancellationToken) => engine.IsSiloAliveAsync(silo, cancellationToken);
}
