using System.Collections.Concurrent;
using Kontinue.Engine.Storage;
using Kontinue.Storage.Tests.Backends;
using Xunit;
using Xunit.Abstractions;

namespace Kontinue.Storage.Tests.Contract;

/// <summary>Two stores on one database, as two processes have it.</summary>
public abstract class ConcurrencyContract(StoreBackend backend, ITestOutputHelper output) : StoreContract(backend)
{
    private const int Writers = 4;

    [SkippableFact]
    public async Task Two_processes_may_start_at_once()
    {
        IExecutionStore[] stores = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(OpenAsync)));
        ExecutionRow row = Make.Row();
        await ApplyAsync(stores[0], Make.Insert(row));
        Assert.All(await Task.WhenAll(stores.Select(store => store.ReadAsync(row.Key, None))), Assert.NotNull);
    }

    [SkippableFact]
    public async Task A_watcher_misses_nothing_while_two_processes_write()
    {
        IExecutionStore[] stores = [await OpenAsync(), await OpenAsync()];
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        using var stop = new CancellationTokenSource();
        var last = new ConcurrentDictionary<Guid, long>();
        Task[] writers = [.. Enumerable.Range(0, Writers).Select(i => Task.Run(() => WriteAsync(stores[i % 2], new Random(seed + i), last)))];

        Task allWritten = Task.WhenAll(writers);
        Dictionary<Guid, long> seen = [];
        long after = 0;
        bool isLastLook;
        do
        {
            isLastLook = allWritten.IsCompleted;
            ChangePage page;
            do
            {
                page = await stores[0].ReadChangesAsync(after, 7, None);
                Assert.True(page.Version >= after, $"The version went back from {after} to {page.Version}.");
                long previous = after;
                foreach (ExecutionRow row in page.Rows())
                {
                    Assert.True(row.ResourceVersion >= previous && row.ResourceVersion > after, "Changes out of order.");
                    previous = row.ResourceVersion;
                    seen[row.Uid] = row.Revision;
                }

                after = page.Version;
            }
            while (page.Rows().Count >= 7);
        }
        while (!isLastLook);

        await allWritten;
        Assert.Equal(last.OrderBy(p => p.Key), seen.OrderBy(p => p.Key));
    }

    [SkippableFact]
    public async Task Of_many_that_create_the_same_names_each_name_has_one_winner()
    {
        IExecutionStore[] stores = [await OpenAsync(), await OpenAsync()];
        string[] names = [.. Enumerable.Range(0, 20).Select(i => $"name-{i}")];
        CommitOutcome[][] outcomes = await Task.WhenAll(Enumerable.Range(0, Writers).Select(i => Task.Run(async () =>
        {
            // Some forwards, some backwards: an order that invites deadlocks.
            IEnumerable<string> order = i % 2 == 0 ? names : names.Reverse();
            CommitOutcome[] results = await stores[i / 2].CommitAsync([.. order.Select(name => Make.Insert(Make.Row(name)))], None);
            return i % 2 == 0 ? results : [.. results.Reverse()];
        })));

        for (int i = 0; i < names.Length; i++)
        {
            Assert.Equal(1, outcomes.Count(results => results[i] == CommitOutcome.Applied));
            Assert.Equal(Writers - 1, outcomes.Count(results => results[i] == CommitOutcome.AlreadyExists));
        }
    }

    [SkippableFact]
    public async Task Of_two_silos_that_race_for_executions_each_has_one_winner_and_the_loser_is_fenced()
    {
        IExecutionStore[] stores = [await OpenAsync(), await OpenAsync()];
        ExecutionRow[] rows = [.. Enumerable.Range(0, 50).Select(_ => Make.Row())];
        await ApplyAsync(stores[0], [.. rows.Select(row => Make.Insert(row))]);
        SiloId[] silos = [await Make.LiveSiloAsync(stores[0], "a"), await Make.LiveSiloAsync(stores[1], "b")];
        ExecutionKey[] keys = [.. rows.Select(row => row.Key)];

        IReadOnlyList<ClaimedExecution>[] claimed = await Task.WhenAll(Enumerable.Range(0, 2).Select(
            i => Task.Run(() => stores[i].ClaimAsync(silos[i], i == 0 ? keys : [.. keys.Reverse()], Make.NoLimits, None))));

        Assert.Equal(rows.Length, claimed.Sum(c => c.Count));
        Assert.Empty(claimed[0].Select(c => c.Row.Uid).Intersect(claimed[1].Select(c => c.Row.Uid)));
        await stores[0].UnregisterSiloAsync(silos[0], None);
        Assert.Equal(claimed[0].Count, (await stores[1].ClaimAsync(silos[1], [.. claimed[0].Select(c => c.Row.Key)], Make.NoLimits, None)).Count);
        foreach (ClaimedExecution lost in claimed[0])
        {
            Assert.Equal(CommitOutcome.Fenced, await CommitOneAsync(stores[0], Make.Update(lost.Row.Next())));
        }
    }

    [SkippableFact]
    public async Task Owners_that_steal_from_each_other_never_both_write_a_revision()
    {
        IExecutionStore[] stores = [await OpenAsync(), await OpenAsync()];
        ExecutionRow row = Make.Row();
        await ApplyAsync(stores[0], Make.Insert(row));

        // Both claim under ids of one name: each registration ends the other's lease, so each can take over at any moment.
        var applied = new ConcurrentBag<(long Epoch, long Sequence)>();
        await Task.WhenAll(Enumerable.Range(0, 2).Select(i => Task.Run(async () =>
        {
            for (int turn = 0; turn < 25; turn++)
            {
                SiloId silo = await Make.LiveSiloAsync(stores[i], "same");
                if (await stores[i].ClaimAsync(silo, [row.Key], Make.NoLimits, None) is not [ClaimedExecution mine])
                {
                    continue;
                }

                ExecutionRow next = mine.Row;
                long sequence = mine.Journal.Count;
                for (int write = 0; write < 3; write++)
                {
                    next = next.Next() with { JournalSequence = ++sequence };
                    CommitUnit unit = Make.Update(next).With(Make.Record(row, sequence, $"{next.Epoch}"));
                    if (await CommitOneAsync(stores[i], unit) == CommitOutcome.Fenced)
                    {
                        break;
                    }

                    applied.Add((next.Epoch, sequence));
                }
            }
        })));

        ExecutionRow stored = await ReadAsync(stores[0], row);
        string[] journal = await ReadJournalAsync(stores[0], row);
        Assert.Equal(applied.OrderBy(a => a.Sequence).Select(a => $"{a.Sequence}:{a.Epoch}"), journal);
        Assert.Equal(journal.Length, stored.JournalSequence);
        Assert.Equal(journal.Length + 1, stored.Revision);
    }

    private static async Task WriteAsync(IExecutionStore store, Random random, ConcurrentDictionary<Guid, long> last)
    {
        List<ExecutionRow> mine = [];
        for (int batch = 0; batch < 60; batch++)
        {
            List<CommitUnit> units = [];
            for (int i = 0; i < mine.Count; i++)
            {
                if (random.Next(4) == 0)
                {
                    mine[i] = mine[i].Next();
                    units.Add(Make.Update(mine[i]));
                }
            }

            for (int i = random.Next(1, 4); i > 0 && mine.Count < 30; i--)
            {
                mine.Add(Make.Row(owner: Make.Silo()));
                units.Add(Make.Insert(mine[^1]));
            }

            if (units.Count > 0)
            {
                await ApplyAsync(store, [.. units]);
            }
        }

        mine.ForEach(row => last[row.Uid] = row.Revision);
    }
}
