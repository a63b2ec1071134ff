using Kontinue.Crash.Host;
using Kontinue.Resources;

namespace Kontinue.Crash.Tests.Harness;

/// <summary>Does with each execution what its callers would do, across crashes of the host.</summary>
internal sealed class WorkDriver(HostKeeper keeper)
{
    private const int WaitMs = 2000;

    /// <summary>Starts an execution, sends what it waits for, and returns it when it has ended.</summary>
    public async Task<Execution> RunAsync(WorkItem item)
    {
        (HostResponse created, bool repeated) = await keeper.AskAsync(new HostRequest
        {
            Id = 0, Operation = HostRequest.Create, Name = item.Name, Function = item.Function, Value = JsonPayload.From(new CountArguments(item.Count)),
        });
        if (created.Error is not null && !(repeated && created.ErrorType == nameof(ExecutionAlreadyExistsException)))
        {
            throw new InvalidOperationException($"{item.Name} was refused: {created.ErrorType}: {created.Error}");
        }

        await (item.Function switch
        {
            HostFunctions.Events => SendEventsAsync(item),
            HostFunctions.Approval => ApproveAsync(item),
            _ => Task.CompletedTask,
        });

        HostResponse ended = await keeper.AskUntilAsync(
            new HostRequest { Id = 0, Operation = HostRequest.Wait, Name = item.Name, WaitMs = WaitMs },
            response => response.Execution?.Status?.Phase.IsTerminal() == true,
            $"the end of {item.Name}");
        return ended.Execution!;
    }

    private async Task SendEventsAsync(WorkItem item)
    {
        for (int number = 1; number <= item.Count; number++)
        {
            (HostResponse response, bool repeated) = await keeper.AskAsync(new HostRequest
            {
                Id = 0, Operation = HostRequest.Event, Name = item.Name, Part = "number", Value = JsonPayload.From(number),
            });
            if (repeated)
            {
                item.Resent.Add(number);
            }

            // The last event ends the execution; sent again, it may come too late.
            bool tooLate = repeated && number == item.Count && response.ErrorType == nameof(ExecutionConflictException);
            if (response.Error is not null && !tooLate)
            {
                throw new InvalidOperationException($"Event {number} of {item.Name} was refused: {response.ErrorType}: {response.Error}");
            }
        }
    }

    /// <summary>Resumes it as soon as it waits. A repeated resume may find that it went on already.</summary>
    private async Task ApproveAsync(WorkItem item)
    {
        var request = new HostRequest
        {
            Id = 0, Operation = HostRequest.Resume, Name = item.Name, Part = "approval", Value = JsonPayload.From($"by-{item.Name}"),
        };
        bool mayHaveBeenStored = false;
        while (true)
        {
            (HostResponse response, bool repeated) = await keeper.AskAsync(request);
            mayHaveBeenStored |= repeated;
            if (response.Error is null)
            {
                return;
            }

            if (response.ErrorType != nameof(ExecutionConflictException))
            {
                throw new InvalidOperationException($"The resume of {item.Name} was refused: {response.ErrorType}: {response.Error}");
            }

            (HostResponse now, _) = await keeper.AskAsync(new HostRequest { Id = 0, Operation = HostRequest.Wait, Name = item.Name, WaitMs = 50 });
            if (mayHaveBeenStored && now.Execution?.Status?.Phase.IsTerminal() == true)
            {
                return;
            }
        }
    }
}
