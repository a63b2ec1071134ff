using Kontinue.Client;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Concurrency;

public sealed class MutexTests
{
    private static readonly string Semaphore = Semaphores.Mutex(ExecutionKey.DefaultNamespace, "m");

    private sealed record Who(string Name);

    public enum Way
    {
        Complete,
        Fail,
        Cancel,
        Skip,
        Delete,
    }

    /// <summary>Functions that hold while they wait for a resume, that pass, and that take events.</summary>
    private static Action<KontinueBuilder> Code(Turnstile turnstile) => k => k
        .AddFunction("hold", async (KontinueContext ktx) =>
        {
            if (await ktx.Suspend<bool?>("gate") == true)
            {
                throw new NonRetryableException("As asked.");
            }
        })
        .AddFunction("pass", (KontinueContext ktx, Who who) => ktx.Step("pass", () => turnstile.PassAsync(who.Name)))
        .AddFunction("sum", async (KontinueContext ktx) => (10 * await ktx.Event<int>("e")) + await ktx.Event<int>("e"))
        .AddFunction("parent", (KontinueContext ktx) => ktx.Execute<int>("sum", options: new ChildOptions { Name = "child", Mutex = "m" }));

    // Nothing but signals within the process moves anything: the sweep comes too late for every deadline.
    private static Task<TestHost> StartAsync(Turnstile turnstile) =>
        TestHost.StartAsync(Code(turnstile), options: o => o.SweepInterval = TimeSpan.FromHours(1));

    private static ExecutionSpec Spec(string function, string mutex = "m", object? arguments = null) => new()
    {
        Function = function, Mutex = new MutexSpec { Name = mutex }, Arguments = arguments is null ? default : JsonPayload.From(arguments, KontinueJson.Options),
    };

    private static Task<ExecutionKey> PassAsync(TestHost host, string name) =>
        host.StartFunctionAsync(Spec("pass", arguments: new Who(name)), name);

    private static async Task<ExecutionKey> HoldAsync(TestHost host, string name = "holder")
    {
        ExecutionKey key = await host.StartFunctionAsync(Spec("hold"), name);
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        return key;
    }

    /// <summary>All that waited before has been looked at when one that came later, and may go, has ended.</summary>
    private static async Task SettleAsync(TestHost host, string mutex = "another") =>
        await host.WaitForEndAsync(await host.StartFunctionAsync(Spec("pass", mutex, new Who("settle"))));

    [Fact]
    public async Task One_holds_it_at_a_time_in_the_order_of_their_creation()
    {
        var turnstile = new Turnstile();
        turnstile.Open();
        await using TestHost host = await StartAsync(turnstile);
        ExecutionKey holder = await HoldAsync(host);
        string[] names = ["e", "a", "d", "b", "c"];
        var keys = new List<ExecutionKey>();
        foreach (string name in names)
        {
            keys.Add(await PassAsync(host, name));
        }

        await SettleAsync(host);
        Assert.Equal(["settle"], turnstile.Order);
        await host.Client.ResumeAsync(holder);
        foreach (ExecutionKey key in keys)
        {
            Assert.Equal(ExecutionPhase.Completed, (await host.WaitForEndAsync(key)).Status!.Phase);
        }

        Assert.Equal(["settle", .. names], turnstile.Order);
        Assert.Equal(1, turnstile.Most());
        Assert.Empty(await host.Shared.ReadHoldersAsync(Semaphore, 10, default));
    }

    [Fact]
    public async Task One_that_waits_says_for_what_and_who_is_in_its_way()
    {
        var turnstile = new Turnstile();
        turnstile.Open();
        await using TestHost host = await StartAsync(turnstile);
        ExecutionKey holder = await HoldAsync(host);
        ExecutionKey waiter = await host.StartFunctionAsync(Spec("pass", arguments: new Who("w")) with { Priority = 2, ConcurrencyKey = "k" }, "waiter");
        await SettleAsync(host);

        Execution shown = await host.Client.GetAsync(waiter);
        Condition condition = Assert.Single(shown.Status!.Conditions!);
        Assert.Equal((Condition.MutexHeld, "True", ExecutionPhase.Pending), (condition.Type, condition.Status, shown.Status.Phase));
        Assert.Equal($"Mutex 'm' is held by execution {holder}.", condition.Message);
        Assert.Equal(("m", 2, "k"), (shown.Spec.Mutex!.Name, shown.Spec.Priority, shown.Spec.ConcurrencyKey));
        Execution listed = (await host.Client.ListAsync(new ListQuery())).Items.Single(e => e.Key == waiter);
        Assert.Contains("waits for mutex 'm'", Assert.Single(listed.Status!.Conditions!).Message, StringComparison.Ordinal);

        await host.Client.ResumeAsync(holder);
        Assert.Null((await host.WaitForEndAsync(waiter)).Status!.Conditions);
    }

    [Theory]
    [InlineData(Way.Complete)]
    [InlineData(Way.Fail)]
    [InlineData(Way.Cancel)]
    [InlineData(Way.Skip)]
    [InlineData(Way.Delete)]
    public async Task Every_end_frees_it(Way way)
    {
        var turnstile = new Turnstile();
        turnstile.Open();
        await using TestHost host = await StartAsync(turnstile);
        ExecutionKey holder = await HoldAsync(host);
        ExecutionKey waiter = await PassAsync(host, "waiter");
        await SettleAsync(host);
        Assert.Equal([holder], await host.Shared.ReadHoldersAsync(Semaphore, 10, default));
        await (way switch
        {
            Way.Complete => host.Client.ResumeAsync(holder),
            Way.Fail => host.Client.ResumeAsync(holder, payload: JsonPayload.From(true)),
            Way.Cancel => host.Client.CancelAsync(holder),
            Way.Skip => host.Client.SkipAsync(holder),
            _ => host.Client.DeleteAsync(holder, new DeleteRequest { Force = true }),
        });

        Assert.Equal(ExecutionPhase.Completed, (await host.WaitForEndAsync(waiter)).Status!.Phase);
        if (way != Way.Delete)
        {
            ExecutionPhase[] ends = [ExecutionPhase.Completed, ExecutionPhase.Failed, ExecutionPhase.Canceled, ExecutionPhase.Skipped];
            Assert.Equal(ends[(int)way], (await host.WaitForEndAsync(holder)).Status!.Phase);
        }
    }

    [Theory]
    [InlineData(Way.Cancel, ExecutionPhase.Canceled)]
    [InlineData(Way.Skip, ExecutionPhase.Skipped)]
    public async Task One_that_waits_can_be_ended_and_never_starts(Way way, ExecutionPhase end)
    {
        var turnstile = new Turnstile();
        turnstile.Open();
        await using TestHost host = await StartAsync(turnstile);
        ExecutionKey holder = await HoldAsync(host);
        ExecutionKey ended = await PassAsync(host, "ended");
        ExecutionKey next = await PassAsync(host, "next");
        await (way == Way.Cancel ? host.Client.CancelAsync(ended, "No more.") : host.Client.SkipAsync(ended));

        Execution shown = await host.WaitForEndAsync(ended);
        Assert.Equal((end, null, null), (shown.Status!.Phase, shown.Status.StartedAt, shown.Status.Conditions));
        await host.Client.ResumeAsync(holder);
        await host.WaitForEndAsync(next);
        Assert.Equal(["next"], turnstile.Order);
    }

    [Fact]
    public async Task Events_for_one_that_waits_are_kept_in_their_order_and_it_takes_no_place_meanwhile()
    {
        await using TestHost host = await StartAsync(new Turnstile());
        ExecutionKey holder = await HoldAsync(host);
        ExecutionKey waiter = await host.StartFunctionAsync(Spec("sum"), "waiter");
        await host.Client.SendEventAsync(waiter, "e", JsonPayload.From(4));
        await host.WaitForAsync(waiter, _ => host.JournalAsync(waiter).Result.Count == 1, "the first event's record");
        await Wait.Until(() => host.Engine.ResidentCount == 1);
        await host.Client.SendEventAsync(waiter, "e", JsonPayload.From(2));
        await host.WaitForAsync(waiter, _ => host.JournalAsync(waiter).Result.Count == 2, "the second event's record");

        ExecutionRow row = (await host.Shared.ReadAsync(waiter, default))!;
        Assert.Equal((ExecutionPhase.Pending, null, Semaphore), (row.Phase, row.Owner, row.AwaitedSemaphore));
        await host.Client.ResumeAsync(holder);
        Assert.Equal(42, await host.ResultAsync<int>(waiter));
    }

    [Fact]
    public async Task A_child_waits_for_it_and_its_parent_for_the_child()
    {
        await using TestHost host = await StartAsync(new Turnstile());
        ExecutionKey holder = await HoldAsync(host);
        ExecutionKey parent = await host.StartFunctionAsync("parent");
        ExecutionKey child = TestHost.Key("child");
        await host.WaitForAsync(child, e => e.Status!.Conditions?[0].Type == Condition.MutexHeld, "the child's wait");
        await host.Client.SendEventAsync(child, "e", JsonPayload.From(1));
        await host.Client.SendEventAsync(child, "e", JsonPayload.From(7));
        Assert.Equal([holder], await host.Shared.ReadHoldersAsync(Semaphore, 10, default));
        await host.Client.ResumeAsync(holder);

        Assert.Equal(17, await host.ResultAsync<int>(parent));
    }

    [Fact]
    public async Task A_child_that_waits_is_canceled_with_its_parent()
    {
        await using TestHost host = await StartAsync(new Turnstile());
        await HoldAsync(host);
        ExecutionKey parent = await host.StartFunctionAsync("parent");
        await host.WaitForAsync(TestHost.Key("child"), e => e.Status!.Conditions?[0].Type == Condition.MutexHeld, "the child's wait");
        await host.Client.CancelAsync(parent);

        Assert.Equal(ExecutionPhase.Canceled, (await host.WaitForEndAsync(parent)).Status!.Phase);
        Assert.Equal(ExecutionPhase.Canceled, (await host.WaitForEndAsync(TestHost.Key("child"))).Status!.Phase);
    }

    [Fact]
    public async Task A_retry_by_hand_waits_anew()
    {
        var turnstile = new Turnstile();
        await using TestHost host = await StartAsync(turnstile);
        ExecutionKey first = await HoldAsync(host, "first");
        await host.Client.ResumeAsync(first, payload: JsonPayload.From(true));
        await host.WaitForPhaseAsync(first, ExecutionPhase.Failed);
        ExecutionKey second = await PassAsync(host, "second");
        await Wait.Until(() => turnstile.Inside() == 1);
        await host.Client.RetryAsync(first);
        Execution waiting = await host.WaitForPhaseAsync(first, ExecutionPhase.Pending);

        Assert.Equal(Condition.MutexHeld, Assert.Single(waiting.Status!.Conditions!).Type);
        Assert.Equal([second], await host.Shared.ReadHoldersAsync(Semaphore, 10, default));
        turnstile.Open();

        // What its first attempt was told is not told again: it comes to the same end, after it has been let in once more.
        Execution ended = await host.WaitForPhaseAsync(first, ExecutionPhase.Failed);
        Assert.Equal((2, ExecutionPhase.Completed), (ended.Status!.Attempts, (await host.WaitForEndAsync(second)).Status!.Phase));
        Assert.Empty(await host.Shared.ReadHoldersAsync(Semaphore, 10, default));
    }

    [Fact]
    public async Task ContinueAsNew_keeps_it()
    {
        var order = new List<string>();
        var mayGo = new TaskCompletionSource();
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("loop", async (KontinueContext ktx, Who who) =>
            {
                await ktx.Step("note", async () =>
                {
                    await mayGo.Task;
                    lock (order)
                    {
                        order.Add(who.Name);
                    }
                });
                if (who.Name.Length < 4)
                {
                    throw ktx.ContinueAsNew(new Who(who.Name + "x"));
                }
            }),
            options: o => o.SweepInterval = TimeSpan.FromHours(1));
        ExecutionKey first = await host.StartFunctionAsync(Spec("loop", arguments: new Who("x")), "first");
        await host.WaitForPhaseAsync(first, ExecutionPhase.Executing);
        ExecutionKey second = await host.StartFunctionAsync(Spec("loop", arguments: new Who("wait")), "second");
        mayGo.SetResult();
        await host.WaitForEndAsync(second);

        Assert.Equal(["x", "xx", "xxx", "xxxx", "wait"], order);
    }

    [Fact]
    public async Task It_moves_with_the_execution_when_its_silo_dies()
    {
        var time = new ManualTimeProvider();
        var order = new List<string>();
        Action<KontinueBuilder> Code(string silo) => k => k.AddFunction("f", (KontinueContext ktx, Who who) => ktx.Step("a", async ct =>
        {
            lock (order)
            {
                order.Add($"{who.Name} on {silo}");
            }

            if (silo == "silo-1")
            {
                await Task.Delay(Timeout.Infinite, ct);
            }
        }));
        await using TestHost one = await TestHost.StartAsync(Code("silo-1"), time: time);
        ExecutionKey holder = await one.StartFunctionAsync(Spec("f", arguments: new Who("holder")), "holder");
        await Wait.Until(() => order.Count == 1);
        await using TestHost two = await one.StartBesideAsync("silo-2", Code("silo-2"));
        ExecutionKey waiter = await two.StartFunctionAsync(Spec("f", arguments: new Who("waiter")), "waiter");
        Assert.Equal([holder], await two.Shared.ReadHoldersAsync(Semaphore, 10, default));

        // Its lease is still valid for a while, and others look all the time.
        one.Store.IsAway = true;
        await two.AdvanceToEndAsync(waiter, TimeSpan.FromSeconds(1));

        Assert.Equal(["holder on silo-1", "holder on silo-2", "waiter on silo-2"], order);
        Assert.Equal(ExecutionPhase.Completed, (await two.WaitForEndAsync(holder)).Status!.Phase);
    }

    [Fact]
    public async Task Two_that_want_two_mutexes_each_are_let_in_without_waiting_for_each_other()
    {
        var turnstile = new Turnstile();
        turnstile.Open();
        await using TestHost host = await StartAsync(turnstile);
        ExecutionKey holder = await HoldAsync(host);
        ExecutionKey[] keys = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => host.StartFunctionAsync(
            Spec("pass", i % 2 == 0 ? "m" : "n", new Who($"{i}")) with { ConcurrencyKey = i % 3 == 0 ? "m" : "n" }, $"x{i}")));
        await host.Client.ResumeAsync(holder);
        foreach (ExecutionKey key in keys)
        {
            Assert.Equal(ExecutionPhase.Completed, (await host.WaitForEndAsync(key)).Status!.Phase);
        }

        Assert.Equal(40, turnstile.Order.Count);
        Assert.InRange(turnstile.Most(), 1, 2);
    }
}
