using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

public sealed class EventTests
{
    [Fact]
    public async Task Events_that_come_early_are_kept_in_their_order()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            await ktx.Suspend("gate");
            return $"{await ktx.Event<int>("n")},{await ktx.Event<int>("n")},{await ktx.Event<int>("n")}";
        }));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await host.Client.SendEventAsync(key, "n", JsonPayload.From(1));
        await host.Client.SendEventAsync(key, "n", JsonPayload.From(2));
        await host.RestartAsync();
        await host.Client.SendEventAsync(key, "n", JsonPayload.From(3));
        await host.Client.ResumeAsync(key);

        Assert.Equal("1,2,3", await host.ResultAsync<string>(key));
    }

    [Fact]
    public async Task Several_waiters_are_served_in_the_order_of_their_asking()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            Task<string> first = ktx.Event<string>("e");
            Task<string> second = ktx.Event<string>("e");
            return string.Join(",", await Task.WhenAll(second, first));
        }));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.Client.SendEventAsync(key, "e", JsonPayload.From("a"));
        await host.Client.SendEventAsync(key, "e", JsonPayload.From("b"));

        Assert.Equal("b,a", await host.ResultAsync<string>(key));
    }

    [Fact]
    public async Task A_wait_for_an_event_can_time_out_and_the_event_goes_to_the_next_waiter()
    {
        var time = new ManualTimeProvider();
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            try
            {
                return await ktx.Event<string>("e", TimeSpan.FromMinutes(1));
            }
            catch (DurableTimeoutException)
            {
                return "late: " + await ktx.Event<string>("e");
            }
        }), time: time);
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        time.Advance(TimeSpan.FromMinutes(1) + TimeSpan.FromSeconds(11));
        await host.AdvanceUntilAsync(
            () => host.JournalAsync(key).Result.Any(e => e.Kind == "WaitTimedOut"), TimeSpan.FromSeconds(1), "the timeout");
        await host.RestartAsync();
        await host.Client.SendEventAsync(key, "e", JsonPayload.From("x"));

        Assert.Equal("late: x", await host.ResultAsync<string>(key));
    }

    [Fact]
    public async Task A_payload_that_is_spread_over_lines_survives_the_journal()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            int[] values = await ktx.Event<int[]>("e");
            await ktx.Suspend("gate");
            return values.Sum();
        }));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.Client.SendEventAsync(key, "e", new JsonPayload("[\n  1,\n  2\n]"u8.ToArray()));
        await host.WaitForAsync(key, e => e.Status!.WaitingFor?.Any(w => w.Name == "gate") == true, "the gate");
        await host.RestartAsync();
        await host.Client.ResumeAsync(key);

        Assert.Equal(3, await host.ResultAsync<int>(key));
    }

    [Fact]
    public async Task Events_are_refused_when_the_execution_has_ended_or_is_absent()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", (KontinueContext _) => 1));
        ExecutionKey key = await host.StartFunctionAsync("f");
        await host.WaitForEndAsync(key);

        await Assert.ThrowsAsync<ExecutionConflictException>(() => host.Client.SendEventAsync(key, "e"));
        await Assert.ThrowsAsync<ExecutionNotFoundException>(() => host.Client.SendEventAsync(TestHost.Key("absent"), "e"));
        await Assert.ThrowsAsync<InvalidRequestException>(() => host.Client.SendEventAsync(key, "a#b"));
    }
}
