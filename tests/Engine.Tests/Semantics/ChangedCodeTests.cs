using Kontinue.Engine.Hosting;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

/// <summary>New code meets old journals.</summary>
public sealed class ChangedCodeTests
{
    private readonly List<string> _ran = [];

    private Task<string> Ran(KontinueContext ktx, string step) => ktx.Step(step, () =>
    {
        lock (_ran)
        {
            _ran.Add(step);
        }

        return step;
    });

    private async Task<string> OldCode(KontinueContext ktx)
    {
        string a = await Ran(ktx, "a");
        string b = await Ran(ktx, "b");
        await ktx.Suspend("gate");
        return a + b;
    }

    private async Task<(TestHost Host, ExecutionKey Key)> StartOldAsync()
    {
        TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", (Func<KontinueContext, Task<string>>)OldCode));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        return (host, key);
    }

    private async Task<string?> GoOnWithAsync(Func<KontinueContext, Task<string>> code)
    {
        (TestHost host, ExecutionKey key) = await StartOldAsync();
        await using (host)
        {
            await host.RestartAsync(k => k.AddFunction("f", code));
            await host.Client.ResumeAsync(key, "gate");
            return await host.ResultAsync<string>(key);
        }
    }

    [Fact]
    public async Task A_step_can_be_added()
    {
        Assert.Equal("anewb", await GoOnWithAsync(async ktx =>
        {
            string a = await Ran(ktx, "a");
            string added = await Ran(ktx, "new");
            string b = await Ran(ktx, "b");
            await ktx.Suspend("gate");
            return a + added + b;
        }));
        Assert.Equal(["a", "b", "new"], _ran);
    }

    [Fact]
    public async Task A_step_can_be_removed()
    {
        Assert.Equal("b", await GoOnWithAsync(async ktx =>
        {
            string b = await Ran(ktx, "b");
            await ktx.Suspend("gate");
            return b;
        }));
        Assert.Equal(["a", "b"], _ran);
    }

    [Fact]
    public async Task Steps_can_be_moved()
    {
        Assert.Equal("ba", await GoOnWithAsync(async ktx =>
        {
            string b = await Ran(ktx, "b");
            string a = await Ran(ktx, "a");
            await ktx.Suspend("gate");
            return b + a;
        }));
        Assert.Equal(["a", "b"], _ran);
    }

    [Fact]
    public async Task A_name_of_another_kind_holds_the_execution_until_the_code_is_fixed()
    {
        (TestHost host, ExecutionKey key) = await StartOldAsync();
        await using TestHost _ = host;
        await host.RestartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            await ktx.Sleep(TimeSpan.Zero, "a");
            await ktx.Suspend("gate");
            return "";
        }));
        await host.Client.SendEventAsync(key, "wake");
        Execution held = await host.WaitForAsync(key, e => e.Status!.Conditions is { Count: > 0 }, "a condition");
        Condition condition = Assert.Single(held.Status!.Conditions!);
        Assert.Equal(Condition.Held, condition.Type);
        Assert.Contains("'a' as Sleep", condition.Message, StringComparison.Ordinal);
        Assert.Contains("as Step", condition.Message, StringComparison.Ordinal);
        Assert.Contains(host.Log.Lines, line => line.Level == LogLevel.Error && line.Message.Contains("is held", StringComparison.Ordinal));

        // What it is told meanwhile is kept.
        await host.Client.ResumeAsync(key, "gate");
        await host.RestartAsync(k => k.AddFunction("f", (Func<KontinueContext, Task<string>>)OldCode));

        Assert.Equal("ab", await host.ResultAsync<string>(key));
        Assert.Equal(["a", "b"], _ran);
        Assert.Null((await host.Client.GetAsync(key)).Status!.Conditions);
    }

    [Fact]
    public async Task A_child_of_another_function_holds_the_execution()
    {
        static void Children(KontinueBuilder k, string function) => k
            .AddFunction("one", (KontinueContext ktx) => ktx.Suspend<string>("gate"))
            .AddFunction("two", (KontinueContext ktx) => ktx.Suspend<string>("gate"))
            .AddFunction("f", async (KontinueContext ktx) =>
            {
                // The occurrence of a child is counted under its function's name.
                return function == "one" ? await ktx.Execute<string>("one") : (await ktx.Step("one", () => "")).ToString();
            });

        await using TestHost host = await TestHost.StartAsync(k => Children(k, "one"));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await host.RestartAsync(k => Children(k, "two"));
        await host.Client.SendEventAsync(key, "wake");
        Execution held = await host.WaitForAsync(key, e => e.Status!.Conditions is { Count: > 0 }, "a condition");

        Assert.Contains("as Step, but the journal has it as Child", held.Status!.Conditions![0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_held_execution_can_be_canceled()
    {
        (TestHost host, ExecutionKey key) = await StartOldAsync();
        await using TestHost _ = host;
        await host.RestartAsync(k => k.AddFunction("f", (KontinueContext ktx) => ktx.Sleep(TimeSpan.Zero, "a")));
        await host.Client.SendEventAsync(key, "wake");
        await host.WaitForAsync(key, e => e.Status!.Conditions is { Count: > 0 }, "a condition");
        await host.Client.CancelAsync(key, "give up");

        Execution ended = await host.WaitForEndAsync(key);
        Assert.Equal((ExecutionPhase.Canceled, "give up"), (ended.Status!.Phase, ended.Status.Error!.Message));
    }

    [Fact]
    public async Task A_function_that_nobody_has_waits_and_is_picked_up_when_somebody_has_it()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("g", (KontinueContext _) => 1));
        ExecutionKey key = await host.StartFunctionAsync("f");
        Execution waiting = await host.WaitForPhaseAsync(key, ExecutionPhase.Pending);
        Condition condition = Assert.Single(waiting.Status!.Conditions!);
        Assert.Equal(Condition.FunctionUnknown, condition.Type);
        Assert.Contains("'f'", condition.Message, StringComparison.Ordinal);

        await host.RestartAsync(k => k.AddFunction("f", (KontinueContext _) => 2));
        Assert.Equal(2, await host.ResultAsync<int>(key));
        Assert.Null((await host.Client.GetAsync(key)).Status!.Conditions);
    }

    [Fact]
    public async Task A_suspended_execution_whose_function_is_gone_waits_for_its_return()
    {
        (TestHost host, ExecutionKey key) = await StartOldAsync();
        await using TestHost _ = host;
        await host.RestartAsync(k => k.AddFunction("g", (KontinueContext _) => 1));
        await host.Client.ResumeAsync(key, "gate");
        await host.WaitForAsync(key, e => e.Status!.Conditions?.Any(c => c.Type == Condition.FunctionUnknown) == true, "a condition");
        await host.RestartAsync(k => k.AddFunction("f", (Func<KontinueContext, Task<string>>)OldCode));

        Assert.Equal("ab", await host.ResultAsync<string>(key));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_began_is_not_ended_without_its_function_which_may_want_to_clean_up(bool isDeletion)
    {
        bool isClean = false;
        void Code(KontinueBuilder k) => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            try
            {
                await ktx.Suspend("gate");
            }
            finally
            {
                await ktx.Step("clean", () => { isClean = true; });
            }
        });

        await using TestHost host = await TestHost.StartAsync(Code);
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await host.RestartAsync(k => k.AddFunction("g", (KontinueContext _) => 1));
        await (isDeletion ? host.Client.DeleteAsync(key) : host.Client.CancelAsync(key, "Enough."));
        Execution waiting = await host.WaitForAsync(key, e => e.Status!.Conditions is { Count: > 0 }, "a condition");
        Assert.Equal((Condition.FunctionUnknown, false), (waiting.Status!.Conditions![0].Type, waiting.Status.Phase.IsTerminal()));

        // Who deletes it looks again and again, and leaves one message.
        int looks = host.Store.DeletionLooks;
        await Wait.Until(() =>
        {
            host.Engine.Deletions.Signal();
            return host.Store.DeletionLooks > looks + 5;
        });

        Assert.Single(await host.Shared.ReadMessagesAsync([key], 10, default));
        Assert.False(isClean);
        await host.RestartAsync(Code);
        await Wait.Until(async () => await host.Shared.ReadAsync(key, default) is not { } row || row.Phase == ExecutionPhase.Canceled, () => "", "the end");
        Assert.True(isClean);
    }
}
