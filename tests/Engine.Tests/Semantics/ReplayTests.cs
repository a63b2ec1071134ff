using Kontinue.Engine.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

public sealed class ReplayTests
{
    [Fact]
    public async Task Races_go_the_same_way_on_every_replay()
    {
        var mayEnd = Enumerable.Range(0, 6).Select(_ => new TaskCompletionSource()).ToArray();
        var orders = new List<string>();
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            var left = new List<Task<int>>();
            for (int i = 0; i < mayEnd.Length; i++)
            {
                int index = i;
                left.Add(ktx.Step("s" + index, async () =>
                {
                    await mayEnd[index].Task;
                    return index;
                }));
            }

            var order = new List<int>();
            while (left.Count > 0)
            {
                Task<int> first = await Task.WhenAny(left);
                left.Remove(first);
                order.Add(await first);
            }

            string text = string.Join(",", order);
            lock (orders)
            {
                orders.Add(text);
            }

            await ktx.Suspend("gate");
            return text;
        }));
        ExecutionKey key = await host.StartFunctionAsync("f");
        foreach (int i in new[] { 3, 0, 5, 1, 4, 2 })
        {
            mayEnd[i].SetResult();
            await Wait.Until(async () => (await host.JournalAsync(key)).Any(e => e.Name == "s" + i), () => "", $"step {i}");
        }

        for (int restart = 0; restart < 5; restart++)
        {
            await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
            await host.RestartAsync();
            await host.Client.SendEventAsync(key, "wake");
            await Wait.Until(() => orders.Count == restart + 2);
        }

        await host.Client.ResumeAsync(key);
        Assert.Equal("3,0,5,1,4,2", await host.ResultAsync<string>(key));
        Assert.All(orders, order => Assert.Equal("3,0,5,1,4,2", order));
    }

    [Fact]
    public async Task Time_ids_and_random_numbers_are_the_same_after_a_replay()
    {
        var time = new ManualTimeProvider();
        var seen = new List<string>();
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            string values = $"{ktx.UtcNow:O} {ktx.NewGuid()} {ktx.Random.Next()}";
            await ktx.Sleep(TimeSpan.FromMinutes(1));
            values += $" {ktx.UtcNow:O} {ktx.NewGuid()} {ktx.Random.NextDouble()}";
            lock (seen)
            {
                seen.Add(values);
            }

            await ktx.Suspend("gate");
            return values;
        }), time: time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.AdvanceUntilAsync(() => seen.Count == 1, TimeSpan.FromSeconds(7), "the first life");
        await host.WaitForAsync(key, e => e.Status!.WaitingFor?.Any(w => w.Name == "gate") == true, "the gate");
        time.Advance(TimeSpan.FromHours(1));
        await host.RestartAsync();
        await host.Client.ResumeAsync(key);

        await host.WaitForEndAsync(key);
        Assert.Equal(2, seen.Count);
        Assert.Equal(seen[0], seen[1]);
    }

    [Fact]
    public async Task A_function_logs_each_line_once()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            ktx.Logger.LogInformation("begins");
            await ktx.Step("a", () => 1);
            ktx.Logger.LogInformation("has done a");
            await ktx.Suspend("gate");
            ktx.Logger.LogInformation("is past the gate");
        }));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await host.RestartAsync();
        await host.Client.ResumeAsync(key);
        await host.WaitForEndAsync(key);

        Assert.Equal(["begins", "has done a", "is past the gate"], host.Log.Of("f"));
    }

    [Fact]
    public async Task A_context_used_from_another_thread_says_so()
    {
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("in-task-run", async (KontinueContext ktx) => await Task.Run(() => ktx.Step("a", () => 1)))
            .AddFunction("in-step", (KontinueContext ktx) => ktx.Step("a", () => ktx.Step("b", () => 1)))
            .AddFunction("after-configure-await", async (KontinueContext ktx) =>
            {
                await Task.Run(() => { }).ConfigureAwait(false);
                ktx.NewGuid();
            }));
        foreach (string function in new[] { "in-task-run", "in-step", "after-configure-await" })
        {
            ExecutionError error = (await host.WaitForEndAsync(await host.StartFunctionAsync(function))).Status!.Error!;
            Assert.Equal(ErrorKind.Execution, error.Kind);
            Assert.Contains("outside of its function", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_function_may_await_something_outside_of_Kontinue()
    {
        var outside = new TaskCompletionSource<int>();
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            int value = await outside.Task;
            await Task.Yield();
            return await ktx.Step("a", () => value + 1);
        }));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Executing);
        _ = Task.Run(() => outside.SetResult(1));

        Assert.Equal(2, await host.ResultAsync<int>(key));
    }

    [Fact]
    public async Task A_function_that_blocks_is_stored_so_that_its_caller_gets_an_answer()
    {
        using var mayEnd = new ManualResetEventSlim();
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", (KontinueContext _) =>
        {
            mayEnd.Wait();
            return 1;
        }));
        ExecutionKey key = await host.StartFunctionAsync("f");
        mayEnd.Set();

        Assert.Equal(1, await host.ResultAsync<int>(key));
    }
}
