using System.Collections.Concurrent;
using Kontinue.Engine.Storage;
using Kontinue.Storage.Tests.Backends;
using Xunit;
using Xunit.Abstractions;

namespace Kontinue.Storage.Tests.Contract;

/// <summary>Several stores on one database that let executions in as fast as they can, and a count of our own of who is in.</summary>
public abstract class SemaphoreConcurrencyContract(StoreBackend backend, ITestOutputHelper output) : StoreContract(backend)
{
    private const int Silos = 4;
    private const int Executions = 120;
    private static readonly string[] Functions = ["work"];

    private static readonly Dictionary<string, int> Limits = new(StringComparer.Ordinal)
    {
        ["function/default/work"] = 5, ["key/default/a"] = 2, ["key/default/b"] = 3, ["mutex/default/x"] = 1, ["mutex/default/y"] = 1,
    };

    [SkippableFact]
    public async Task Never_are_more_let_in_than_there_are_permits_and_all_get_in_at_last()
    {
        IExecutionStore[] stores = [await OpenAsync(), await OpenAsync(), await OpenAsync()];
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        ExecutionRow[] rows = Create(new Random(seed));
        await ApplyAsync(stores[0], [.. rows.Select(row => Make.Insert(row))]);
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var inside = new Inside();

        await Task.WhenAll(Enumerable.Range(0, Silos).Select(i => Task.Run(() => WorkAsync(stores[i % stores.Length], i, seed, inside, deadline.Token))));

        Assert.Empty(inside.Violations);
        Assert.Equal(Executions, inside.Ended);
        Assert.True(inside.Most["function/default/work"] > 1, "Nothing ran at the same time, so nothing was tried.");
        Assert.Empty(await stores[0].ReadAwaitedSemaphoresAsync(null, 10, None));
        foreach (string semaphore in Limits.Keys)
        {
            Assert.Empty(await stores[0].ReadHoldersAsync(semaphore, 10, None));
        }
    }

    private static ExecutionRow[] Create(Random random) =>
    [
        .. Enumerable.Range(0, Executions).Select(i =>
        {
            string[] semaphores = [.. Limits.Keys.Where(_ => random.Next(2) == 0)];
            return Make.Row($"e-{i:D3}") with
            {
                WakeAt = Make.Now.AddSeconds(random.Next(20)),
                Semaphores = semaphores.Length == 0 ? ["mutex/default/x"] : semaphores,
            };
        }),
    ];

    private static async Task WorkAsync(IExecutionStore store, int number, int seed, Inside inside, CancellationToken deadline)
    {
        var random = new Random(seed + number + 1);
        SiloId silo = await Make.LiveSiloAsync(store, $"silo-{number}");
        List<ExecutionRow> mine = [];
        while (inside.Ended < Executions)
        {
            deadline.ThrowIfCancellationRequested();
            IReadOnlyList<WaitingExecution> waiting = await store.FindWaitingAsync(silo, Functions, Limits.Keys, 10, None);

            // Also those that cannot get in by what was read: the store must know better.
            ExecutionKey[] keys = [.. waiting.Select(w => w.Key).OrderBy(_ => random.Next()).Take(random.Next(1, 20))];
            foreach (ClaimedExecution claimed in await store.ClaimAsync(silo, keys, Limits, None))
            {
                inside.Enter(claimed.Row);
                mine.Add(claimed.Row);
            }

            foreach (ExecutionRow row in mine.Where(_ => random.Next(2) == 0).ToArray())
            {
                // Counted out before the store gives the permit away, so that no count is too high.
                inside.Leave(row);
                await ApplyAsync(store, Make.Update(row.Next().Ended()));
                mine.Remove(row);
                inside.End();
            }
        }
    }

    private sealed class Inside
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
        private volatile int _ended;

        public ConcurrentQueue<string> Violations { get; } = new();

        public Dictionary<string, int> Most { get; } = new(StringComparer.Ordinal);

        public int Ended => _ended;

        public void End() => Interlocked.Increment(ref _ended);

        public void Enter(ExecutionRow row) => Count(row, 1);

        public void Leave(ExecutionRow row) => Count(row, -1);

        private void Count(ExecutionRow row, int change)
        {
            lock (_gate)
            {
                foreach (string semaphore in row.Semaphores)
                {
                    int count = _counts[semaphore] = _counts.GetValueOrDefault(semaphore) + change;
                    Most[semaphore] = Math.Max(Most.GetValueOrDefault(semaphore), count);
                    if (count > Limits[semaphore])
                    {
                        Violations.Enqueue($"{count} were in {semaphore} when {row.Key} was let in.");
                    }
                }
            }
        }
    }
}
