using Kontinue.Engine.Executions;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Concurrency;

public sealed class LimitTests
{
    private sealed record Who(string Name, string Group = "");

    private static Action<KontinueBuilder> Code(Turnstile turnstile, Action<FunctionOptions>? configure = null) => k => k
        .AddFunction("pass", (KontinueContext ktx, Who who) => ktx.Step("pass", () => turnstile.PassAsync(who.Name, who.Group)), configure)
        .AddFunction("other", (KontinueContext ktx, Who who) => ktx.Step("pass", () => turnstile.PassAsync(who.Name, who.Group)))
        .AddFunction("parent", (KontinueContext ktx, Who who) => Task.WhenAll(
            Enumerable.Range(0, 6).Select(i => ktx.Execute("pass", who with { Name = $"{i}" }))));

    private static ExecutionSpec Spec(string function, Who who, string? key = null) => new()
    {
        Function = function, Arguments = JsonPayload.From(who, KontinueJson.Options), ConcurrencyKey = key,
    };

    private static async Task WaitForAllAsync(TestHost host, IEnumerable<ExecutionKey> keys)
    {
        foreach (ExecutionKey key in keys)
        {
            Assert.Equal(ExecutionPhase.Completed, (await host.WaitForEndAsync(key)).Status!.Phase);
        }
    }

    [Fact]
    public async Task A_functions_limit_is_reached_and_never_exceeded_over_several_silos()
    {
        const int Limit = 7;
        var turnstile = new Turnstile();
        await using TestHost one = await TestHost.StartAsync(Code(turnstile, f => f.Concurrency.Limit = Limit));
        await using TestHost two = await one.StartBesideAsync("silo-2");
        TestHost[] hosts = [one, two];
        ExecutionKey[] keys = await Task.WhenAll(Enumerable.Range(0, 300).Select(
            i => Task.Run(() => hosts[i % 2].StartFunctionAsync(Spec("pass", new Who($"{i}")), $"x{i}"))));
        await Wait.Until(() => turnstile.Inside() == Limit);

        // Those of the other function have no limit, and none of them waits behind the others.
        Task others = Task.WhenAll(Enumerable.Range(0, 20).Select(i => one.StartFunctionAsync(Spec("other", new Who($"other {i}", "other")))));
        await Wait.For(others);
        await Wait.Until(() => turnstile.Inside("other") == 20);
        Execution throttled = await one.WaitForAsync(
            keys.First(key => !turnstile.Order.Contains(key.Name[1..])), e => e.Status!.Conditions is not null, "the wait");
        Assert.Equal(
            (Condition.Throttled, "As many executions of function 'pass' are under way as may be at once."),
            (throttled.Status!.Conditions![0].Type, throttled.Status.Conditions[0].Message));
        turnstile.Open();
        await WaitForAllAsync(one, keys);

        Assert.Equal((Limit, 320), (turnstile.Most(), turnstile.Order.Distinct().Count()));
        Assert.Empty(await one.Shared.ReadHoldersAsync(Semaphores.Function("default", "pass"), 10, default));
    }

    [Fact]
    public async Task Children_are_limited_like_roots()
    {
        var turnstile = new Turnstile();
        await using TestHost host = await TestHost.StartAsync(
            Code(turnstile, f => f.Concurrency.Limit = 2), options: o => o.SweepInterval = TimeSpan.FromHours(1));
        ExecutionKey[] parents = [await host.StartFunctionAsync("parent", new Who("")), await host.StartFunctionAsync("parent", new Who(""))];
        await Wait.Until(() => turnstile.Inside() == 2);
        turnstile.Open();
        await WaitForAllAsync(host, parents);

        Assert.Equal((2, 12), (turnstile.Most(), turnstile.Order.Count));
    }

    [Fact]
    public async Task A_keys_limit_counts_for_each_key_and_namespace()
    {
        var turnstile = new Turnstile();
        await using TestHost host = await TestHost.StartAsync(
            Code(turnstile, f => f.Concurrency.KeyLimit = 2), options: o => o.SweepInterval = TimeSpan.FromHours(1));
        var keys = new List<ExecutionKey>();
        foreach (string group in new[] { "a", "b" })
        {
            for (int i = 0; i < 8; i++)
            {
                keys.Add(await host.StartFunctionAsync(Spec("pass", new Who($"{i}", group), group)));
            }
        }

        Execution elsewhere = await host.Client.CreateAsync(new Execution
        {
            Metadata = new ObjectMetadata { Namespace = "elsewhere", Name = "x" }, Spec = Spec("pass", new Who("x", "elsewhere"), "a"),
        });
        await Wait.Until(() => turnstile.Inside("a") == 2 && turnstile.Inside("b") == 2 && turnstile.Inside("elsewhere") == 1);
        turnstile.Open();
        await WaitForAllAsync(host, [.. keys, elsewhere.Key]);

        Assert.Equal((2, 2, 17), (turnstile.Most("a"), turnstile.Most("b"), turnstile.Order.Count));
    }

    [Fact]
    public async Task Functions_share_a_key_and_one_with_a_smaller_limit_is_not_overtaken_for_ever()
    {
        var turnstile = new Turnstile();
        await using TestHost host = await TestHost.StartAsync(
            Code(turnstile, f => f.Concurrency.KeyLimit = 3), options: o => o.SweepInterval = TimeSpan.FromHours(1));
        ExecutionKey first = await host.StartFunctionAsync(Spec("pass", new Who("first", "k"), "k"));
        await Wait.Until(() => turnstile.Inside("k") == 1);
        ExecutionKey alone = await host.StartFunctionAsync(Spec("other", new Who("alone", "k"), "k"));
        ExecutionKey later = await host.StartFunctionAsync(Spec("pass", new Who("later", "k"), "k"));
        ExecutionKey unrelated = await host.StartFunctionAsync(Spec("pass", new Who("unrelated"), "another"));
        await Wait.Until(() => turnstile.Inside() == 1);
        Assert.Equal(["first", "unrelated"], turnstile.Order);
        turnstile.Open();
        await WaitForAllAsync(host, [first, alone, later, unrelated]);

        Assert.Equal(["first", "unrelated", "alone", "later"], turnstile.Order);
    }

    [Fact]
    public async Task A_limit_counts_from_the_code_that_is_running_and_for_executions_that_were_created_under_one()
    {
        var turnstile = new Turnstile();
        await using TestHost host = await TestHost.StartAsync(
            Code(turnstile, f => f.Concurrency.Limit = 1), options: o => o.SweepInterval = TimeSpan.FromHours(1));
        for (int i = 0; i < 6; i++)
        {
            await host.StartFunctionAsync(Spec("pass", new Who($"{i}")), $"x{i}");
        }

        await Wait.Until(() => turnstile.Inside() == 1);
        var second = new Turnstile();
        await host.CrashAsync(Code(second, f => f.Concurrency.Limit = 4));
        await Wait.Until(() => second.Inside() == 4);
        var third = new Turnstile();
        await host.CrashAsync(Code(third));
        await Wait.Until(() => third.Inside() == 6);
        third.Open();
        second.Open();
        turnstile.Open();
        await WaitForAllAsync(host, Enumerable.Range(0, 6).Select(i => TestHost.Key($"x{i}")));

        Assert.Equal((1, 4, 6), (turnstile.Most(), second.Most(), third.Most()));
    }

    [Fact]
    public async Task A_silo_without_places_leaves_them_to_others()
    {
        var turnstile = new Turnstile();
        await using TestHost one = await TestHost.StartAsync(
            Code(turnstile, f => f.Concurrency.Limit = 2), options: o => o.MaxConcurrentExecutions = 1);
        ExecutionKey busy = await one.StartFunctionAsync(Spec("other", new Who("busy", "busy")));
        await Wait.Until(() => turnstile.Inside("busy") == 1);
        ExecutionKey[] keys = [await one.StartFunctionAsync(Spec("pass", new Who("a"))), await one.StartFunctionAsync(Spec("pass", new Who("b")))];
        await using TestHost two = await TestHost.StartAsync(Code(turnstile, f => f.Concurrency.Limit = 2), one.Shared, silo: "silo-2");
        await Wait.Until(() => turnstile.Inside() == 2);
        turnstile.Open();
        await WaitForAllAsync(two, [busy, .. keys]);
    }
}
