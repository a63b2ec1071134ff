using Kontinue.Client;
using Kontinue.Engine.Storage;
using Kontinue.Load.Scenarios;
using Kontinue.Load.Targets;
using Kontinue.Resources;
using Microsoft.Extensions.DependencyInjection;

namespace Kontinue.Load.Stores;

/// <summary>
/// Stores executions that have ended without running them: one of each kind is run, and its row and its journal are written again and again,
/// each time with another name and uid. They are as large as those that were run, and there are many more in the same time.
/// </summary>
internal static class Prefill
{
    private const int BatchRows = 1000;

    /// <summary>They ended as far apart as if they had been run, the last one just now.</summary>
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan Took = TimeSpan.FromMilliseconds(5);

    /// <summary>What is stored unless a scenario wants something else: half of them have a journal.</summary>
    public static IReadOnlyList<(Execution Execution, int Weight)> Usual { get; } =
        [(Executions.Describe(NoopScenario.Function), 1), (Executions.Describe(Steps3Scenario.Function), 1)];

    /// <param name="session">A store that outlives a host.</param>
    /// <param name="kinds">What to store, and in which shares.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Gives up; some are stored then.</param>
    public static async Task RunAsync(StoreSession session, IReadOnlyList<(Execution Execution, int Weight)> kinds, int count, CancellationToken cancellationToken)
    {
        await using (EmbeddedTarget filler = await EmbeddedTarget.OpenAsync(session, new WakeLog(), cancellationToken))
        {
            IExecutionStore store = filler.Services.GetRequiredService<IExecutionStore>();
            Template[] cycle = await ReadTemplatesAsync(filler.Clients[0], store, kinds, cancellationToken);
            await FillAsync(store, cycle, count, TimeProvider.System.GetUtcNow(), cancellationToken);
        }

        await session.SettleAsync(cancellationToken);
    }

    /// <summary>Writes copies; those of each batch in one transaction.</summary>
    internal static async Task FillAsync(IExecutionStore store, IReadOnlyList<Template> cycle, int count, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = store.MaxConcurrentCommits, CancellationToken = cancellationToken };
        int batches = (count + BatchRows - 1) / BatchRows;
        await Parallel.ForAsync(0, batches, parallel, async (batch, token) =>
        {
            int first = batch * BatchRows;
            CommitUnit[] units =
            [
                .. Enumerable.Range(first, Math.Min(BatchRows, count - first)).Select(i => cycle[i % cycle.Count].Copy(now - ((count - i) * Between), Took)),
            ];
            CommitOutcome[] outcomes = await store.CommitAsync(units, token);
            if (Array.Exists(outcomes, outcome => outcome != CommitOutcome.Applied))
            {
                throw new StoreUnusableException($"--prefill: the store answered {outcomes.First(outcome => outcome != CommitOutcome.Applied)} to a new execution.");
            }
        });
    }

    /// <summary>One for each unit of weight.</summary>
    private static async Task<Template[]> ReadTemplatesAsync(
        IKontinueClient client, IExecutionStore store, IReadOnlyList<(Execution Execution, int Weight)> kinds, CancellationToken cancellationToken)
    {
        var cycle = new List<Template>();
        foreach ((Execution kind, int weight) in kinds)
        {
            // Each run has a name of its own: the store may be one that was filled before.
            Execution named = kind with { Metadata = kind.Metadata with { Name = $"{kind.Spec.Function}-{Guid.CreateVersion7():n}" } };
            Execution ended = await client.CreateAsync(named, KontinueClientExtensions.MaxWait, cancellationToken);
            ExecutionRow row = (await store.ReadAsync(ended.Key, cancellationToken))!;
            IReadOnlyList<JournalRecord> journal = await store.ReadJournalAsync(row.Uid, after: 0, StoreArguments.MaxLimit, cancellationToken);
            cycle.AddRange(Enumerable.Repeat(new Template(row, journal), weight));
        }

        return [.. cycle];
    }

    /// <summary>An execution that has ended, with its journal.</summary>
    internal sealed record Template(ExecutionRow Row, IReadOnlyList<JournalRecord> Journal)
    {
        public CommitUnit Copy(DateTimeOffset finished, TimeSpan took)
        {
            var uid = Guid.CreateVersion7(finished - took);
            ExecutionRow row = Row with
            {
                Key = new ExecutionKey(Row.Key.Namespace, $"{Row.Function}-{uid:n}"),
                Uid = uid,
                Owner = null,
                Epoch = 0,
                Revision = 1,
                CreatedAt = finished - took,
                FinishedAt = finished,
            };
            var unit = new CommitUnit { Rows = { new RowWrite { Row = row, IsInsert = true } } };
            unit.Journal.AddRange(Journal.Select(record => record with { Uid = uid }));
            return unit;
        }
    }
}
