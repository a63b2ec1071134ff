using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

public sealed class ChildTests
{
    private sealed record Number(int N);

    private static void Square(KontinueBuilder k) => k.AddFunction("square", (KontinueContext _, Number a) => a.N * a.N);

    [Fact]
    public async Task Labels_of_a_child_follow_the_rules_of_labels()
    {
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("child", () => 1)
            .AddFunction("f", (KontinueContext ktx) => ktx.Execute<int>(
                "child", options: new ChildOptions { Labels = new Dictionary<string, string> { ["a"] = "b c" } })));
        ExecutionKey key = await host.StartFunctionAsync("f");

        Execution ended = await host.WaitForEndAsync(key);
        Assert.Equal(ExecutionPhase.Failed, ended.Status!.Phase);
        Assert.Contains("'b c' is not a label's value", ended.Status.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_child_gives_its_result_to_its_parent_and_names_it_as_its_owner()
    {
        await using TestHost host = await TestHost.StartAsync(k =>
        {
            Square(k);
            k.AddFunction("f", (KontinueContext ktx) => ktx.Execute<int>("square", new Number(7), new ChildOptions { Name = "seven" }));
        });
        ExecutionKey key = await host.StartFunctionAsync("f");

        Assert.Equal(49, await host.ResultAsync<int>(key));
        Execution child = await host.WaitForEndAsync(TestHost.Key("seven"));
        Assert.Equal(key.Name, Assert.Single(child.Metadata.OwnerReferences!).Name);
        Assert.Equal(ExecutionPhase.Completed, Assert.Single((await host.Client.GetAsync(key)).Status!.Children!).Phase);
    }

    [Fact]
    public async Task Children_run_in_parallel_and_are_awaited_together()
    {
        var all = new CountdownEvent(5);
        var met = new TaskCompletionSource();
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("meet", (KontinueContext ktx, Number a) => ktx.Step("s", async () =>
            {
                if (all.Signal())
                {
                    met.SetResult();
                }

                await met.Task;
                return a.N;
            }))
            .AddFunction("f", async (KontinueContext ktx) =>
                (await Task.WhenAll(Enumerable.Range(0, 5).Select(i => ktx.Execute<int>("meet", new Number(i))))).Sum()));

        Assert.Equal(10, await host.RunAsync<int>("f"));
    }

    [Fact]
    public async Task A_childs_failure_reaches_its_parent_as_ChildFailed()
    {
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("bad", (KontinueContext _) => Task.FromException(new InvalidOperationException("broken")))
            .AddFunction("f", (KontinueContext ktx) => ktx.Execute("bad")));
        Execution ended = await host.WaitForEndAsync(await host.StartFunctionAsync("f"));

        ExecutionError error = ended.Status!.Error!;
        Assert.Equal((ErrorKind.ChildFailed, false), (error.Kind, error.Retryable));
        Assert.Contains("broken", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_childs_cancellation_reaches_its_parent_as_ChildCanceled()
    {
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("waits", (KontinueContext ktx) => ktx.Suspend("gate"))
            .AddFunction("f", (KontinueContext ktx) => ktx.Execute("waits", options: new ChildOptions { Name = "child" })));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(TestHost.Key("child"), ExecutionPhase.Suspended);
        await host.Client.CancelAsync(TestHost.Key("child"));
        Execution ended = await host.WaitForEndAsync(key);

        Assert.Equal((ExecutionPhase.Failed, ErrorKind.ChildCanceled), (ended.Status!.Phase, ended.Status.Error!.Kind));
    }

    [Fact]
    public async Task A_child_whose_name_is_taken_by_another_execution_fails_and_runs_nothing()
    {
        var ran = new List<int>();
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("record", (KontinueContext ktx, Number a) => ktx.Step("s", () =>
            {
                lock (ran)
                {
                    ran.Add(a.N);
                }
            }))
            .AddFunction("nested", (KontinueContext ktx, Number a) => ktx.Execute("record", a))
            .AddFunction("f", async (KontinueContext ktx) =>
            {
                try
                {
                    await ktx.Execute("nested", new Number(2), new ChildOptions { Name = "taken" });
                    return "ran";
                }
                catch (ChildFailedException e)
                {
                    return e.Error.Message;
                }
            }));
        await host.RunAsync<object>("record", new Number(1), "taken");

        Assert.Contains("taken by another", await host.RunAsync<string>("f"), StringComparison.Ordinal);
        Assert.Equal([1], ran);
        IReadOnlyList<ExecutionRow> rows = await host.Shared.ListAsync(new RowQuery { Limit = 10 }, default);
        Assert.Equal(2, rows.Count);
    }

    [Fact]
    public async Task A_parent_learns_at_once_that_its_childs_name_is_taken()
    {
        var time = new ManualTimeProvider();
        await using TestHost host = await TestHost.StartAsync(
            k => k
                .AddFunction("waits", (KontinueContext ktx) => ktx.Suspend("gate"))
                .AddFunction("f", (KontinueContext ktx) => ktx.Execute("waits", options: new ChildOptions { Name = "taken" })),
            time: time);
        await host.StartFunctionAsync("waits", name: "taken");

        // The clock stands still, so no sweep helps.
        Execution ended = await host.WaitForEndAsync(await host.StartFunctionAsync("f"));
        Assert.Equal(ExecutionPhase.Failed, ended.Status!.Phase);
    }

    [Fact]
    public async Task A_spawned_child_goes_on_when_its_parent_has_ended_and_an_attached_one_is_canceled()
    {
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("waits", (KontinueContext ktx) => ktx.Suspend("gate"))
            .AddFunction("f", async (KontinueContext ktx) =>
            {
                _ = ktx.Execute("waits", options: new ChildOptions { Name = "attached" });
                await ktx.Step("a", () => 1);
                return ktx.Spawn("waits", options: new ChildOptions { Name = "detached" }).Key.Name;
            }));

        Assert.Equal("detached", await host.RunAsync<string>("f"));
        Assert.Equal(ExecutionPhase.Canceled, (await host.WaitForEndAsync(TestHost.Key("attached"))).Status!.Phase);
        await host.WaitForPhaseAsync(TestHost.Key("detached"), ExecutionPhase.Suspended);
        await host.Client.ResumeAsync(TestHost.Key("detached"));
        Assert.Equal(ExecutionPhase.Completed, (await host.WaitForEndAsync(TestHost.Key("detached"))).Status!.Phase);
    }

    [Fact]
    public async Task A_spawned_child_can_be_awaited_later_also_after_a_restart()
    {
        await using TestHost host = await TestHost.StartAsync(k =>
        {
            Square(k);
            k.AddFunction("f", async (KontinueContext ktx) =>
            {
                ChildExecution<int> child = ktx.Spawn<int>("square", new Number(3));
                await ktx.Suspend("gate");
                return await child.Result;
            });
        });
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await host.RestartAsync();
        await host.Client.ResumeAsync(key);

        Assert.Equal(9, await host.ResultAsync<int>(key));
    }

    [Fact]
    public async Task A_tree_of_children_ends_also_when_there_is_only_one_place()
    {
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("tree", async (KontinueContext ktx, Number a) => a.N == 0
                ? 1
                : (await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ktx.Execute<int>("tree", new Number(a.N - 1))))).Sum()),
            options: o => o.MaxConcurrentExecutions = 1);

        Assert.Equal(27, await host.RunAsync<int>("tree", new Number(3)));
    }

    [Fact]
    public async Task A_child_of_a_function_that_nobody_has_waits_and_says_why()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction(
            "f", (KontinueContext ktx) => ktx.Execute("nobody-has-it", options: new ChildOptions { Name = "child" })));
        await host.StartFunctionAsync("f");
        Execution child = await host.WaitForPhaseAsync(TestHost.Key("child"), ExecutionPhase.Pending);

        Assert.Equal(Condition.FunctionUnknown, Assert.Single(child.Status!.Conditions!).Type);
    }
}
