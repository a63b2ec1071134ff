using Kontinue.Engine.Hosting;
using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Cluster;

/// <summary>What is stored for an execution between a claim and the moment in which the silo knows of it.</summary>
public sealed class ClaimWindowTests : SilosTest
{
    [Fact]
    public async Task Events_that_come_through_two_silos_meanwhile_keep_their_order()
    {
        await using TestHost one = await StartAsync(
            k => k.AddFunction("collects", async (KontinueContext ktx) => $"{await ktx.Event<int>("e")} {await ktx.Event<int>("e")} {await ktx.Event<int>("e")}"),
            o => o.SuspendedResidency = TimeSpan.Zero);
        await using TestHost two = await one.StartBesideAsync("silo-2");
        ExecutionKey key = await StartWaitingAsync(one, "collects");
        await Wait.Until(() => one.Engine.ResidentCount == 0);
        Window window = new(one);
        await SendAsync(one, key, 1);
        await window.Opened;

        await SendAsync(two, key, 2);
        await SendAsync(one, key, 3);
        window.Close();

        Assert.Equal("1 2 3", await one.ResultAsync<string>(key));
    }

    [Fact]
    public async Task An_event_of_which_a_silo_hears_while_it_claims_in_vain_reaches_the_owner()
    {
        await using TestHost one = await StartAsync(k => k.AddFunction("waits", (KontinueContext ktx) => ktx.Event<int>("e")));
        await using TestHost two = await one.StartBesideAsync("silo-2");
        ExecutionKey key = await StartWaitingAsync(one, "waits");
        Window window = new(two);
        ((ILocalSilo)two.Engine).Wake([key]);
        await window.Opened;

        await SendAsync(two, key, 1);
        window.Close();

        Assert.Equal(1, await one.ResultAsync<int>(key));
    }

    [Fact]
    public async Task An_event_that_comes_while_an_execution_leaves_memory_is_given_to_it_when_it_is_back()
    {
        await using TestHost one = await StartAsync(
            k => k.AddFunction("collects", async (KontinueContext ktx) => $"{await ktx.Event<int>("e")} {await ktx.Event<int>("e")}"),
            o => o.SuspendedResidency = TimeSpan.Zero);
        ExecutionKey key = await StartWaitingAsync(one, "collects");
        await Wait.Until(() => one.Engine.ResidentCount == 0);
        Window window = new(one);
        await SendAsync(one, key, 1);
        await window.Opened;

        // It is asked to go before it has been loaded: these two are handled one right after the other.
        one.Engine.Drop(key, Guid.Empty);
        await SendAsync(one, key, 2);
        window.Close();

        Assert.Equal("1 2", await one.ResultAsync<string>(key));
    }

    [Fact]
    public async Task More_messages_than_one_look_brings_are_given_to_all()
    {
        const int Many = 600;
        await using TestHost one = await StartAsync(
            k => k.AddFunction("adds", async (KontinueContext ktx) => await ktx.Event<int>("e") + await ktx.Event<int>("e")));
        List<ExecutionKey> keys = [];
        for (int i = 0; i < Many; i++)
        {
            keys.Add(await StartWaitingAsync(one, "adds"));
        }

        await using TestHost two = await one.StartBesideAsync("silo-2");
        Window window = new(one);
        ((ILocalSilo)one.Engine).Wake([TestHost.Key("nobody")]);
        await window.Opened;
        foreach (ExecutionKey key in keys)
        {
            await SendAsync(two, key, 1);
            await SendAsync(two, key, 2);
        }

        window.Close();
        foreach (ExecutionKey key in keys)
        {
            Assert.Equal(3, await one.ResultAsync<int>(key));
        }
    }

    private static async Task<ExecutionKey> StartWaitingAsync(TestHost host, string function)
    {
        ExecutionKey key = await host.StartFunctionAsync(function);
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        return key;
    }

    private static Task SendAsync(TestHost host, ExecutionKey key, int number) => Wait.For(host.Client.SendEventAsync(key, "e", JsonPayload.From(number)));

    /// <summary>Holds up the answer to the next claim of a silo.</summary>
    private sealed class Window
    {
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Window(TestHost host) => host.Store.AfterClaim = _ =>
        {
            host.Store.AfterClaim = null;
            _opened.SetResult();
            return _closed.Task;
        };

        public Task Opened => Wait.For(_opened.Task, "the claim");

        public void Close() => _closed.SetResult();
    }
}
