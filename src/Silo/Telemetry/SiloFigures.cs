using Kontinue.Client;
using Kontinue.Engine;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Resources;
using Microsoft.Extensions.Options;

namespace Kontinue.Silo.Telemetry;

/// <summary>Reads what an autoscaler and an operator look at.</summary>
internal sealed class SiloFigures(
    IKontinueClient client, IExecutionStore store, ILocalSilo silo, FunctionRegistry functions, IOptions<KontinueOptions> options, TimeProvider time)
{
    /// <summary>
    /// The most that are counted as waiting; keys of so many are read at most. It matters to nobody that there are more: they are worth several silos, and what
    /// these then run counts as well.
    /// </summary>
    public const int MaxBacklog = StoreArguments.MaxLimit;

    /// <exception cref="KontinueException">The store cannot be read.</exception>
    public async Task<SiloReading> ReadAsync(CancellationToken cancellationToken)
    {
        KontinueOptions own = options.Value;
        SiloList silos = await client.ListSilosAsync(cancellationToken).ConfigureAwait(false);
        int backlog = await CountAsync(cancellationToken).ConfigureAwait(false);
        IEnumerable<Kontinue.Resources.SiloStatus> group = silos.Items
            .Where(s => string.Equals(s.Spec.WorkerGroup, own.WorkerGroup, StringComparison.Ordinal) && s.Status is { Phase: SiloPhase.Ready }).Select(s => s.Status!);
        return new SiloReading(
            backlog, Demand(backlog, group, own.MaxConcurrentExecutions), own.MaxConcurrentExecutions,
            silos.Items.FirstOrDefault(s => string.Equals(s.Metadata.Name, own.SiloName, StringComparison.Ordinal))?.Status);
    }

    /// <summary>
    /// What the silos of a group run and what waits for a place, in percent of what one silo runs at most. Divided by the percentage that each is to be used, it is how
    /// many silos there should be.
    /// </summary>
    internal static int Demand(int backlog, IEnumerable<Kontinue.Resources.SiloStatus> group, int capacity)
    {
        // One that starts or stops says that it is full, so that it gets nothing; it has no more than it has in memory.
        long places = backlog + group.Sum(s => (long)Math.Min(s.Executing, s.Resident));
        return (int)Math.Min(int.MaxValue, ((places * 100) + capacity - 1) / capacity);
    }

    private async Task<int> CountAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await store.FindClaimableAsync(silo.Id, [.. functions.Names], time.GetUtcNow(), MaxBacklog, cancellationToken).ConfigureAwait(false)).Count;
        }
        catch (StoreException e)
        {
            throw new UnavailableException(e.Message, e);
        }
    }
}

/// <summary>The figures at one moment.</summary>
/// <param name="Backlog">Executions that wait for a place and that the silo could run.</param>
/// <param name="Demand">What the group runs and what waits, in percent of what one silo runs at most.</param>
/// <param name="Capacity">What the silo runs at most.</param>
/// <param name="Status">What the silo has; null before it is registered.</param>
internal sealed record SiloReading(int Backlog, int Demand, int Capacity, Kontinue.Resources.SiloStatus? Status);
