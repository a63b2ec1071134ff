using Kontinue.Client;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

public sealed class SuspensionTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task A_sleep_ends_at_its_time_also_after_a_restart()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            await ktx.Sleep(TimeSpan.FromHours(1));
            return ktx.UtcNow;
        }), time: _time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        Execution asleep = await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        Assert.Equal(ManualTimeProvider.Start.AddHours(1), asleep.Status!.WakeAt);

        _time.Advance(TimeSpan.FromMinutes(30));
        await host.RestartAsync();

        // Near its end in one go, and then in steps so small that the clock does not run ahead of a slow machine.
        _time.Advance(TimeSpan.FromMinutes(29));
        await host.AdvanceToEndAsync(key, TimeSpan.FromSeconds(1));

        DateTimeOffset woke = await host.ResultAsync<DateTimeOffset>(key);
        Assert.InRange(woke, ManualTimeProvider.Start.AddHours(1), ManualTimeProvider.Start.AddHours(1).AddMinutes(2));
    }

    [Fact]
    public async Task A_sleep_that_ended_while_nobody_ran_ends_at_the_next_start()
    {
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Sleep(TimeSpan.FromHours(1))), time: _time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await host.StopAsync();
        _time.Advance(TimeSpan.FromHours(2));
        await host.RestartAsync();

        Assert.Equal(ExecutionPhase.Completed, (await host.WaitForEndAsync(key)).Status!.Phase);
    }

    [Fact]
    public async Task A_sleep_can_be_ended_early_by_its_name()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            await Task.WhenAny(ktx.Sleep(TimeSpan.FromHours(1)), ktx.Sleep(TimeSpan.FromHours(2), "long"));
            return 5;
        }), time: _time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await host.Client.ResumeAsync(key, "long");

        Assert.Equal(5, await host.ResultAsync<int>(key));
    }

    [Fact]
    public async Task A_suspension_returns_the_payload_of_its_resume_and_shows_what_it_waits_for()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction(
            "f", (KontinueContext ktx) => ktx.Suspend<string>("approval", description: "Ship it?")));
        ExecutionKey key = await host.StartFunctionAsync("f");
        Execution waiting = await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        WaitReference wait = Assert.Single(waiting.Status!.WaitingFor!);
        Assert.Equal(new WaitReference("Suspend", "approval", null, "Ship it?", wait.Since), wait);
        await host.Client.ResumeAsync(key, "approval", JsonPayload.From("ja, grün"));

        Assert.Equal("ja, grün", await host.ResultAsync<string>(key));
    }

    [Fact]
    public async Task Waits_tell_since_when_also_after_a_restart()
    {
        DateTimeOffset began = _time.GetUtcNow();
        var patient = new StepOptions { Retry = RetryPolicy.Constant(maxAttempts: 3, TimeSpan.FromDays(2)) };
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("child", (KontinueContext ktx) => ktx.Suspend("forever")).AddFunction("f", (KontinueContext ktx) => Task.WhenAll(
                ktx.Sleep(TimeSpan.FromDays(1)),
                ktx.Suspend("approval"),
                ktx.Execute("child"),
                ktx.Event<string>("soon", timeout: TimeSpan.FromDays(1)),
                ktx.Event<string>("whenever"),
                ktx.Step("flaky", _ => Task.FromException(new InvalidOperationException("not yet")), patient))),
            time: _time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        Execution first = await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await host.StopAsync();
        _time.Advance(TimeSpan.FromHours(3));
        await host.RestartAsync();
        await host.Client.SendEventAsync(key, "soon", JsonPayload.Null);
        Execution later = await host.WaitForAsync(key, e => e.Status!.WaitingFor?.Count == 5, "the rest of the waits");

        Assert.Equal(6, first.Status!.WaitingFor!.Count);
        foreach (WaitReference wait in first.Status.WaitingFor.Concat(later.Status!.WaitingFor!))
        {
            // Of an event without a deadline nothing is written down.
            Assert.Equal((wait.Name, wait.Name == "whenever" ? null : began), (wait.Name, wait.Since));
        }

        SuspensionList suspensions = await host.Client.ListSuspensionsAsync(
            new ListQuery { Selector = new ExecutionSelector { Namespace = key.Namespace, Name = key.Name } });
        Assert.Equal([began, began], suspensions.Items.Select(item => item.Metadata.CreationTimestamp));
    }

    [Fact]
    public async Task A_suspension_past_its_deadline_raises_a_timeout()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            try
            {
                await ktx.Suspend("approval", timeout: TimeSpan.FromDays(2));
                return "resumed";
            }
            catch (DurableTimeoutException e)
            {
                return $"{e.Kind} {e.Step}: {e.Message}";
            }
        }), time: _time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        _time.Advance(TimeSpan.FromDays(1));
        await host.RestartAsync();
        await host.AdvanceToEndAsync(key, TimeSpan.FromHours(1));

        Assert.Equal("Timeout approval: 'approval' was not done within 2d.", await host.ResultAsync<string>(key));
    }

    [Fact]
    public async Task A_resume_without_a_name_needs_exactly_one_suspension()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
            string.Join(",", await Task.WhenAll(ktx.Suspend<string>("one"), ktx.Suspend<string>("two")))));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForAsync(key, e => e.Status!.WaitingFor?.Count == 2, "two waits");

        var both = await Assert.ThrowsAsync<ExecutionConflictException>(() => host.Client.ResumeAsync(key));
        Assert.Contains("'one', 'two'", both.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ExecutionConflictException>(() => host.Client.ResumeAsync(key, "three"));
        await host.Client.ResumeAsync(key, "two", JsonPayload.From("b"));
        await host.WaitForAsync(key, e => e.Status!.WaitingFor?.Count == 1, "one wait");
        await host.Client.ResumeAsync(key, payload: JsonPayload.From("a"));

        Assert.Equal("a,b", await host.ResultAsync<string>(key));
        await Assert.ThrowsAsync<ExecutionConflictException>(() => host.Client.ResumeAsync(key));
        await Assert.ThrowsAsync<ExecutionNotFoundException>(() => host.Client.ResumeAsync(TestHost.Key("absent")));
    }

    [Fact]
    public async Task A_poll_asks_until_the_answer_is_yes()
    {
        var asked = new List<DateTimeOffset>();
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            await ktx.Poll("ready", _ =>
            {
                asked.Add(_time.GetUtcNow());
                return Task.FromResult(asked.Count == 3);
            }, TimeSpan.FromMinutes(1));
            return asked.Count;
        }), time: _time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.AdvanceToEndAsync(key, TimeSpan.FromSeconds(1));

        Assert.Equal(3, await host.ResultAsync<int>(key));
        Assert.True(asked[2] - asked[0] >= TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task A_poll_gives_up_at_its_deadline_and_fails_with_its_condition()
    {
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("slow", (KontinueContext ktx) => ktx.Poll(
                "ready", _ => Task.FromResult(false), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(3)))
            .AddFunction("bad", (KontinueContext ktx) => ktx.Poll(
                "ready", _ => throw new InvalidOperationException("cannot ask"), TimeSpan.FromMinutes(1))), time: _time);
        Execution slow = await host.AdvanceToEndAsync(await host.StartFunctionAsync("slow"), TimeSpan.FromSeconds(5));
        Execution bad = await host.WaitForEndAsync(await host.StartFunctionAsync("bad"));

        Assert.Equal(ErrorKind.Timeout, slow.Status!.Error!.Kind);
        Assert.Equal("cannot ask", bad.Status!.Error!.Message);
    }

    [Fact]
    public async Task Suspended_executions_leave_memory()
    {
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Suspend("gate")),
            options: o => o.SuspendedResidency = TimeSpan.FromMilliseconds(50));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await Wait.Until(() => host.Engine.ResidentCount == 0);
        await host.Client.ResumeAsync(key);
        await host.WaitForEndAsync(key);
    }

    [Fact]
    public async Task No_more_suspended_executions_stay_in_memory_than_allowed()
    {
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Suspend("gate")),
            options: o =>
            {
                o.MaxResidentSuspended = 2;
                o.SuspendedResidency = TimeSpan.FromHours(1);
            });
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => host.StartFunctionAsync("f")));
        await Wait.Until(() => host.Engine.ResidentCount <= 2);
    }
}
