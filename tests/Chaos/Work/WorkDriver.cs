using Kontinue.Chaos.Cluster;
using Kontinue.Chaos.Silos;
using Kontinue.Crash.Host;

namespace Kontinue.Chaos.Work;

/// <summary>Does with each execution what its callers would do, across all that happens to the silos.</summary>
internal sealed class WorkDriver(SiloCluster cluster)
{
    private const int WaitMs = 1000;

    /// <summary>Starts an execution, sends what it waits for, and returns when it has ended.</summary>
    /// <exception cref="WorkRefusedException">Somebody said what may not be.</exception>
    public async Task RunAsync(WorkItem item, CancellationToken cancellationToken)
    {
        (HostResponse created, bool repeated, _) = await cluster.AskAsync(
            new HostRequest { Id = 0, Operation = HostRequest.Create, Name = item.Name, Spec = item.Spec }, cancellationToken);
        if (created.Error is not null && !(repeated && created.ErrorType == nameof(ExecutionAlreadyExistsException)))
        {
            throw new WorkRefusedException($"The creation of {item.Name} was refused: {created.ErrorType}: {created.Error}");
        }

        item.IsAcknowledged = true;
        if (item.IsCanceled)
        {
            await CancelAsync(item, cancellationToken);
        }

        await (item.Function switch
        {
            SiloFunctions.Events => SendEventsAsync(item, cancellationToken),
            SiloFunctions.Approval => ApproveAsync(item, cancellationToken),
            _ => Task.CompletedTask,
        });
        while (!await HasEndedAsync(item, WaitMs, cancellationToken))
        {
        }
    }

    private async Task CancelAsync(WorkItem item, CancellationToken cancellationToken)
    {
        (HostResponse response, _, _) = await cluster.AskAsync(
            new HostRequest { Id = 0, Operation = HostRequest.Cancel, Name = item.Name }, cancellationToken);
        if (response.Error is not null && response.ErrorType != nameof(ExecutionConflictException))
        {
            throw new WorkRefusedException($"The cancellation of {item.Name} was refused: {response.ErrorType}: {response.Error}");
        }
    }

    private async Task SendEventsAsync(WorkItem item, CancellationToken cancellationToken)
    {
        // Half of the callers stay with one silo while it answers; the others come through a balancer.
        Silo? preferred = item.Count % 2 == 0 ? cluster.Silos[item.Count / 2 % cluster.Silos.Count] : null;
        for (int number = 1; number <= item.Count; number++)
        {
            (HostResponse response, bool repeated, string via) = await cluster.AskAsync(
                new HostRequest { Id = 0, Operation = HostRequest.Event, Name = item.Name, Part = "number", Value = JsonPayload.From(number) },
                cancellationToken,
                preferred);
            item.SentBy[number] = via;
            if (repeated)
            {
                item.Resent.Add(number);
            }

            // What ends the execution may come too late when it is sent again.
            bool tooLate = repeated && number == item.Count && response.ErrorType == nameof(ExecutionConflictException);
            if (response.Error is not null && !tooLate)
            {
                throw new WorkRefusedException($"Event {number} of {item.Name} was refused: {response.ErrorType}: {response.Error}");
            }
        }
    }

    /// <summary>Resumes it as soon as it waits. A repeated resume may find that it went on already.</summary>
    private async Task ApproveAsync(WorkItem item, CancellationToken cancellationToken)
    {
        var request = new HostRequest
        {
            Id = 0, Operation = HostRequest.Resume, Name = item.Name, Part = "approval", Value = JsonPayload.From($"by-{item.Name}"),
        };
        bool mayHaveBeenStored = false;
        while (true)
        {
            (HostResponse response, bool repeated, _) = await cluster.AskAsync(request, cancellationToken);
            mayHaveBeenStored |= repeated;
            if (response.Error is null)
            {
                return;
            }

            if (response.ErrorType != nameof(ExecutionConflictException))
            {
                throw new WorkRefusedException($"The resume of {item.Name} was refused: {response.ErrorType}: {response.Error}");
            }

            if (await HasEndedAsync(item, 50, cancellationToken) && mayHaveBeenStored)
            {
                return;
            }
        }
    }

    private async Task<bool> HasEndedAsync(WorkItem item, int waitMs, CancellationToken cancellationToken)
    {
        (HostResponse now, _, _) = await cluster.AskAsync(
            new HostRequest { Id = 0, Operation = HostRequest.Wait, Name = item.Name, WaitMs = waitMs }, cancellationToken);
        return now.Error is null
            ? now.Execution?.Status?.Phase.IsTerminal() == true
            : throw new WorkRefusedException($"{item.Name} cannot be waited for: {now.ErrorType}: {now.Error}");
    }
}

/// <summary>A silo refused what it must accept.</summary>
internal sealed class WorkRefusedException(string message) : Exception(message);
