using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Api.Watch;

/// <summary>Finds what executions have waited for, in their journals: for a caller who may know of suspensions that have ended meanwhile.</summary>
/// <param name="client">Reads journals.</param>
/// <param name="until">The version up to which this is needed.</param>
internal sealed class EndedSuspensions(IKontinueClient client, long until)
{
    /// <summary>How many executions are looked into; if more have changed, listing anew is cheaper.</summary>
    public const int MaxExecutions = 200;

    /// <summary>How much of a journal is read.</summary>
    private const int MaxEntries = 10_000;

    private int _looked;

    public long Until { get; } = until;

    /// <summary>All suspensions that an execution has had.</summary>
    /// <exception cref="VersionExpiredException">That cannot be found out.</exception>
    public async Task<IReadOnlyList<Suspension>> FindAsync(Execution execution, bool isGone, CancellationToken cancellationToken)
    {
        if (!isGone && execution.Status is not { StartedAt: not null })
        {
            return [];
        }

        if (++_looked > MaxExecutions)
        {
            throw new VersionExpiredException($"More than {MaxExecutions} executions have changed since the version. List again.");
        }

        try
        {
            JournalPage page = await client.ReadJournalAsync(execution.Key, after: 0, MaxEntries, cancellationToken);
            await CheckStillThereAsync(execution, cancellationToken);
            return page.Next is null
                ? ToldSuspensions.Restore(execution, [.. page.Items.Select(ToWait).OfType<WaitReference>().DistinctBy(w => w.Name, StringComparer.Ordinal)])
                : throw new VersionExpiredException($"Execution {execution.Key} has changed since the version, and its journal is too long to look into. List again.");
        }
        catch (ExecutionNotFoundException)
        {
            throw Gone(execution);
        }
    }

    /// <summary>
    /// Journals are read by name, and the name may have been used again. Asked after reading: uids do not come back, so what is there now was
    /// there all the time. A list shows it without reading the journal again.
    /// </summary>
    private async Task CheckStillThereAsync(Execution execution, CancellationToken cancellationToken)
    {
        var named = new ExecutionSelector { Namespace = execution.Key.Namespace, Name = execution.Key.Name };
        ExecutionList now = await client.ListAsync(new ListQuery { Selector = named, Limit = 1 }, cancellationToken);
        if (!now.Items.Any(e => e.Metadata.Uid == execution.Metadata.Uid))
        {
            throw Gone(execution);
        }
    }

    private static VersionExpiredException Gone(Execution execution) =>
        new($"Execution {execution.Key} was deleted since the version, and what it waited for is not known any more. List again.");

    private static WaitReference? ToWait(JournalEntry entry) => entry switch
    {
        { Kind: "TimerStarted", Name: { } name } => new WaitReference("Sleep", name, entry.Due, Description: null, entry.At),
        { Kind: "SuspensionStarted", Name: { } name } => new WaitReference("Suspend", name, entry.Due, Description: null, entry.At),
        _ => null,
    };
}
