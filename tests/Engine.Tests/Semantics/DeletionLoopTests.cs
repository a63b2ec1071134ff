using System.Text;
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
}
