using Kontinue.Engine.Executions;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

/// <summary>What is read in pages is read to its end.</summary>
public sealed class ManyRowsTests
{
    [Fact]
    public async Task More_that_are_due_than_one_look_brings_hide_no_wake_up()
    {
        var time = new ManualTimeProvider();
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("sleep", (KontinueContext ktx) => ktx.Sleep(TimeSpan.FromSeconds(30))), time: time);
        ExecutionKey key = await host.StartFunctionAsync("sleep");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);

        // As those that are busy: owned, and due since they began.
        await AddAsync(host.Shared, 10_000, row => row with { Owner = host.Engine.Silo, Epoch = 1, WakeAt = ManualTimeProvider.Start });

        Assert.Equal(ExecutionPhase.Completed, (await host.AdvanceToEndAsync(key, TimeSpan.FromMilliseconds(100))).Status!.Phase);
    }

    [Fact]
    public async Task More_that_are_held_than_one_transaction_releases_are_released_when_a_silo_starts()
    {
        var store = new InMemoryStore(TimeProvider.System);
        await AddAsync(store, 1001, row => row);
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", (KontinueContext _) => 1), store);

        Assert.DoesNotContain(await store.ListAsync(new RowQuery { Limit = 10_000 }, default), row => row.Held);
    }

    /// <summary>Adds executions that nobody may claim.</summary>
    private static async Task AddAsync(IExecutionStore store, int count, Func<ExecutionRow, ExecutionRow> change)
    {
        var unit = new CommitUnit();
        unit.Rows.AddRange(Enumerable.Range(0, count).Select(i => new RowWrite
        {
            Row = change(new ExecutionRow
            {
                Key = TestHost.Key($"held-{i}"),
                Uid = Guid.CreateVersion7(),
                Function = "f",
                Phase = ExecutionPhase.Suspended,
                Held = true,
                Revision = 1,
                CreatedAt = ManualTimeProvider.Start,
                Spec = new StoredSpec().Serialize(),
                Status = StoredStatus.InitialJson,
            }),
            IsInsert = true,
        }));
        Assert.Equal([CommitOutcome.Applied], await store.CommitAsync([unit], default));
    }
}
