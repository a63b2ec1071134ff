using Kontinue.Client;
using Kontinue.Load.Scenarios;
using Kontinue.Load.Stores;
using Kontinue.Load.Targets;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Load.Tests;

public sealed class PrefillTests
{
    private const int Count = 2501;

    [Fact]
    public async Task Prefill_StoresExecutionsThatHaveEnded_HalfOfThemWithAJournal()
    {
        using var folder = new TemporaryFolder();
        await using var session = new SqliteSession(folder.Path);
        await Prefill.RunAsync(session, Prefill.Usual, Count, CancellationToken.None);

        await using EmbeddedTarget target = await EmbeddedTarget.OpenAsync(session, new WakeLog(), CancellationToken.None);
        IKontinueClient client = target.Clients[0];
        List<Execution> stored = [];
        await foreach (Execution execution in client.ListAllAsync(new ListQuery { Limit = 500 }))
        {
            stored.Add(execution);
        }

        // The two that were run to be copied are there, too.
        Assert.Equal(Count + 2, stored.Count);
        Assert.All(stored, execution => Assert.Equal(ExecutionPhase.Completed, execution.Status!.Phase));
        Assert.Equal(stored.Count, stored.Select(execution => execution.Metadata.Uid).Distinct().Count());
        Execution[] steps = [.. stored.Where(execution => execution.Spec.Function == "steps3")];
        Assert.Equal((Count / 2) + 1, steps.Length);
        JournalPage journal = await client.ReadJournalAsync(steps[17].Key);
        Assert.NotEmpty(journal.Items);
        Assert.Equal(3, steps[17].GetResult<int>());
    }
}
