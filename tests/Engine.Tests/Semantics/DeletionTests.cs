using Kontinue.Client;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

public sealed class DeletionTests
{
    private sealed record Size(int Count);

    private static Task<Execution> DeleteAsync(TestHost host, ExecutionKey key, DeleteRequest? request = null) =>
        Wait.For(host.Client.DeleteAsync(key, request), $"the deletion of {key}");

    private static Task GoneAsync(TestHost host, ExecutionKey key) => Wait.Until(
        async () => await host.Shared.ReadAsync(key, CancellationToken.None) is null, () => "", $"{key} to be gone");

    private static async Task<bool> IsThereAsync(TestHost host, ExecutionKey key) =>
        await host.Shared.ReadAsync(key, CancellationToken.None) is not null;

    /// <summary>A parent with children, each of which has one; all with names of their own.</summary>
    private static void Family(KontinueBuilder k) => k
        .AddFunction("leaf", (KontinueContext _) => 1)
        .AddFunction("branch", (KontinueContext ktx) => ktx.Execute<int>("leaf", options: new ChildOptions { Name = ktx.Execution.Name + "-leaf" }))
        .AddFunction("root", (KontinueContext ktx, Size size) => Task.WhenAll(Enumerable.Range(0, size.Count)
            .Select(i => ktx.Execute<int>("branch", options: new ChildOptions { Name = $"{ktx.Execution.Name}-{i}" }))))
        .AddFunction("waits", (KontinueContext ktx) => ktx.Suspend("gate"))
        .AddFunction("leaves-one-behind", async (KontinueContext ktx) =>
        {
            ktx.Spawn<int>("waits", options: new ChildOptions { Name = "behind" });
            await ktx.Step("s", () => 1);
        });

    private static async Task<ExecutionKey> GrowAsync(TestHost host, string name, int count)
    {
        ExecutionKey key = (await host.Client.CreateAsync(new Execution
        {
            Metadata = new ObjectMetadata { Name = name },
            Spec = new ExecutionSpec { Function = "root", Arguments = JsonPayload.From(new Size(count)) },
        })).Key;
        await host.WaitForPhaseAsync(key, ExecutionPhase.Completed);
        return key;
    }

    [Fact]
    public async Task An_execution_that_has_ended_goes_at_once_with_all_that_it_started()
    {
        await using TestHost host = await TestHost.StartAsync(Family);
        ExecutionKey key = await GrowAsync(host, "r", 3);
        ExecutionKey other = await GrowAsync(host, "s", 1);
        Execution last = await DeleteAsync(host, key);

        Assert.Equal((ExecutionPhase.Completed, null), (last.Status!.Phase, last.Metadata.DeletionTimestamp));
        Assert.Equal(["s", "s-0", "s-0-leaf"], (await host.Client.ListAsync(new ListQuery())).Items.Select(e => e.Metadata.Name));
        await Assert.ThrowsAsync<ExecutionNotFoundException>(() => host.Client.DeleteAsync(key));
        Assert.Equal(other, (await GrowAsync(host, "r", 1)) with { Name = "s" });
    }

    [Fact]
    public async Task One_that_runs_is_canceled_and_cleans_up_before_it_goes()
    {
        var mayClean = new TaskCompletionSource();
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            try
            {
                await ktx.Suspend("gate");
            }
            finally
            {
                await ktx.Execute<int>("clean", options: new ChildOptions { Name = "cleaner" });
            }
        }).AddFunction("clean", (KontinueContext ktx) => ktx.Step("s", async () =>
        {
            await mayClean.Task;
            return 1;
        })));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        Execution marked = await DeleteAsync(host, key);
        Assert.NotNull(marked.Metadata.DeletionTimestamp);
        await host.WaitForPhaseAsync(TestHost.Key("cleaner"), ExecutionPhase.Executing);
        Assert.NotNull((await host.Client.GetAsync(key)).Metadata.DeletionTimestamp);
        await Assert.ThrowsAsync<ExecutionConflictException>(() => host.Client.UpdateAsync(key, e => e with { Spec = e.Spec with { Ttl = new TtlSpec() } }));
        await DeleteAsync(host, key);
        mayClean.SetResult();

        await GoneAsync(host, key);
        await GoneAsync(host, TestHost.Key("cleaner"));
    }

    [Fact]
    public async Task What_was_left_running_is_canceled_and_waited_for_also_after_a_crash()
    {
        await using TestHost host = await TestHost.StartAsync(Family);
        ExecutionKey key = await host.StartFunctionAsync("leaves-one-behind");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Completed);
        await host.WaitForPhaseAsync(TestHost.Key("behind"), ExecutionPhase.Suspended);
        host.Store.FailsToDelete = _ => true;
        Execution marked = await DeleteAsync(host, key);
        Assert.NotNull(marked.Metadata.DeletionTimestamp);
        await host.WaitForPhaseAsync(TestHost.Key("behind"), ExecutionPhase.Canceled);
        Assert.True(await IsThereAsync(host, key));
        await Assert.ThrowsAsync<ExecutionConflictException>(() => host.Client.RetryAsync(key));
        await host.CrashAsync();

        await GoneAsync(host, key);
        Assert.False(await IsThereAsync(host, TestHost.Key("behind")));
    }

    [Fact]
    public async Task A_crash_between_the_parts_of_a_tree_leaves_the_root_which_is_found_again()
    {
        await using TestHost host = await TestHost.StartAsync(Family);
        ExecutionKey key = await GrowAsync(host, "r", 3);
        int deletions = 0;
        host.Store.FailsToDelete = _ => ++deletions > 2;
        await Assert.ThrowsAsync<UnavailableException>(() => host.Client.DeleteAsync(key));
        IReadOnlyList<Execution> left = (await host.Client.ListAsync(new ListQuery())).Items;
        Assert.InRange(left.Count, 2, 6);
        Assert.Contains(left, e => e.Metadata.Name == "r");
        await host.CrashAsync();

        await Wait.Until(async () => (await host.Client.ListAsync(new ListQuery())).Items.Count == 0, () => "", "nothing to be left");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_an_orphaned_deletion_started_stays(bool restart)
    {
        await using TestHost host = await TestHost.StartAsync(k =>
        {
            Family(k);
            k.AddFunction("f", async (KontinueContext ktx) =>
            {
                ktx.Spawn<int>("waits", options: new ChildOptions { Name = "child" });
                await ktx.Suspend("gate");
            });
        });
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(TestHost.Key("child"), ExecutionPhase.Suspended);
        host.Store.FailsToDelete = _ => restart;
        try
        {
            await DeleteAsync(host, key, new DeleteRequest { Orphan = true });
        }
        catch (UnavailableException) when (restart)
        {
            // It had ended so soon that the deletion was tried at once.
        }

        if (restart)
        {
            await host.RestartAsync();
        }

        await GoneAsync(host, key);
        Assert.Equal(ExecutionPhase.Suspended, (await host.Client.GetAsync(TestHost.Key("child"))).Status!.Phase);
    }

    [Fact]
    public async Task By_force_it_goes_at_once_and_what_it_does_next_is_refused()
    {
        var mayEnd = new TaskCompletionSource();
        var began = new TaskCompletionSource();
        bool cleaned = false;
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("child", async (KontinueContext ktx) =>
            {
                await ktx.Step("s", async () =>
                {
                    began.SetResult();
                    await mayEnd.Task;
                });
                await ktx.Step("after", () => cleaned = true);
            })
            .AddFunction("f", (KontinueContext ktx) => ktx.Execute<int>("child", options: new ChildOptions { Name = "c" })));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await Wait.For(began.Task);
        ExecutionConflictException refused = await Assert.ThrowsAsync<ExecutionConflictException>(
            () => host.Client.DeleteAsync(TestHost.Key("c"), new DeleteRequest { Force = true }));
        Assert.Contains("Delete its root", refused.Message, StringComparison.Ordinal);
        Execution last = await DeleteAsync(host, key, new DeleteRequest { Force = true });

        Assert.Null(last.Metadata.DeletionTimestamp);
        Assert.Empty((await host.Client.ListAsync(new ListQuery())).Items);
        await Wait.Until(() => host.Engine.ResidentCount == 0);
        mayEnd.SetResult();
        await host.StopAsync();
        Assert.False(cleaned);
        Assert.Null(await host.Shared.ReadAsync(TestHost.Key("c"), CancellationToken.None));
    }

    [Fact]
    public async Task A_forced_deletion_goes_on_after_a_crash()
    {
        await using TestHost host = await TestHost.StartAsync(Family);
        ExecutionKey key = await host.StartFunctionAsync("waits");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        host.Store.FailsToDelete = _ => true;
        await Assert.ThrowsAsync<UnavailableException>(() => host.Client.DeleteAsync(key, new DeleteRequest { Force = true, Orphan = true }));
        await host.CrashAsync();

        await GoneAsync(host, key);
    }

    [Fact]
    public async Task What_nobody_has_a_function_for_and_what_is_held_goes_too()
    {
        bool isOld = true;
        var time = new ManualTimeProvider();
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("changes", async (KontinueContext ktx) =>
            await (isOld ? ktx.Sleep(TimeSpan.FromHours(1), "x") : ktx.Step("x", () => Task.CompletedTask))), time: time);
        ExecutionKey unknown = await host.StartFunctionAsync("nobody-has-it");
        ExecutionKey held = await host.StartFunctionAsync("changes");
        await host.WaitForPhaseAsync(held, ExecutionPhase.Suspended);
        isOld = false;
        await host.RestartAsync();
        await host.Client.ResumeAsync(held);
        await host.WaitForAsync(held, e => e.Status!.Conditions?.Any(c => c.Type == Condition.Held) == true, "the hold");
        await DeleteAsync(host, unknown);
        await DeleteAsync(host, held);

        await GoneAsync(host, unknown);
        await GoneAsync(host, held);
    }

    [Fact]
    public async Task Preconditions_and_a_dry_run_change_nothing()
    {
        await using TestHost host = await TestHost.StartAsync(Family);
        ExecutionKey key = await host.StartFunctionAsync("waits");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        Execution there = await host.Client.GetAsync(key);
        await Assert.ThrowsAsync<ExecutionConflictException>(() => host.Client.DeleteAsync(key, new DeleteRequest { Uid = Guid.NewGuid() }));
        await Assert.ThrowsAsync<ExecutionConflictException>(() => host.Client.DeleteAsync(key, new DeleteRequest { ResourceVersion = "1" + there.Metadata.ResourceVersion }));
        Assert.NotNull((await DeleteAsync(host, key, new DeleteRequest { DryRun = true })).Metadata.DeletionTimestamp);
        Execution after = await host.Client.GetAsync(key);
        Assert.Equal((there.Metadata.ResourceVersion, null), (after.Metadata.ResourceVersion, after.Metadata.DeletionTimestamp));

        await DeleteAsync(host, key, new DeleteRequest { Uid = there.Metadata.Uid, ResourceVersion = after.Metadata.ResourceVersion });
        await GoneAsync(host, key);
    }

    [Fact]
    public async Task A_parent_is_told_that_its_child_was_canceled_to_be_deleted()
    {
        await using TestHost host = await TestHost.StartAsync(k =>
        {
            Family(k);
            k.AddFunction("f", async (KontinueContext ktx) =>
            {
                try
                {
                    await ktx.Execute<int>("waits", options: new ChildOptions { Name = "c" });
                    return false;
                }
                catch (ChildCanceledException)
                {
                    return true;
                }
            });
        });
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(TestHost.Key("c"), ExecutionPhase.Suspended);
        await DeleteAsync(host, TestHost.Key("c"));

        Assert.True(await host.ResultAsync<bool>(key));
        await GoneAsync(host, TestHost.Key("c"));
    }

    [Fact]
    public async Task A_retry_and_a_deletion_at_the_same_moment_end_in_the_deletion()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", (KontinueContext ktx) =>
            ktx.Attempt == 1 ? throw new NonRetryableException("broken") : ktx.Suspend("gate")));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForEndAsync(key);
        host.Store.BeforeSettings = async _ =>
        {
            host.Store.BeforeSettings = null;
            await host.Client.RetryAsync(key);
            await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        };
        await DeleteAsync(host, key);

        await GoneAsync(host, key);
    }

    [Fact]
    public async Task A_tree_of_ten_thousand_goes_in_bounded_batches()
    {
        const int Count = 10_000;
        await using TestHost host = await TestHost.StartAsync(Family);
        ExecutionKey key = await GrowAsync(host, "r", 1);
        ExecutionRow child = (await host.Shared.ReadAsync(TestHost.Key("r-0"), CancellationToken.None))!;
        foreach (int[] some in Enumerable.Range(0, Count).Chunk(1000))
        {
            CommitUnit[] units = [.. some.Select(i =>
            {
                var unit = new CommitUnit();
                unit.Rows.Add(new RowWrite
                {
                    Row = child with { Key = TestHost.Key($"n{i}"), Uid = Guid.CreateVersion7(), Revision = 1, JournalSequence = 0 },
                    IsInsert = true,
                });
                return unit;
            })];
            await host.Shared.CommitAsync(units, CancellationToken.None);
        }

        var batches = new System.Collections.Concurrent.ConcurrentQueue<int>();
        host.Store.FailsToDelete = rows =>
        {
            batches.Enqueue(rows.Count);
            return false;
        };
        await DeleteAsync(host, key);

        await GoneAsync(host, key);
        Assert.Equal(Count + 3, batches.Sum());
        Assert.InRange(batches.Max(), 2, 500);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tree_may_be_two_thousand_deep(bool force)
    {
        const int Depth = 2000;
        await using TestHost host = await TestHost.StartAsync(Family);
        ExecutionKey key = await GrowAsync(host, "r", 1);
        ExecutionRow above = (await host.Shared.ReadAsync(TestHost.Key("r-0-leaf"), CancellationToken.None))!;
        var units = new List<CommitUnit>();
        for (int i = 0; i < Depth; i++)
        {
            ExecutionRow row = above with { Key = TestHost.Key($"d{i}"), Uid = Guid.CreateVersion7(), ParentUid = above.Uid, Revision = 1, JournalSequence = 1 };
            var unit = new CommitUnit();
            unit.Rows.Add(new RowWrite { Row = row, IsInsert = true });
            units.Add(unit);
            above = row;
        }

        await host.Shared.CommitAsync(units, CancellationToken.None);
        await DeleteAsync(host, TestHost.Key("d0"), new DeleteRequest { Force = force });

        await GoneAsync(host, TestHost.Key("d0"));
        Assert.Equal(["r", "r-0", "r-0-leaf"], (await host.Client.ListAsync(new ListQuery())).Items.Select(e => e.Metadata.Name));
        Assert.True(await IsThereAsync(host, key));
    }

    [Fact]
    public async Task Deletions_are_told_to_watches_for_a_time_and_then_forgotten()
    {
        var time = new ManualTimeProvider();
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", (KontinueContext _) => 1), time: time, options: o => o.DeletionHistory = TimeSpan.FromMinutes(5));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForEndAsync(key);
        long version = await host.Shared.ReadVersionAsync(CancellationToken.None);
        await DeleteAsync(host, key);
        Assert.True((await host.Shared.ReadChangesAsync(version, 10, CancellationToken.None)).Changes.Single().IsDeleted);
        time.Advance(TimeSpan.FromMinutes(4));
        Assert.False((await host.Shared.ReadChangesAsync(version, 10, CancellationToken.None)).IsExpired);

        await Wait.Until(
            async () =>
            {
                time.Advance(TimeSpan.FromSeconds(10));
                return (await host.Shared.ReadChangesAsync(version, 10, CancellationToken.None)).IsExpired;
            },
            () => $"It is {time.GetUtcNow()}.", "the deletion to be forgotten");
        Assert.True(time.GetUtcNow() >= ManualTimeProvider.Start.AddMinutes(5));
    }
}
