using System.Collections.Concurrent;
using Kontinue.Engine.Storage;
using Kontinue.Storage.Tests.Backends;
using Xunit;
using Xunit.Abstractions;

namespace Kontinue.Storage.Tests.Contract;

/// <summary>Deletions among commits, changes of settings and claims, from two processes.</summary>
public abstract class DeletionConcurrencyContract(StoreBackend backend, ITestOutputHelper output) : StoreContract(backend)
{
    private const int Executions = 40;
    private const int Rounds = 60;

    [SkippableFact]
    public async Task A_watcher_of_commits_and_deletions_knows_in_the_end_exactly_what_is_stored()
    {
        IExecutionStore[] stores = [await OpenAsync(), await OpenAsync()];
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var current = new ConcurrentDictionary<int, ExecutionRow>();
        Task allDone = Task.WhenAll(
            Task.Run(() => WriteAsync(stores[0], new Random(seed), current, first: 0)),
            Task.Run(() => WriteAsync(stores[1], new Random(seed + 1), current, first: 1)),
            Task.Run(() => DeleteAsync(stores[0], new Random(seed + 2), current)),
            Task.Run(() => DeleteAsync(stores[1], new Random(seed + 3), current)),
            Task.Run(() => ChangeSettingsAsync(stores[1], new Random(seed + 4), current)));

        Dictionary<Guid, ExecutionRow> known = await FollowAsync(stores[0], allDone);

        await allDone;
        IReadOnlyList<ExecutionRow> stored = await stores[0].ListAsync(new RowQuery { Limit = 10_000 }, None);
        output.WriteLine($"{stored.Count} left");
        Assert.Equal(stored.Select(Mark).Order(StringComparer.Ordinal), known.Values.Select(Mark).Order(StringComparer.Ordinal));
        foreach (ExecutionRow row in stored)
        {
            Assert.Equal(row.JournalSequence, (await ReadJournalAsync(stores[1], row)).Length);
        }
    }

    [SkippableFact]
    public async Task Of_a_commit_and_a_deletion_that_race_one_is_refused_and_nothing_is_left_over()
    {
        IExecutionStore[] stores = [await OpenAsync(), await OpenAsync()];
        for (int round = 0; round < 15; round++)
        {
            ExecutionRow[] rows = [.. Enumerable.Range(0, 20).Select(_ => Make.Row(owner: Make.Silo()))];
            await ApplyAsync(stores[0], [.. rows.Select(row => Make.Insert(row).With(Make.Record(row, 1)))]);
            CommitUnit[] ends = [.. rows.Select(row => Make.Update(row.Next().Ended() with { JournalSequence = 2 }).With(Make.Record(row, 2)))];
            using var start = new Barrier(2);

            Task<CommitOutcome[]> commit = Task.Run(() =>
            {
                start.SignalAndWait();
                return stores[0].CommitAsync(ends, None);
            });
            Task<int> delete = Task.Run(() =>
            {
                start.SignalAndWait();
                return stores[1].DeleteAsync([.. rows.Reverse().Select((row, i) => Make.Deletion(row, force: i % 2 == 0))], None);
            });
            await Task.WhenAll(commit, delete);

            int left = 0;
            for (int i = 0; i < rows.Length; i++)
            {
                ExecutionRow? stored = await stores[0].ReadAsync(rows[i].Key, None);
                left += stored is null ? 0 : 1;
                Assert.Equal(stored is null ? [] : ["1:entry", "2:entry"], await ReadJournalAsync(stores[0], rows[i]));
                Assert.True(stored is null || (await commit)[i] == CommitOutcome.Applied, $"Row {i} is stored and its commit was fenced.");
            }

            Assert.Equal(rows.Length, left + await delete);
        }
    }

    private static async Task<Dictionary<Guid, ExecutionRow>> FollowAsync(IExecutionStore store, Task writers)
    {
        Dictionary<Guid, ExecutionRow> known = [];
        long after = 0;
        bool isLastLook;
        do
        {
            isLastLook = writers.IsCompleted;
            ChangePage page;
            do
            {
                page = await store.ReadChangesAsync(after, 7, None);
                Assert.False(page.IsExpired);
                Assert.True(page.Version >= after, $"The version went back from {after} to {page.Version}.");
                long previous = after;
                foreach (RowChange change in page.Changes)
                {
                    Assert.True(change.Row.ResourceVersion >= previous && change.Row.ResourceVersion > after, "Changes out of order.");
                    previous = change.Row.ResourceVersion;
                    known.Remove(change.Row.Uid);
                    if (!change.IsDeleted)
                    {
                        known.Add(change.Row.Uid, change.Row);
                    }
                }

                after = page.Version;
            }
            while (page.Changes.Count >= 7);
        }
        while (!isLastLook);
        return known;
    }

    /// <summary>Owns every second name: inserts what is missing, goes on with what is there, and forgets what it is fenced from.</summary>
    private static async Task WriteAsync(IExecutionStore store, Random random, ConcurrentDictionary<int, ExecutionRow> current, int first)
    {
        var mine = new Dictionary<int, ExecutionRow>();
        for (int round = 0; round < Rounds; round++)
        {
            List<int> chosen = [.. Enumerable.Range(0, Executions / 2).Select(i => (i * 2) + first).Where(_ => random.Next(3) == 0)];
            List<CommitUnit> units = [];
            foreach (int i in chosen)
            {
                mine[i] = mine.TryGetValue(i, out ExecutionRow? row)
                    ? row.Next() with { JournalSequence = row.JournalSequence + 1, Phase = (ExecutionPhase)random.Next(1, 5) }
                    : Make.Row($"e-{i:00}", Make.Silo()) with { JournalSequence = 1 };
                CommitUnit unit = row is null ? Make.Insert(mine[i]) : Make.Update(mine[i]);
                units.Add(unit.With(Make.Record(mine[i], mine[i].JournalSequence)));
            }

            CommitOutcome[] outcomes = units.Count == 0 ? [] : await store.CommitAsync(units, None);
            for (int k = 0; k < outcomes.Length; k++)
            {
                if (outcomes[k] == CommitOutcome.Applied)
                {
                    current[chosen[k]] = mine[chosen[k]];
                }
                else
                {
                    Assert.Equal(CommitOutcome.Fenced, outcomes[k]);
                    mine.Remove(chosen[k]);
                }
            }
        }
    }

    private static async Task DeleteAsync(IExecutionStore store, Random random, ConcurrentDictionary<int, ExecutionRow> current)
    {
        for (int round = 0; round < Rounds; round++)
        {
            RowDeletion[] chosen = [.. current.Values.Where(_ => random.Next(8) == 0).Select(row => Make.Deletion(row, force: random.Next(2) == 0))];
            random.Shuffle(chosen);
            await store.DeleteAsync(chosen, None);
        }
    }

    private static async Task ChangeSettingsAsync(IExecutionStore store, Random random, ConcurrentDictionary<int, ExecutionRow> current)
    {
        for (int round = 0; round < Rounds * 3; round++)
        {
            if (current.TryGetValue(random.Next(Executions), out ExecutionRow? row) && await store.ReadAsync(row.Key, None) is { } stored)
            {
                await store.UpdateSettingsAsync(Make.Settings(stored) with { Settings = JsonPayload.Parse($"{round}") }, None);
            }
        }
    }

    private static string Mark(ExecutionRow row) => $"{row.Key} {row.Uid} {row.Revision} {row.Generation} {row.Settings} {row.ResourceVersion}";
}
