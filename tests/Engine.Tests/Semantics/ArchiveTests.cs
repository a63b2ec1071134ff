using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

/// <summary>What becomes of executions that have been kept long enough to be archived.</summary>
public sealed class ArchiveTests
{
    private static readonly TtlSpec Hour = new() { ArchiveAfter = TimeSpan.FromHours(1) };
    private readonly ManualTimeProvider _time = new();

    private static void Tree(KontinueBuilder k) => k
        .AddFunction("leaf", (KontinueContext ktx, int n) => ktx.Step("s", () => n * 10))
        .AddFunction("middle", async (KontinueContext ktx, int n) =>
        {
            int[] all = await Task.WhenAll(Enumerable.Range(0, n).Select(i => ktx.Execute<int>("leaf", i, new ChildOptions { Name = $"leaf-{n}-{i}" })));
            return all.Sum();
        })
        .AddFunction("root", async (KontinueContext ktx) =>
            await ktx.Execute<int>("middle", 2, new ChildOptions { Name = "m2" }) + await ktx.Execute<int>("middle", 3, new ChildOptions { Name = "m3" }));

    private static async Task<bool> IsThereAsync(TestHost host, string name) =>
        await host.Shared.ReadAsync(TestHost.Key(name), CancellationToken.None) is not null;

    private static async Task<List<ArchivedTreeLine>> LinesAsync(TestHost host, string name)
    {
        List<ArchivedTreeLine> lines = [];
        await foreach (ArchivedTreeLine line in host.Client.ReadArchiveAsync(TestHost.Key(name)))
        {
            lines.Add(line);
        }

        return lines;
    }

    private static IEnumerable<string> Names(IEnumerable<ArchivedTreeLine> lines) =>
        lines.Where(line => line.Execution is not null).Select(line => line.Execution!.Metadata.Name!);

    private Task AdvanceUntilGoneAsync(TestHost host, string name) => Wait.Until(
        async () =>
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            return !await IsThereAsync(host, name);
        },
        () => $"It is {_time.GetUtcNow()}. Log: {string.Join("\n", host.Log.Lines.TakeLast(3))}", $"{name} to be gone");

    private async Task<TestHost> EndedAsync(Action<KontinueBuilder> code, TtlSpec? ttl, string function = "root", Action<KontinueOptions>? options = null)
    {
        TestHost host = await TestHost.StartAsync(code, time: _time, options: options);
        await host.StartFunctionAsync(new ExecutionSpec { Function = function, Ttl = ttl }, "root");
        await host.WaitForEndAsync(TestHost.Key("root"));
        return host;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tree_is_kept_for_its_time_and_then_found_in_the_archive_whole(bool fromFunction)
    {
        await using TestHost host = await EndedAsync(
            k =>
            {
                Tree(k);
                k.AddFunction("root-of-function", (KontinueContext ktx) => ktx.Execute<int>("root", options: new ChildOptions { Name = "r" }), f =>
                    f.ArchiveAfter = Hour.ArchiveAfter);
            },
            fromFunction ? null : Hour, "root-of-function");
        _time.Advance(TimeSpan.FromMinutes(59));
        await host.RestartAsync();
        Assert.True(await IsThereAsync(host, "root"));
        Assert.Empty((await host.Client.ListArchivesAsync(new Client.ListQuery())).Items);
        await AdvanceUntilGoneAsync(host, "root");

        Assert.Empty(await host.Shared.ListAsync(new RowQuery { Limit = 10 }, CancellationToken.None));
        List<ArchivedTreeLine> lines = await LinesAsync(host, "root");
        Assert.Equal(["leaf-2-0", "leaf-2-1", "leaf-3-0", "leaf-3-1", "leaf-3-2", "m2", "m3", "r", "root"], Names(lines).Order(StringComparer.Ordinal));
        int leaf = lines.FindIndex(line => line.Execution?.Metadata.Name == "leaf-3-2");
        Assert.Equal("20", lines[leaf].Execution!.Status!.Result.ToString());
        Assert.Equal("m3", Assert.Single(lines[leaf].Execution!.Metadata.OwnerReferences!).Name);
        Assert.Equal("StepCompleted", lines[leaf + 1].Entry!.Kind);
        Assert.Equal("s", lines[leaf + 1].Entry!.Name);
        ArchivedExecution archived = await host.Client.GetArchiveAsync(TestHost.Key("root"));
        Assert.Equal((9, ExecutionPhase.Completed, "root-of-function"), (archived.Status.Executions, archived.Status.Phase, archived.Spec.Function));
        Assert.InRange(archived.Status.ArchivedAt - archived.Status.FinishedAt, TimeSpan.FromHours(1), TimeSpan.FromHours(2));
        Assert.Null(archived.Status.DeleteAt);
        Assert.Equal("40", archived.Root!.Status!.Result.ToString());
    }

    [Fact]
    public async Task The_time_may_be_changed_after_the_end_and_the_archive_forgets_after_deleteAfter()
    {
        await using TestHost host = await EndedAsync(Tree, ttl: null);
        _time.Advance(TimeSpan.FromHours(2));
        await host.Client.UpdateAsync(
            TestHost.Key("root"), e => e with { Spec = e.Spec with { Ttl = Hour with { DeleteAfter = TimeSpan.FromHours(5) } } });
        await AdvanceUntilGoneAsync(host, "root");
        ArchivedExecution archived = await host.Client.GetArchiveAsync(TestHost.Key("root"));
        Assert.Equal(archived.Status.FinishedAt.AddHours(5), archived.Status.DeleteAt);
        await Wait.Until(
            async () =>
            {
                _time.Advance(TimeSpan.FromMinutes(1));
                return (await host.Client.ListArchivesAsync(new Client.ListQuery())).Items.Count == 0;
            },
            () => $"It is {_time.GetUtcNow()}.", "the archive to be empty");

        Assert.True(_time.GetUtcNow() >= archived.Status.DeleteAt);
        await Assert.ThrowsAsync<ExecutionNotFoundException>(() => host.Client.GetArchiveAsync(TestHost.Key("root")));
    }

    [Fact]
    public async Task What_is_to_be_deleted_as_soon_is_not_archived()
    {
        await using TestHost host = await EndedAsync(Tree, new TtlSpec { ArchiveAfter = TimeSpan.FromHours(1), DeleteAfter = TimeSpan.FromHours(1) });
        await AdvanceUntilGoneAsync(host, "root");

        Assert.Empty((await host.Client.ListArchivesAsync(new Client.ListQuery())).Items);
    }

    [Fact]
    public async Task A_crash_before_between_and_within_the_two_moves_loses_nothing_and_repeats_no_writing()
    {
        await using TestHost host = await EndedAsync(Tree, Hour);
        int deletions = 0;
        host.Store.FailsToDelete = _ => Interlocked.Increment(ref deletions) > 2;
        await Wait.Until(
            () =>
            {
                _time.Advance(TimeSpan.FromMinutes(1));
                return Task.FromResult(Volatile.Read(ref deletions) > 4);
            },
            () => $"{deletions} deletions", "the deletion to fail");
        Assert.True(await IsThereAsync(host, "root"));
        Assert.False(await IsThereAsync(host, "leaf-2-0") && await IsThereAsync(host, "leaf-3-0"));
        ArchivedExecution before = await host.Client.GetArchiveAsync(TestHost.Key("root"));
        await host.CrashAsync();
        await AdvanceUntilGoneAsync(host, "root");

        ArchivedExecution after = await host.Client.GetArchiveAsync(TestHost.Key("root"));
        Assert.Equal(before.Metadata.ResourceVersion, after.Metadata.ResourceVersion);
        Assert.Equal(8, Names(await LinesAsync(host, "root")).Count());
        Assert.Empty(await host.Shared.ListAsync(new RowQuery { Limit = 10 }, CancellationToken.None));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tree_whose_pieces_were_lost_between_the_two_moves_is_written_anew(bool hasChanged)
    {
        await using TestHost host = await EndedAsync(Tree, Hour);
        host.Store.FailsToDelete = _ => true;
        await host.AdvanceUntilAsync(
            () => host.Client.ListArchivesAsync(new Client.ListQuery()).Result.Items.Count == 1, TimeSpan.FromMinutes(1), "the first move");
        host.Store.HasLostPieces = true;
        if (hasChanged)
        {
            await host.Client.UpdateAsync(
                TestHost.Key("root"), e => e with { Spec = e.Spec with { Ttl = Hour with { DeleteAfter = TimeSpan.FromDays(5) } } });
        }

        host.Store.FailsToDelete = null;
        await AdvanceUntilGoneAsync(host, "root");

        Assert.False(host.Store.HasLostPieces);
        Assert.Equal(8, Names(await LinesAsync(host, "root")).Count());
        Assert.Equal(8, (await host.Client.GetArchiveAsync(TestHost.Key("root"))).Status.Executions);
    }

    [Fact]
    public async Task A_child_that_was_retried_between_the_two_moves_is_there_as_it_ended_last()
    {
        bool isFixed = false;
        await using TestHost host = await EndedAsync(
            k => k
                .AddFunction("child", (KontinueContext _) => isFixed ? 7 : throw new NonRetryableException("broken"))
                .AddFunction("root", async (KontinueContext ktx) =>
                {
                    ktx.Spawn<int>("child", options: new ChildOptions { Name = "c" });
                    await ktx.Step("s", () => 1);
                }),
            Hour);
        await host.WaitForEndAsync(TestHost.Key("c"));
        host.Store.FailsToDelete = _ => true;
        await host.AdvanceUntilAsync(
            () => host.Client.ListArchivesAsync(new Client.ListQuery()).Result.Items.Count == 1, TimeSpan.FromMinutes(1), "the first move");
        isFixed = true;
        await Wait.For(host.Client.RetryAsync(TestHost.Key("c")));
        await host.WaitForPhaseAsync(TestHost.Key("c"), ExecutionPhase.Completed);
        host.Store.FailsToDelete = null;
        await AdvanceUntilGoneAsync(host, "root");

        List<ArchivedTreeLine> lines = await LinesAsync(host, "root");
        Assert.Equal("7", lines.First(line => line.Execution?.Metadata.Name == "c").Execution!.Status!.Result.ToString());
        Assert.Equal(2, (await host.Client.GetArchiveAsync(TestHost.Key("root"))).Status.Executions);
    }

    [Fact]
    public async Task A_child_that_was_retried_and_ended_again_while_the_tree_was_being_deleted_keeps_its_new_result()
    {
        bool isFixed = false;
        await using TestHost host = await EndedAsync(
            k => k
                .AddFunction("child", (KontinueContext _) => isFixed ? 7 : throw new NonRetryableException("broken"))
                .AddFunction("root", async (KontinueContext ktx) =>
                {
                    ktx.Spawn<int>("child", options: new ChildOptions { Name = "c" });
                    await ktx.Step("s", () => 1);
                }),
            Hour);
        await host.WaitForEndAsync(TestHost.Key("c"));
        host.Store.BeforeDelete = async rows =>
        {
            if (!isFixed && rows.Any(row => row.Key.Name == "c"))
            {
                isFixed = true;
                await Wait.For(host.Client.RetryAsync(TestHost.Key("c")));
                await host.WaitForPhaseAsync(TestHost.Key("c"), ExecutionPhase.Completed);
            }
        };
        await AdvanceUntilGoneAsync(host, "root");

        Assert.True(isFixed);
        List<ArchivedTreeLine> lines = await LinesAsync(host, "root");
        Assert.Equal("7", lines.First(line => line.Execution?.Metadata.Name == "c").Execution!.Status!.Result.ToString());
    }

    [Fact]
    public async Task What_is_deleted_while_it_is_being_archived_is_not_in_the_archive()
    {
        await using TestHost host = await EndedAsync(Tree, Hour);
        int asked = 0;
        host.Store.WhileArchiving = async _ =>
        {
            Interlocked.Increment(ref asked);
            await Wait.For(host.Client.DeleteAsync(TestHost.Key("root")));
            await Wait.Until(async () => !await IsThereAsync(host, "root"), () => "", "the deletion");
        };
        await AdvanceUntilGoneAsync(host, "root");
        await host.StopAsync();

        Assert.Equal(1, asked);
        Assert.Empty(await host.Shared.ListArchivesAsync(null, null, 10, CancellationToken.None));
    }

    [Fact]
    public async Task A_tree_that_the_store_refuses_keeps_no_others_from_the_archive()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", (KontinueContext _) => 1), time: _time);
        string[] names = [.. Enumerable.Range(0, 20).Select(i => $"x{i}"), "refused"];
        foreach (string name in names)
        {
            await host.WaitForEndAsync(await host.StartFunctionAsync(new ExecutionSpec { Function = "f", Ttl = Hour }, name));
        }

        host.Store.WhileArchiving = tree => tree.Key.Name == "refused"
            ? throw new StoreException("This value cannot be stored.", isTransient: false)
            : Task.CompletedTask;
        foreach (string name in names[..^1])
        {
            await AdvanceUntilGoneAsync(host, name);
        }

        Assert.True(await IsThereAsync(host, "refused"));
        Assert.Contains(host.Log.Lines, line => line.ToString().Contains("default/refused could not be archived", StringComparison.Ordinal));
        host.Store.WhileArchiving = null;
        await AdvanceUntilGoneAsync(host, "refused");
    }

    [Fact]
    public async Task What_is_given_more_time_while_it_is_being_archived_stays_where_it_is()
    {
        await using TestHost host = await EndedAsync(Tree, Hour);
        int asked = 0;
        host.Store.WhileArchiving = async _ =>
        {
            await host.Client.UpdateAsync(
                TestHost.Key("root"), e => e with { Spec = e.Spec with { Ttl = new TtlSpec { ArchiveAfter = TimeSpan.FromDays(9) } } });
            Interlocked.Increment(ref asked);
        };
        await host.AdvanceUntilAsync(() => Volatile.Read(ref asked) > 0, TimeSpan.FromSeconds(10), "the archiving");
        await host.StopAsync();

        Assert.True(await IsThereAsync(host, "root"));
        Assert.True(await IsThereAsync(host, "leaf-2-0"));
        Assert.Empty(await host.Shared.ListArchivesAsync(null, null, 10, CancellationToken.None));
    }

    [Fact]
    public async Task What_it_left_running_is_waited_for_and_not_canceled_and_hides_nobody()
    {
        await using TestHost host = await EndedAsync(
            k => k
                .AddFunction("child", (KontinueContext ktx) => ktx.Suspend<int>("gate"))
                .AddFunction("other", (KontinueContext _) => 1)
                .AddFunction("root", async (KontinueContext ktx) =>
                {
                    ktx.Spawn<int>("child", options: new ChildOptions { Name = "c" });
                    await ktx.Step("s", () => 1);
                }),
            Hour);
        await host.WaitForPhaseAsync(TestHost.Key("c"), ExecutionPhase.Suspended);
        await host.StartFunctionAsync(new ExecutionSpec { Function = "other", Ttl = Hour }, "other");
        await host.WaitForEndAsync(TestHost.Key("other"));
        await AdvanceUntilGoneAsync(host, "other");
        Assert.True(await IsThereAsync(host, "root"));
        Assert.Equal(["other"], (await host.Client.ListArchivesAsync(new Client.ListQuery())).Items.Select(item => item.Spec.Execution));
        Assert.Equal(ExecutionPhase.Suspended, (await host.Client.GetAsync(TestHost.Key("c"))).Status!.Phase);
        await host.Client.ResumeAsync(TestHost.Key("c"), payload: JsonPayload.Parse("5"));
        await AdvanceUntilGoneAsync(host, "root");

        Assert.Equal(["root", "c"], Names(await LinesAsync(host, "root")));
        Assert.False(await IsThereAsync(host, "c"));
    }

    [Fact]
    public async Task A_name_may_be_used_again_and_each_of_that_name_is_found()
    {
        await using TestHost host = await EndedAsync(Tree, Hour);
        await AdvanceUntilGoneAsync(host, "root");
        Guid first = (await host.Client.GetArchiveAsync(TestHost.Key("root"))).Metadata.Uid!.Value;
        await host.StartFunctionAsync(new ExecutionSpec { Function = "root", Ttl = Hour }, "root");
        await host.WaitForEndAsync(TestHost.Key("root"));
        Assert.Equal(first, (await host.Client.GetArchiveAsync(TestHost.Key("root"))).Metadata.Uid);
        await AdvanceUntilGoneAsync(host, "root");

        Guid second = (await host.Client.GetArchiveAsync(TestHost.Key("root"))).Metadata.Uid!.Value;
        Assert.NotEqual(first, second);
        Assert.Equal(first, (await host.Client.GetArchiveAsync(TestHost.Key("root"), first)).Metadata.Uid);
        await host.Client.DeleteArchiveAsync(TestHost.Key("root"), second);
        Assert.Equal(first, (await host.Client.GetArchiveAsync(TestHost.Key("root"))).Metadata.Uid);
        await Assert.ThrowsAsync<ExecutionNotFoundException>(() => host.Client.DeleteArchiveAsync(TestHost.Key("root"), second));
    }

    [Fact]
    public async Task What_is_being_archived_cannot_be_retried_until_it_is_given_more_time()
    {
        await using TestHost host = await EndedAsync(
            k => k.AddFunction("root", Task (KontinueContext _) => throw new NonRetryableException("broken")), Hour,
            options: o => o.SweepInterval = TimeSpan.FromHours(10));
        _time.Advance(TimeSpan.FromHours(1));
        ExecutionConflictException refused = await Assert.ThrowsAsync<ExecutionConflictException>(() => host.Client.RetryAsync(TestHost.Key("root")));
        Assert.Contains("archiveAfter", refused.Message, StringComparison.Ordinal);
        await host.Client.UpdateAsync(TestHost.Key("root"), e => e with { Spec = e.Spec with { Ttl = new TtlSpec { ArchiveAfter = TimeSpan.FromHours(9) } } });

        await Wait.For(host.Client.RetryAsync(TestHost.Key("root")));
    }

    [Fact]
    public async Task Two_silos_archive_the_same_trees_once()
    {
        await using TestHost host = await EndedAsync(
            k =>
            {
                Tree(k);
                k.AddFunction("single", (KontinueContext _) => 1);
            },
            Hour);
        await using TestHost other = await host.StartBesideAsync("silo-2");
        for (int i = 0; i < 20; i++)
        {
            await host.StartFunctionAsync(new ExecutionSpec { Function = "single", Ttl = Hour }, $"n{i}");
            await host.WaitForEndAsync(TestHost.Key($"n{i}"));
        }

        await Wait.Until(
            async () =>
            {
                _time.Advance(TimeSpan.FromSeconds(10));
                return (await host.Shared.ListAsync(new RowQuery { Limit = 1 }, CancellationToken.None)).Count == 0;
            },
            () => $"It is {_time.GetUtcNow()}.", "all to be archived");
        Assert.Equal(21, (await host.Client.ListArchivesAsync(new Client.ListQuery())).Items.Count);
        Assert.Equal(8, Names(await LinesAsync(host, "root")).Distinct(StringComparer.Ordinal).Count());
    }
}
