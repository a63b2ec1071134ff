using System.Text;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

/// <summary>What the loop that deletes does when something is in its way.</summary>
public sealed class DeletionLoopTests
{
    private static void Code(KontinueBuilder k) => k
        .AddFunction("f", (KontinueContext _) => 1);

    private static async Task<ExecutionRow> EndedAsync(TestHost host)
    {
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForEndAsync(key);
        return (await host.Shared.ReadAsync(key, CancellationToken.None))!;
    }

    private static async Task InsertAsync(TestHost host, IEnumerable<ExecutionRow> rows)
    {
        foreach (ExecutionRow[] some in rows.Chunk(1000))
        {
            CommitUnit[] units = [.. some.Select(row =>
            {
                var unit = new CommitUnit();
                unit.Rows.Add(new RowWrite { Row = row with { Uid = Guid.CreateVersion7(), Revision = 1, Epoch = 0, Owner = null }, IsInsert = true });
                return unit;
            })];
            await host.Shared.CommitAsync(units, CancellationToken.None);
        }
    }

    private static Task GoneAsync(TestHost host, ExecutionKey key) => Wait.Until(
        async () => await host.Shared.ReadAsync(key, CancellationToken.None) is null, () => "", $"{key} to be gone");

    [Fact]
    public async Task However_many_are_found_they_go_in_parts_that_a_store_takes()
    {
        await using TestHost host = await TestHost.StartAsync(Code);
        ExecutionRow ended = await EndedAsync(host);
        await InsertAsync(host, Enumerable.Range(0, 2500).Select(i => ended with { Key = TestHost.Key($"n{i}"), JournalSequence = 0 }));
        IReadOnlyList<ExecutionRow> rows = await host.Shared.ListAsync(new RowQuery { Limit = 10_000 }, CancellationToken.None);
        Assert.Equal(2501, rows.Count);
        var trees = new TreeDeletion(host.Shared, host.Engine);

        Assert.Empty(await trees.DeleteLeavesAsync([.. rows.Select(row => row with { JournalSequence = 0 })], CancellationToken.None));
        Assert.Empty(await host.Shared.ListAsync(new RowQuery { Limit = 1 }, CancellationToken.None));
    }

    [Fact]
    public async Task One_of_a_newer_version_is_told_of_once_and_keeps_nobody_else_here()
    {
        await using TestHost host = await TestHost.StartAsync(Code);
        ExecutionRow due = await EndedAsync(host) with { DeleteAfter = TimeSpan.Zero, JournalSequence = 1 };
        var settings = new JsonPayload(Encoding.UTF8.GetBytes("""{"deletion":"Someday"}"""));
        await InsertAsync(host, [due with { Key = TestHost.Key("newer"), FinishedAt = due.FinishedAt!.Value.AddSeconds(-2), Settings = settings }]);
        for (int i = 0; i < 3; i++)
        {
            ExecutionKey other = TestHost.Key($"other-{i}");
            await InsertAsync(host, [due with { Key = other, FinishedAt = due.FinishedAt!.Value.AddSeconds(-1 - (2 * i)) }]);
            await GoneAsync(host, other);
        }

        Assert.Single(host.Log.Lines, line => line.Level == LogLevel.Warning && line.Message.Contains("newer", StringComparison.Ordinal));
        Assert.True(host.Current.Health.IsReady);
        Assert.NotNull(await host.Shared.ReadAsync(TestHost.Key("newer"), CancellationToken.None));
    }

    [Fact]
    public async Task What_nobody_has_thought_of_does_not_end_it()
    {
        await using TestHost host = await TestHost.StartAsync(Code);
        int failures = 0;
        host.Store.FailsToDelete = _ => Interlocked.Increment(ref failures) <= 2 ? throw new InvalidOperationException("A defect.") : false;
        ExecutionRow ended = await EndedAsync(host);
        await InsertAsync(host, [ended with { Key = TestHost.Key("n"), DeleteAfter = TimeSpan.Zero, JournalSequence = 0 }]);

        await GoneAsync(host, TestHost.Key("n"));
        Assert.True(host.Current.Health.IsReady);
    }

    [Fact]
    public async Task A_deletion_is_not_lost_to_a_retry_whose_caller_has_gone()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", Task (KontinueContext _) => throw new NonRetryableException("broken")));
        ExecutionRow failed = await EndedAsync(host);

        // Nobody claims it after the retry.
        await host.RestartAsync(k => k.AddFunction("g", (KontinueContext _) => 1));
        host.Store.FailsToDelete = _ => true;
        host.Store.Block();
        using var caller = new CancellationTokenSource();
        int calls = host.Store.Calls;
        Task retry = host.Client.RetryAsync(failed.Key, cancellationToken: caller.Token);
        await Wait.Until(() => host.Store.Calls > calls);
        Assert.NotNull(await host.Shared.UpdateSettingsAsync(DeletionLoop.Mark(failed, DeletionKind.Tree, host.Engine.Now), CancellationToken.None));
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Wait.For(retry));
        host.Store.Release();
        await Wait.Until(
            async () => (await host.Shared.ReadAsync(failed.Key, CancellationToken.None))!.JournalSequence > failed.JournalSequence, () => "", "the retry");
        host.Store.FailsToDelete = null;

        await GoneAsync(host, failed.Key);
    }

    [Fact]
    public async Task A_deletion_that_a_retry_took_away_before_a_crash_is_asked_for_again_by_who_claims_it()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", (KontinueContext ktx) => ktx.Suspend("gate")));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        ExecutionRow row = (await host.Shared.ReadAsync(key, CancellationToken.None))!;
        await InsertAsync(host, [row with
        {
            Key = TestHost.Key("retried"), Phase = ExecutionPhase.Pending, JournalSequence = 0, WakeAt = host.Engine.Now,
            Settings = new StoredSettings { Deletion = DeletionKind.Tree }.Serialize(),
        }]);

        await GoneAsync(host, TestHost.Key("retried"));
        Assert.NotNull(await host.Shared.ReadAsync(key, CancellationToken.None));
    }

    [Fact]
    public async Task A_child_that_somebody_set_going_again_is_told_again()
    {
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("waits", (KontinueContext ktx) => ktx.Suspend("gate"))
            .AddFunction("f", async (KontinueContext ktx) =>
            {
                ktx.Spawn<int>("waits", options: new ChildOptions { Name = "behind" });
                await ktx.Step("s", () => 1);
            }));
        ExecutionRow root = await EndedAsync(host);
        ExecutionKey child = TestHost.Key("behind");
        await host.WaitForPhaseAsync(child, ExecutionPhase.Suspended);
        host.Store.FailsToDelete = _ => true;
        await Wait.For(host.Client.DeleteAsync(root.Key));
        await host.WaitForPhaseAsync(child, ExecutionPhase.Canceled);
        await Wait.For(host.Client.RetryAsync(child));
        host.Store.FailsToDelete = null;

        await GoneAsync(host, root.Key);
        Assert.Null(await host.Shared.ReadAsync(child, CancellationToken.None));
    }

    [Fact]
    public async Task What_takes_long_is_answered_as_being_deleted_and_goes_all_the_same()
    {
        var time = new ManualTimeProvider();
        await using TestHost host = await TestHost.StartAsync(Code, time: time, options: o => o.SweepInterval = TimeSpan.FromHours(1));
        ExecutionRow root = await EndedAsync(host);
        await InsertAsync(host, [root with { Key = TestHost.Key("child"), ParentUid = root.Uid }]);
        host.Store.FailsToDelete = _ =>
        {
            time.Advance(TimeSpan.FromSeconds(2));
            return false;
        };

        Assert.NotNull((await Wait.For(host.Client.DeleteAsync(root.Key))).Metadata.DeletionTimestamp);
        await GoneAsync(host, root.Key);
    }
}
