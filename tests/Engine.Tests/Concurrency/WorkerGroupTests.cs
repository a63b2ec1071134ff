using System.Buffers;
using Kontinue.Client;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Journal;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Concurrency;

public sealed class WorkerGroupTests
{
    private sealed record Amount(int Count);

    private static Task<TestHost> StartAsync(string group, Action<KontinueBuilder> code, IExecutionStore? store = null) =>
        TestHost.StartAsync(code, store, options: o => o.WorkerGroup = group, silo: $"silo-{group}");

    /// <summary>A function that tells which group runs it.</summary>
    private static Action<KontinueBuilder> Tells(string group, params string[] functions) => k =>
    {
        foreach (string function in functions)
        {
            k.AddFunction(function, () => group);
        }
    };

    /// <summary>Waits until a silo knows what another one has registered.</summary>
    private static Task WaitForAsync(TestHost host, string function, string group) => Wait.Until(
        async () => (await host.Client.ListFunctionsAsync()).Items.Any(f => f.Metadata.Name == function && (f.Spec.WorkerGroups ?? [f.Spec.WorkerGroup!]).Contains(group)),
        () => "", $"function {function} of {group}");

    [Fact]
    public async Task The_only_group_that_has_the_function_runs_it()
    {
        await using TestHost b = await StartAsync("b", Tells("b", "only-b"));
        await using TestHost a = await StartAsync("a", Tells("a", "only-a"), b.Shared);
        ExecutionKey key = await a.StartFunctionAsync("only-b");
        Execution ended = await a.WaitForEndAsync(key);

        Assert.Equal(("b", "silo-b", null), (ended.GetResult<string>(), ended.Status!.Silo, ended.Spec.WorkerGroup));
        Assert.Equal("b", (await a.Shared.ReadAsync(key, default))!.WorkerGroup);
    }

    [Fact]
    public async Task The_group_that_is_asked_for_runs_it_also_when_the_silo_that_is_asked_has_the_function()
    {
        await using TestHost b = await StartAsync("b", Tells("b", "f"));
        await using TestHost a = await StartAsync("a", Tells("a", "f"), b.Shared);
        ExecutionKey asked = await a.StartFunctionAsync(new ExecutionSpec { Function = "f", WorkerGroup = "b" });
        ExecutionKey own = await a.StartFunctionAsync("f");

        Assert.Equal(("b", "a"), (await a.ResultAsync<string>(asked), await a.ResultAsync<string>(own)));
    }

    [Fact]
    public async Task Of_several_groups_one_must_be_named()
    {
        await using TestHost b = await StartAsync("b", Tells("b", "f"));
        await using TestHost a = await StartAsync("a", Tells("a", "f"), b.Shared);
        await using TestHost c = await StartAsync("c", Tells("c", "g"), b.Shared);
        await WaitForAsync(c, "f", "a");
        var spec = new ExecutionSpec { Function = "f" };
        InvalidRequestException refused = await Assert.ThrowsAsync<InvalidRequestException>(() => c.StartFunctionAsync(spec));
        Assert.Equal("spec.workerGroup", refused.Field);
        Assert.Contains("groups a and b", refused.Message, StringComparison.Ordinal);
        Assert.Equal("b", await c.ResultAsync<string>(await c.StartFunctionAsync(spec with { WorkerGroup = "b" })));
    }

    [Fact]
    public async Task A_child_runs_in_the_group_that_has_its_function_and_fails_when_several_have()
    {
        await using TestHost b = await StartAsync("b", Tells("b", "f", "g"));
        await using TestHost a = await StartAsync("a", Tells("a", "f"), b.Shared);
        await using TestHost c = await StartAsync(
            "c",
            k => k
                .AddFunction("only", (KontinueContext ktx) => ktx.Execute<string>("g"))
                .AddFunction("named", (KontinueContext ktx) => ktx.Execute<string>("f", options: new ChildOptions { WorkerGroup = "b" }))
                .AddFunction("unnamed", (KontinueContext ktx) => ktx.Execute<string>("f")),
            b.Shared);
        await WaitForAsync(c, "f", "a");

        Assert.Equal("b", await c.ResultAsync<string>(await c.StartFunctionAsync("only")));
        Assert.Equal("b", await c.ResultAsync<string>(await c.StartFunctionAsync("named")));
        ExecutionError error = (await c.WaitForEndAsync(await c.StartFunctionAsync("unnamed"))).Status!.Error!;
        Assert.Equal(ErrorKind.ChildFailed, error.Kind);
        Assert.Contains("groups a and b", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_nobody_can_run_yet_is_taken_and_says_what_is_missing()
    {
        await using TestHost a = await StartAsync("a", Tells("a", "f"));
        ExecutionKey noFunction = await a.StartFunctionAsync(new ExecutionSpec { Function = "g" });
        ExecutionKey noGroup = await a.StartFunctionAsync(new ExecutionSpec { Function = "f", WorkerGroup = "b" });
        ExecutionKey notThere = await a.StartFunctionAsync(new ExecutionSpec { Function = "g", WorkerGroup = "a" });

        Assert.Equal("No silo that is known has a function 'g'. Register it, or cancel the execution.", await MessageAsync(noFunction));
        Assert.Equal(
            "No silo of a worker group 'b' is known. Worker group 'a' has it. Start one that has function 'f', or cancel the execution.",
            await MessageAsync(noGroup));
        Assert.Equal(
            "No silo of worker group 'a' has a function 'g'. Register it there, or cancel the execution.", await MessageAsync(notThere));
        await using TestHost b = await StartAsync("b", Tells("b", "f", "g"), a.Shared);
        Assert.Equal(("b", "b"), (await a.ResultAsync<string>(noFunction), await a.ResultAsync<string>(noGroup)));
        await a.Client.CancelAsync(notThere);
        Assert.Equal(ExecutionPhase.Canceled, (await a.WaitForEndAsync(notThere)).Status!.Phase);

        async Task<string> MessageAsync(ExecutionKey key)
        {
            Execution shown = await a.Client.GetAsync(key);
            Condition condition = Assert.Single(shown.Status!.Conditions!);
            Assert.Equal((Condition.FunctionUnknown, ExecutionPhase.Pending), (condition.Type, shown.Status.Phase));
            return condition.Message;
        }
    }

    [Fact]
    public async Task The_functions_of_all_groups_are_listed_with_what_their_authors_say()
    {
        await using TestHost b = await StartAsync("b", k => k.AddFunction("f", (KontinueContext _, Amount amount) => amount.Count, f =>
        {
            f.Description = "Of b.";
            f.Retry = RetryPolicy.Exponential(3, TimeSpan.FromSeconds(1));
            f.Concurrency.Limit = 4;
            f.Concurrency.KeyLimit = 2;
        }).AddFunction("e", (KontinueContext _) => 1));
        await using TestHost a = await StartAsync("a", Tells("a", "d", "e"), b.Shared);
        await WaitForAsync(a, "f", "b");
        IReadOnlyList<Function> all = (await a.Client.ListFunctionsAsync()).Items;

        Assert.Equal([("d", "a"), ("e", null), ("f", "b")], all.Select(f => (f.Metadata.Name, f.Spec.WorkerGroup)));
        Assert.Equal(["a", "b"], all[1].Spec.WorkerGroups!);
        FunctionSpec seen = all[2].Spec;
        FunctionSpec told = (await b.Client.ListFunctionsAsync()).Items.Single(f => f.Metadata.Name == "f").Spec;
        Assert.Equal(("Of b.", new ConcurrencySpec { Limit = 4, KeyLimit = 2 }, told.Retry), (seen.Description, seen.Concurrency, seen.Retry));
        Assert.Equal(told.Arguments.ToString(), seen.Arguments.ToString());
        Assert.Null(all[0].Spec.Concurrency);
    }

    [Fact]
    public async Task A_limit_of_another_groups_function_counts_for_what_is_created_here()
    {
        var turnstile = new Turnstile();
        await using TestHost b = await StartAsync("b", k => k.AddFunction(
            "f", (KontinueContext ktx) => ktx.Step("pass", () => turnstile.PassAsync("x")), f => f.Concurrency.Limit = 2));
        await using TestHost a = await StartAsync("a", Tells("a", "g"), b.Shared);
        await WaitForAsync(a, "f", "b");
        ExecutionKey[] keys = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => a.StartFunctionAsync("f")));
        await Wait.Until(() => turnstile.Inside() == 2);
        turnstile.Open();
        foreach (ExecutionKey key in keys)
        {
            await a.WaitForEndAsync(key);
        }

        Assert.Equal((2, 10), (turnstile.Most(), turnstile.Order.Count));
    }

    [Fact]
    public async Task A_silo_does_not_start_before_it_has_read_what_others_have_registered()
    {
        await using TestHost b = await StartAsync("b", k => k.AddFunction("f", () => 1, f => f.Concurrency.Limit = 2));
        var unreadable = new CrashableStore(b.Shared) { BeforeFunctions = () => throw new StoreException("Not now.", isTransient: true) };
        await Assert.ThrowsAsync<StoreException>(() => StartAsync("a", Tells("a", "g"), unreadable));

        await using TestHost a = await StartAsync("a", Tells("a", "g"), b.Shared);
        Assert.Equal(("b", 2), (a.Engine.Known.Place("f", null).WorkerGroup, a.Engine.Known.Place("f", null).Limit));
    }

    [Fact]
    public async Task What_was_not_known_when_it_was_placed_is_looked_for_at_once()
    {
        var time = new ManualTimeProvider();
        await using TestHost a = await TestHost.StartAsync(Tells("a", "g"), time: time, options: o => o.WorkerGroup = "a", silo: "silo-a");
        await using TestHost b = await TestHost.StartAsync(
            k => k.AddFunction("f", () => 1, f => f.Concurrency.Limit = 2), a.Shared, time, o => o.WorkerGroup = "b", "silo-b");
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(a.Engine.Known.Place("f", null).Missing);

        // Long before the time for it has come: the clock stands still.
        await Wait.Until(() => a.Engine.Known.Place("f", null).Limit == 2);
    }

    [Fact]
    public async Task What_is_created_here_is_kept_as_long_as_the_function_of_another_group_says()
    {
        await using TestHost b = await StartAsync("b", k => k.AddFunction("f", () => 1, f =>
        {
            f.ArchiveAfter = TimeSpan.FromDays(1);
            f.DeleteAfter = TimeSpan.FromDays(30);
        }));
        await using TestHost a = await StartAsync("a", Tells("a", "g"), b.Shared);
        var ttl = new TtlSpec { ArchiveAfter = TimeSpan.FromDays(1), DeleteAfter = TimeSpan.FromDays(30) };
        Execution ended = await a.WaitForEndAsync(await a.StartFunctionAsync("f"));
        ExecutionRow row = (await a.Shared.ReadAsync(ended.Key, default))!;
        var own = new TtlSpec { DeleteAfter = TimeSpan.FromDays(2) };
        ExecutionKey other = await a.StartFunctionAsync(new ExecutionSpec { Function = "f", Ttl = own });

        Assert.Equal((ttl, ttl.ArchiveAfter, ttl.DeleteAfter), (ended.Spec.Ttl, row.ArchiveAfter, row.DeleteAfter));
        Assert.Equal(own, (await a.WaitForEndAsync(other)).Spec.Ttl);
        Assert.Equal(ttl, (await a.Client.ListFunctionsAsync()).Items.Single(f => f.Metadata.Name == "f").Spec.Ttl);
    }

    [Fact]
    public async Task What_no_silo_of_its_group_can_be_told_of_can_be_ended_all_the_same()
    {
        await using TestHost a = await StartAsync("a", k => k.AddFunction("parent", async (KontinueContext ktx) =>
            await ktx.Execute<int>("f", options: new ChildOptions { Name = "child", WorkerGroup = "b" })));
        var spec = new ExecutionSpec { Function = "f", WorkerGroup = "b", Mutex = new MutexSpec { Name = "m" } };
        ExecutionKey canceled = await a.StartFunctionAsync(spec);
        ExecutionKey skipped = await a.StartFunctionAsync(spec);
        ExecutionKey deleted = await a.StartFunctionAsync(spec);
        ExecutionKey parent = await a.StartFunctionAsync("parent");
        await a.WaitForPhaseAsync(TestHost.Key("child"), ExecutionPhase.Pending);
        await a.Client.CancelAsync(canceled, "Enough.");
        await a.Client.SkipAsync(skipped, JsonPayload.From(1));
        await a.Client.DeleteAsync(deleted);
        await a.Client.SkipAsync(TestHost.Key("child"), JsonPayload.From(5));

        Execution end = await a.Client.GetAsync(canceled);
        Assert.Equal((ExecutionPhase.Canceled, "Enough.", null), (end.Status!.Phase, end.Status.Error!.Message, end.Status.Conditions));
        ExecutionStatus passed = (await a.WaitForEndAsync(skipped)).Status!;
        Assert.Equal((ExecutionPhase.Skipped, 1), (passed.Phase, passed.Result.To<int>()));
        await Wait.Until(async () => await a.Shared.ReadAsync(deleted, default) is null, () => "", "the deletion");
        Assert.Equal(5, await a.ResultAsync<int>(parent));
    }

    [Fact]
    public async Task What_has_records_that_its_row_does_not_tell_of_can_be_ended_too()
    {
        await using TestHost a = await StartAsync("a", Tells("a", "g"));
        ExecutionKey key = await a.StartFunctionAsync(new ExecutionSpec { Function = "f", WorkerGroup = "b" });
        ExecutionRow row = (await a.Shared.ReadAsync(key, default))!;
        long next = (await a.Shared.ReadJournalAsync(row.Uid, 0, 10, default)).Count + 1;
        var journal = new ArrayBufferWriter<byte>();
        JournalCodec.Write(journal, new Entry { Kind = EntryKind.EventReceived, At = row.CreatedAt, Operation = "e" });
        var unit = new CommitUnit();
        unit.Rows.Add(new RowWrite { Row = row, IsInsert = false, IsGuard = true });
        unit.Journal.Add(new JournalRecord(row.Uid, next, journal.WrittenMemory));
        Assert.Equal([CommitOutcome.Applied], await a.Shared.CommitAsync([unit], default));
        await a.Client.CancelAsync(key);

        Assert.Equal(ExecutionPhase.Canceled, (await a.WaitForEndAsync(key)).Status!.Phase);
        Assert.Equal([next, next + 1], (await a.Shared.ReadJournalAsync(row.Uid, next - 1, 10, default)).Select(record => record.Sequence));
    }

    [Fact]
    public async Task What_a_silo_of_its_group_can_run_is_ended_by_that()
    {
        await using TestHost b = await StartAsync("b", k => k.AddFunction("f", (KontinueContext ktx) => ktx.Suspend("gate")));
        await using TestHost a = await StartAsync("a", Tells("a", "g"), b.Shared);
        ExecutionKey key = await a.StartFunctionAsync(new ExecutionSpec { Function = "f", WorkerGroup = "b" });
        await a.Client.CancelAsync(key);

        Assert.Equal(ExecutionPhase.Canceled, (await a.WaitForEndAsync(key)).Status!.Phase);
    }
}
